import * as idb from 'lib0/indexeddb'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { done, result } from './idb.ts'

const UPDATES = 'updates'
const CUSTOM = 'custom'
const CURSOR = 'cursor'
const OUTBOX = 'outbox/'
const UNLOGGED = 'unlogged/'
const UNREADABLE = 'unreadable/'

/** What a database of y-indexeddb holds of a space, as it was found. */
export interface StoredSpace {
  readonly updates: ReadonlyMap<IDBValidKey, unknown>
  readonly cursor: unknown
  readonly outbox: readonly unknown[]
  readonly unlogged: readonly unknown[]
}

/** Part of a write: into the updates, and into everything else by key. */
export type Fill = (updates: IDBObjectStore, custom: IDBObjectStore) => void

export const keyOf = {
  cursor: CURSOR,
  outbox: (entry: string) => OUTBOX + entry,
  unlogged: (entry: string) => UNLOGGED + entry,
  unreadable: (update: IDBValidKey) => UNREADABLE + String(update),
}

/**
 * Opens y-indexeddb's database for its trimming alone: it neither reads nor writes by itself.
 *
 * @throws whatever IndexedDB says when it is not allowed, broken or absent
 */
export async function openPersistence(name: string, doc: Y.Doc): Promise<IndexeddbPersistence> {
  // Opened once beforehand, because y-indexeddb waits for ever when it cannot open its database.
  const database = await idb.openDB(name, (created) =>
    idb.createStores(created, [[UPDATES, { autoIncrement: true }], [CUSTOM]]),
  )
  database.close()
  const persistence = new IndexeddbPersistence(name, doc)
  doc.off('update', persistence._storeUpdate)
  // It looks for updates after the last possible key and finds none: one that is unreadable would stop it for good.
  persistence._dbref = Number.POSITIVE_INFINITY
  await Promise.all([persistence._db, persistence.whenSynced])
  return persistence
}

/** Reads everything. */
export async function readStored(database: IDBDatabase): Promise<StoredSpace> {
  const transaction = database.transaction([UPDATES, CUSTOM], 'readonly')
  const updates = transaction.objectStore(UPDATES)
  const custom = transaction.objectStore(CUSTOM)
  const all = (prefix: string) =>
    result<unknown[]>(custom.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))
  const [keys, values, cursor, outbox, unlogged] = await Promise.all([
    result<IDBValidKey[]>(updates.getAllKeys()),
    result<unknown[]>(updates.getAll()),
    result<unknown>(custom.get(CURSOR)),
    all(OUTBOX),
    all(UNLOGGED),
  ])
  return { updates: new Map(keys.map((key, index) => [key, values[index]])), cursor, outbox, unlogged }
}

/** Writes in one transaction: all of it becomes durable, or nothing. */
export async function write(database: IDBDatabase, fills: readonly Fill[]): Promise<void> {
  const transaction = database.transaction([UPDATES, CUSTOM], 'readwrite')
  const durable = done(transaction)
  try {
    for (const fill of fills) fill(transaction.objectStore(UPDATES), transaction.objectStore(CUSTOM))
  } catch (cause) {
    transaction.abort()
    await Promise.allSettled([durable])
    throw cause
  }
  await durable
}

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
    },
    origin,
    false,
  )
  return unreadable
}
