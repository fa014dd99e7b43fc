import * as sha256 from 'lib0/hash/sha256'
import type * as Y from 'yjs'
import { SpaceLoadingError } from '../errors.ts'
import { applyReadable } from './space-database.ts'

/** Names a set of stored updates: an image of the database reflects exactly these. */
export interface UpdatesMark {
  readonly keys: readonly IDBValidKey[]
  /** What the last of them looks like: with the power its key may be lost, and given to another. */
  readonly last: string
}

/** What a document is made of at a moment, and whether it is still made of just that. */
export interface CurrentMark {
  readonly mark: UpdatesMark
  readonly isCurrent: () => boolean
}

/** Whether a mirror that was opened from an image has what is stored: all of it, all but the latest, or nothing. */
export type Mirrored = 'exactly' | 'behind' | 'not'

/** Bytes that are applied within a moment, unless a single update has more. */
export const BYTES_AT_ONCE = 1 << 16

/** Bytes of an update by which it is known again. */
const TELLING_BYTES = 4_096

/**
 * The updates that a device has stored of a space: on their way into its document, and later by their keys alone.
 *
 * Those that the rows in the mirror reflect already go first and unseen; the rest is told like any other change.
 */
export class StoredUpdates {
  /** The keys of the updates that the document is made of, or will be once it is read. */
  readonly keys = new Set<IDBValidKey>()
  #first: [IDBValidKey, unknown][] | undefined
  readonly #rest = new Map<IDBValidKey, unknown>()
  readonly #unreadable = new Map<IDBValidKey, unknown>()
  readonly #origin: unknown
  /** What the mirror reflects, while that fits what is stored. */
  mark: UpdatesMark | undefined

  constructor(origin: unknown) {
    this.#origin = origin
  }

  get mirrored(): Mirrored {
    if (!this.mark) return 'not'
    return this.#rest.size === 0 ? 'exactly' : 'behind'
  }

  /** Bytes that wait to be applied. */
  get bytes(): number {
    return (this.#first ?? []).reduce((sum, [, update]) => sum + sizeOf(update), 0)
  }

  /** @param mark  what the mirror claims to reflect */
  take(updates: ReadonlyMap<IDBValidKey, unknown>, mark?: UpdatesMark): void {
    this.mark = mark && isOf(mark, updates) ? mark : undefined
    const reflected = new Set(this.mark?.keys)
    const isFirst = (key: IDBValidKey) => !this.mark || reflected.has(key)
    this.#first = [...updates].filter(([key]) => isFirst(key))
    for (const [key, update] of updates) {
      this.keys.add(key)
      if (!isFirst(key) && !isNothing(update)) this.#rest.set(key, update)
    }
  }

  /**
   * Applies some of those that the mirror reflects.
   *
   * @returns whether there are more
   * @throws {SpaceLoadingError} storage has not been read yet
   */
  applyNext(doc: Y.Doc): boolean {
    if (!this.#first) throw new SpaceLoadingError()
    const next = new Map<IDBValidKey, unknown>()
    for (let bytes = 0; bytes < BYTES_AT_ONCE; ) {
      const [first] = this.#first.splice(0, 1)
      if (!first) break
      const [key, update] = first
      next.set(key, update)
      bytes += sizeOf(update)
    }
    if (next.size > 0)
      for (const [key, update] of applyReadable(doc, next, this.#origin)) this.#unreadable.set(key, update)
    return this.#first.length > 0
  }

  /** Applies the rest. @returns what could not be read of all */
  applyRest(doc: Y.Doc): ReadonlyMap<IDBValidKey, unknown> {
    const left = new Map([...this.#unreadable, ...this.#rest])
    this.#rest.clear()
    this.#unreadable.clear()
    return left.size > 0 ? applyReadable(doc, left, this.#origin) : left
  }
}

/** What names these updates. The last one is that with the highest key. */
export function markOf(keys: readonly IDBValidKey[], last: unknown): UpdatesMark {
  return { keys, last: tellingOf(last) }
}

export const lastKey = (keys: readonly IDBValidKey[]): IDBValidKey | undefined => keys.at(-1)

function isOf({ keys, last }: UpdatesMark, updates: ReadonlyMap<IDBValidKey, unknown>): boolean {
  const key = lastKey(keys)
  if (key === undefined) return last === tellingOf(undefined)
  return keys.every((each) => updates.has(each)) && tellingOf(updates.get(key)) === last
}

/** What y-indexeddb adds whenever it opens a database: an update of nothing. */
const isNothing = (update: unknown): boolean =>
  update instanceof Uint8Array && update.every((byte) => byte === 0)

const sizeOf = (update: unknown): number => (update instanceof Uint8Array ? update.byteLength : 0)

function tellingOf(update: unknown): string {
  if (!(update instanceof Uint8Array)) return ''
  const digest = sha256.digest(update.subarray(-TELLING_BYTES))
  return `${update.byteLength} ${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Whether a value that came from storage is a mark. */
export function isMark(value: unknown): value is UpdatesMark {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !('last' in value)) return false
  return Array.isArray(value.keys) && typeof value.last === 'string'
}
