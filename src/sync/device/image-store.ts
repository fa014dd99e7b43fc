import * as idb from 'lib0/indexeddb'
import type { FileParts } from 'segue/bridge'
import { isSpaceId, type SpaceId, type UnknownParts } from 'segue/crdt'
import { done, result } from './idb.ts'
import { isMark, type UpdatesMark } from './stored-updates.ts'

/** What an image reflects of a space. */
export interface MarkedSpace {
  readonly id: SpaceId
  readonly epoch: number
  /** Which making of it on the device; see the catalog. */
  readonly copy: string
  readonly updates: UpdatesMark
  readonly unknown: UnknownParts
}

/** The mirror's database as it was at one moment, and what it reflected then. */
export interface StoredImage {
  /** The bytes of its file. */
  readonly parts: FileParts
  /** Names the shape of the database; an image of another shape is of no use. */
  readonly fingerprint: string
  readonly spaces: readonly MarkedSpace[]
}

/** Keeps the last image of a mirror. What it keeps may be lost at any time: it is made again from the documents. */
export interface ImageStore {
  /** The last image, if there is a whole one. Whoever has asked may write to its parts. */
  read(): Promise<StoredImage | undefined>
  /** Replaces it in one transaction. */
  write(image: StoredImage): Promise<void>
  clear(): Promise<void>
}

const IMAGE = 'image'
const HEAD = 'head'
/** So much is read or copied at once: a moment's work. */
const PIECE_BYTES = 1 << 22

/** The bytes are a file of the browser's, which it reads and writes beside the thread. */
interface Head extends Omit<StoredImage, 'parts'> {
  readonly file: Blob
  readonly byteLength: number
}

/** A database of its own: whoever reads the image need not wait for others. */
export function imagesInIndexedDb(name: string): ImageStore {
  const inStore = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T> => {
    const database = await idb.openDB(name, (created) => idb.createStores(created, [[IMAGE]]))
    try {
      const transaction = database.transaction([IMAGE], mode)
      const durable = done(transaction)
      // Aborts are told by the work, too.
      durable.catch(() => {})
      const found = await work(transaction.objectStore(IMAGE))
      await durable
      return found
    } finally {
      database.close()
    }
  }
  return {
    async read() {
      const head = await inStore('readonly', readHead)
      if (!head) return undefined
      const { file, fingerprint, spaces } = head
      return { parts: await partsOf(file), fingerprint, spaces }
    },
    async write({ parts, ...rest }) {
      const file = await fileOf(parts)
      const head = { ...rest, file, byteLength: file.size }
      await inStore('readwrite', (store) => writeHead(store, head))
    },
    clear: () => inStore('readwrite', async (store) => void (await result(store.clear()))),
  }
}

async function readHead(store: IDBObjectStore): Promise<Head | undefined> {
  const head: unknown = await result(store.get(HEAD))
  // One of another version of the app may have rows of spaces that nobody would take out of it.
  return isHead(head) && head.spaces.every(isMarked) ? head : undefined
}

async function writeHead(store: IDBObjectStore, head: Head): Promise<void> {
  await result(store.clear())
  await result(store.put(head, HEAD))
}

/** Bytes that have come are taken over on the thread: all in one task, if they were asked for at once. */
async function partsOf(file: Blob): Promise<FileParts> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let at = 0; at < file.size; at += PIECE_BYTES)
    parts.push(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()))
  return parts
}

async function fileOf(parts: FileParts): Promise<Blob> {
  const files: Blob[] = []
  let copied = 0
  for (const part of parts) {
    if (copied >= PIECE_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      copied = 0
    }
    files.push(new Blob([part]))
    copied += part.byteLength
  }
  return new Blob(files)
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false
  const { file, byteLength, fingerprint, spaces } = value as Partial<Record<keyof Head, unknown>>
  const isWhole = file instanceof Blob && file.size === byteLength
  return isWhole && typeof fingerprint === 'string' && Array.isArray(spaces)
}

function isMarked(value: unknown): value is MarkedSpace {
  if (typeof value !== 'object' || value === null) return false
  const { id, epoch, copy, updates, unknown } = value as Partial<Record<keyof MarkedSpace, unknown>>
  return (
    isSpaceId(id) &&
    Number.isSafeInteger(epoch) &&
    typeof copy === 'string' &&
    isMark(updates) &&
    typeof unknown === 'object' &&
    unknown !== null
  )
}
