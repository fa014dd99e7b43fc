import { retryWaiting } from 'segue/crdt'
import * as Y from 'yjs'
import type { EntryName } from './outbox.ts'

/** What a device holds of a space, as it was found: anything may have been written there. */
export interface StoredSpace {
  readonly updates: ReadonlyMap<IDBValidKey, unknown>
  readonly cursor: unknown
  readonly outbox: readonly unknown[]
  readonly unlogged: readonly unknown[]
  readonly carried: unknown
}

/** What there is of it, before any of it is read. */
export interface StoredHead {
  readonly updateKeys: readonly IDBValidKey[]
  /** See {@link keyOf.marked}. */
  readonly marked: unknown
}

/** Part of a write. */
export interface Change {
  /** Updates of the document to add. */
  readonly add?: readonly Uint8Array[]
  /** Everything else, by key. */
  readonly put?: readonly (readonly [key: string, value: unknown])[]
  readonly remove?: readonly string[]
  readonly removeUpdates?: readonly IDBValidKey[]
  /** Something outside depends on it: it must outlast a loss of power. */
  readonly strict?: boolean
}

/** Where a space is kept: its updates in the order of their arrival, everything else by key. */
export interface SpaceDatabase {
  read(): Promise<StoredSpace>
  /** The key of an update is never given to another one, unless the power fails. */
  head(): Promise<StoredHead>
  /** The updates of some keys, as far as they are there. */
  updatesOf(keys: readonly IDBValidKey[]): Promise<ReadonlyMap<IDBValidKey, unknown>>
  /** The keys of the outbox's entries. */
  outboxKeys(): Promise<string[]>
  /**
   * Writes in one transaction: all of it is durable when this resolves, or nothing is.
   *
   * @returns the keys of the updates that were added
   */
  write(changes: readonly Change[]): Promise<IDBValidKey[]>
  /**
   * Puts updates in the place of others, in one transaction: before all that have come after those.
   *
   * @param keys  of all updates up to a last one, in their order
   * @returns     the keys of the new ones, or nothing when some of the old ones are gone, and all stays as it is
   */
  replace(
    keys: readonly IDBValidKey[],
    updates: readonly Uint8Array[],
  ): Promise<readonly IDBValidKey[] | undefined>
  close(): Promise<void>
}

/** Keys between the last one of some updates and the next that storage would give: fractions, which it never does. */
export function keysFollowing(last: IDBValidKey | undefined, count: number): number[] {
  const from = typeof last === 'number' ? last : 0
  const step = (Math.floor(from) + 1 - from) / (count + 1)
  return Array.from({ length: count }, (_, index) => from + (index + 1) * step)
}

/** Whether an update was put in the place of others. */
export const isReplacement = (key: IDBValidKey): boolean => !Number.isInteger(key)

const OUTBOX = 'outbox/'
const UNLOGGED = 'unlogged/'

export const keyOf = {
  cursor: 'cursor',
  carried: 'carried',
  /** Tokens of the last marks. */
  marked: 'marked',
  outbox: (entry: string) => OUTBOX + entry,
  unlogged: (entry: string) => UNLOGGED + entry,
  unreadable: (update: IDBValidKey) => `unreadable/${String(update)}`,
}

/** The name of the outbox entry that a key stands for; nothing for any other key. */
export function entryNameOf(key: string): EntryName[] {
  if (!key.startsWith(OUTBOX)) return []
  const [client = '', n] = key.slice(OUTBOX.length).split('/')
  return [{ client, n: Number(n) }]
}

export const keyRanges = { outbox: OUTBOX, unlogged: UNLOGGED }

/** Applies what can be read of some updates, in one transaction; returns the rest. */
export function applyReadable(
  doc: Y.Doc,
  updates: ReadonlyMap<IDBValidKey, unknown>,
  origin: unknown,
): Map<IDBValidKey, unknown> {
  const unreadable = new Map<IDBValidKey, unknown>()
  const isApplied = (update: unknown) => {
    if (!(update instanceof Uint8Array)) return false
    try {
      Y.applyUpdate(doc, update, origin)
      return true
    } catch {
      return false
    }
  }
  Y.transact(
    doc,
    () => {
      for (const [key, update] of updates) if (!isApplied(update)) unreadable.set(key, update)
      // Once more: a broken update that waited for its predecessors fails together with the sound one that came.
      for (const [key, update] of unreadable) if (isApplied(update)) unreadable.delete(key)
      retryWaiting(doc, origin)
    },
    origin,
    false,
  )
  return unreadable
}
