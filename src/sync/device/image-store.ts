import * as idb from 'lib0/indexeddb'
import { fileMemory } from 'segue/bridge'
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
  readonly bytes: Uint8Array
  /** Names the shape of the database; an image of another shape is of no use. */
  readonly fingerprint: string
  readonly spaces: readonly MarkedSpace[]
}

/** Keeps the last image of a mirror. What it keeps may be lost at any time: it is made again from the documents. */
export interface ImageStore {
  /** The last image, if there is a whole one. Whoever has asked may write to its bytes. */
  read(): Promise<StoredImage | undefined>
  /** Replaces it in one transaction. */
  write(image: StoredImage): Promise<void>
  clear(): Promise<void>
}

const IMAGE = 'image'
const HEAD = 'head'
/** Written piece by piece: a browser copies what it is given at once, and nothing else happens meanwhile. */
const PIECE_BYTES = 1 << 20

interface Head extends Omit<StoredImage, 'bytes'> {
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
    read: () => inStore('readonly', readImage),
    write: (image) => inStore('readwrite', (store) => writeImage(store, image)),
    clear: () => inStore('readwrite', async (store) => void (await result(store.clear()))),
  }
}

async function readImage(store: IDBObjectStore): Promise<StoredImage | undefined> {
  const head: unknown = await result(store.get(HEAD))
  // One of another version of the app may have rows of spaces that nobody would take out of it.
  if (!isHead(head) || !head.spaces.every(isMarked)) return undefined
  const bytes = fileMemory(head.byteLength)
  const count = Math.ceil(head.byteLength / PIECE_BYTES)
  const pieces = await Promise.all(
    Array.from({ length: count }, (_, index) => result<unknown>(store.get(index))),
  )
  for (const [index, piece] of pieces.entries()) {
    const at = index * PIECE_BYTES
    if (!(piece instanceof Uint8Array) || piece.byteLength !== Math.min(PIECE_BYTES, bytes.length - at))
      return undefined
    bytes.set(piece, at)
  }
  return { bytes, fingerprint: head.fingerprint, spaces: head.spaces }
}

async function writeImage(store: IDBObjectStore, { bytes, fingerprint, spaces }: StoredImage): Promise<void> {
  await result(store.clear())
  for (let at = 0, index = 0; at < bytes.length; at += PIECE_BYTES, index++)
    await result(store.put(bytes.slice(at, at + PIECE_BYTES), index))
  const head: Head = { byteLength: bytes.byteLength, fingerprint, spaces }
  await result(store.put(head, HEAD))
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false
  const { byteLength, fingerprint, spaces } = value as Partial<Record<keyof Head, unknown>>
  return Number.isSafeInteger(byteLength) && typeof fingerprint === 'string' && Array.isArray(spaces)
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
