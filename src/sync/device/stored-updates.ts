import { v4 } from 'uuid'
import type * as Y from 'yjs'
import { SpaceLoadingError } from '../errors.ts'
import { applyReadable, type StoredHead } from './space-database.ts'

/** Names a set of stored updates: an image of the database reflects exactly these. */
export interface UpdatesMark {
  readonly keys: readonly IDBValidKey[]
  /** Stored beside them, for good: with the power a key may be lost, and given to another update. */
  readonly token: string
}

/** What a document is made of at a moment, and whether it is still made of just that. */
export interface CurrentMark {
  readonly mark: UpdatesMark
  readonly isCurrent: () => boolean
}

/** Whether a mirror that was opened from an image has what is stored: all of it, all but the latest, or nothing. */
export type Mirrored = 'exactly' | 'behind' | 'not'

/** Bytes that are applied within a moment. */
const BYTES_AT_ONCE = 1 << 16

/**
 * The updates that a device has stored of a space: by their keys alone, then on their way into its document, and later by
 * their keys again.
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
  #latest: UpdatesMark | undefined

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

  /**
   * Sees by what is stored whether a mark fits.
   *
   * @returns the keys of what has been stored since it was made; nothing when it does not fit
   */
  judge({ updateKeys, marked }: StoredHead, mark: UpdatesMark): IDBValidKey[] | undefined {
    const reflected = new Set(mark.keys)
    const later = updateKeys.filter((key) => !reflected.has(key))
    const isThere = updateKeys.length - later.length === reflected.size
    if (!isThere || !(Array.isArray(marked) && marked.includes(mark.token))) return undefined
    this.mark = this.#latest = mark
    return later
  }

  /** Takes in what has been stored since the mark was made. */
  takeLater(updates: ReadonlyMap<IDBValidKey, unknown>): void {
    for (const [key, update] of updates) if (!isNothing(update)) this.#rest.set(key, update)
  }

  /** Takes in all that is stored. */
  take(updates: ReadonlyMap<IDBValidKey, unknown>): void {
    // Another tab may have replaced some since they were judged.
    if (!this.mark?.keys.every((key) => updates.has(key))) this.mark = undefined
    const reflected = new Set(this.mark?.keys)
    const isFirst = (key: IDBValidKey) => !this.mark || reflected.has(key)
    this.#first = [...updates].filter(([key]) => isFirst(key))
    this.#rest.clear()
    this.takeLater(new Map([...updates].filter(([key]) => !isFirst(key))))
    for (const key of updates.keys()) this.keys.add(key)
  }

  /**
   * Names all that is stored now.
   *
   * @param store  stores tokens beside it, in a way that no loss of power takes back
   */
  async markAll(
    keys: readonly IDBValidKey[],
    store: (tokens: readonly string[]) => Promise<unknown>,
  ): Promise<UpdatesMark> {
    const before = this.#latest
    if (before?.keys.length === keys.length && before.keys.every((key, index) => key === keys[index]))
      return before
    const token = v4()
    // An image with the one before is of use until the next one is stored.
    await store(before ? [before.token, token] : [token])
    this.#latest = { keys, token }
    return this.#latest
  }

  /**
   * Applies some of those that the mirror reflects.
   *
   * @returns whether there are more
   * @throws {SpaceLoadingError} storage has not been read yet
   */
  applyNext(doc: Y.Doc): boolean {
    if (!this.#first) throw new SpaceLoadingError()
    const next = new Map(takeSome(this.#first, ([, update]) => update))
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

/** What y-indexeddb adds whenever it opens a database: an update of nothing. */
const isNothing = (update: unknown): boolean =>
  update instanceof Uint8Array && update.every((byte) => byte === 0)

/** Takes from the front of a list as many updates as are applied within a moment, at least one. */
export function takeSome<T>(list: T[], updateOf: (each: T) => unknown): T[] {
  let bytes = 0
  const end = list.findIndex((each, index) => {
    bytes += sizeOf(updateOf(each))
    return index > 0 && bytes > BYTES_AT_ONCE
  })
  return list.splice(0, end === -1 ? list.length : end)
}

const sizeOf = (update: unknown): number => (update instanceof Uint8Array ? update.byteLength : 0)

/** Whether a value that came from storage is a mark. */
export function isMark(value: unknown): value is UpdatesMark {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !('token' in value)) return false
  return Array.isArray(value.keys) && typeof value.token === 'string'
}
