import * as idb from 'lib0/indexeddb'
import { clearDocument, IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { done, result } from './idb.ts'
import { type Change, keyOf, keyRanges, keysFollowing, type SpaceDatabase } from './space-database.ts'

const UPDATES = 'updates'
const CUSTOM = 'custom'
/** Values that are read at once: some megabytes of updates at most, copied within a few thousandths of a second. */
const AT_ONCE = 32

/**
 * Opens a database of y-indexeddb, which owns the format and the connection. Its own reading and writing are taken
 * off: it cannot say when a write is durable, swallows those that fail, and stops at an update it cannot read.
 *
 * @throws whatever IndexedDB says when it is not allowed, broken or absent
 */
export async function openIndexedDb(name: string): Promise<SpaceDatabase> {
  // Opened once beforehand, because y-indexeddb waits for ever when it cannot open its database.
  const trial = await idb.openDB(name, (created) =>
    idb.createStores(created, [[UPDATES, { autoIncrement: true }], [CUSTOM]]),
  )
  trial.close()
  const doc = new Y.Doc()
  const persistence = new IndexeddbPersistence(name, doc)
  doc.off('update', persistence._storeUpdate)
  // It looks for updates after the last possible key and finds none: one that is unreadable would stop it for good.
  persistence._dbref = Number.POSITIVE_INFINITY
  await Promise.all([persistence._db, persistence.whenSynced])
  const { db } = persistence
  if (!db) throw new DOMException('The database was closed.', 'InvalidStateError')
  return {
    read: () => read(db),
    head: () => head(db),
    updatesOf: (keys) => updatesOf(db, keys),
    outboxKeys: () => outboxKeys(db),
    write: (changes) => write(db, changes),
    replace: (keys, updates) => replace(db, keys, updates),
    close: () => persistence.destroy(),
  }
}

/** Deletes everything stored under a name. */
export const deleteIndexedDb = (name: string): Promise<void> => clearDocument(name)

/** In one transaction, so that all of it is of one moment. */
async function read(database: IDBDatabase) {
  const transaction = database.transaction([UPDATES, CUSTOM], 'readonly')
  const custom = transaction.objectStore(CUSTOM)
  const all = async (prefix: string) => [
    ...(await entries(custom, IDBKeyRange.bound(prefix, `${prefix}\uffff`))).values(),
  ]
  const [updates, cursor, outbox, unlogged, carried] = await Promise.all([
    entries(transaction.objectStore(UPDATES)),
    result<unknown>(custom.get(keyOf.cursor)),
    all(keyRanges.outbox),
    all(keyRanges.unlogged),
    result<unknown>(custom.get(keyOf.carried)),
  ])
  return { updates, cursor, outbox, unlogged, carried }
}

async function head(database: IDBDatabase) {
  const transaction = database.transaction([UPDATES, CUSTOM], 'readonly')
  const [updateKeys, marked] = await Promise.all([
    result<IDBValidKey[]>(transaction.objectStore(UPDATES).getAllKeys()),
    result<unknown>(transaction.objectStore(CUSTOM).get(keyOf.marked)),
  ])
  return { updateKeys, marked }
}

const updatesIn = (database: IDBDatabase) => database.transaction([UPDATES], 'readonly').objectStore(UPDATES)

async function updatesOf(database: IDBDatabase, keys: readonly IDBValidKey[]) {
  const store = updatesIn(database)
  const found = await Promise.all(keys.map((key) => result<unknown>(store.get(key))))
  return new Map(keys.map((key, index) => [key, found[index]] as const).filter(([, value]) => value))
}

async function outboxKeys(database: IDBDatabase): Promise<string[]> {
  const custom = database.transaction([CUSTOM], 'readonly').objectStore(CUSTOM)
  const { outbox } = keyRanges
  return (await result<IDBValidKey[]>(custom.getAllKeys(IDBKeyRange.bound(outbox, `${outbox}\uffff`)))).map(
    String,
  )
}

/** Keys and values of a store, or of a part of it: a few values are copied at once, so that none takes long. */
async function entries(store: IDBObjectStore, range?: IDBKeyRange): Promise<Map<IDBValidKey, unknown>> {
  const keys = await result<IDBValidKey[]>(store.getAllKeys(range))
  const pieces: Promise<unknown[]>[] = []
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const last = Math.min(at + AT_ONCE, keys.length) - 1
    pieces.push(result<unknown[]>(store.getAll(IDBKeyRange.bound(keys[at], keys[last]))))
  }
  const values = (await Promise.all(pieces)).flat()
  return new Map(keys.map((key, index) => [key, values[index]]))
}

async function write(database: IDBDatabase, changes: readonly Change[]): Promise<IDBValidKey[]> {
  const durability = changes.some(({ strict }) => strict) ? 'strict' : 'default'
  const transaction = database.transaction([UPDATES, CUSTOM], 'readwrite', { durability })
  const durable = done(transaction)
  const added: IDBRequest<IDBValidKey>[] = []
  try {
    const updates = transaction.objectStore(UPDATES)
    const custom = transaction.objectStore(CUSTOM)
    for (const { add = [], put = [], remove = [], removeUpdates = [] } of changes) {
      for (const update of add) added.push(updates.add(update))
      for (const [key, value] of put) custom.put(value, key)
      for (const key of remove) custom.delete(key)
      for (const key of removeUpdates) updates.delete(key)
    }
  } catch (cause) {
    transaction.abort()
    await Promise.allSettled([durable])
    throw cause
  }
  await durable
  return added.map((request) => request.result)
}

async function replace(
  database: IDBDatabase,
  keys: readonly IDBValidKey[],
  updates: readonly Uint8Array[],
): Promise<readonly IDBValidKey[] | undefined> {
  const transaction = database.transaction([UPDATES], 'readwrite')
  const durable = done(transaction)
  const store = transaction.objectStore(UPDATES)
  const places = keysFollowing(keys.at(-1), updates.length)
  const all = store.getAllKeys()
  let isThere = false
  // Whatever is thrown here undoes the transaction.
  all.onsuccess = () => {
    const stored = new Set(all.result)
    isThere = keys.every((key) => stored.has(key))
    if (!isThere) return
    for (const key of keys) store.delete(key)
    for (const [index, key] of places.entries()) store.add(updates[index], key)
  }
  await durable
  return isThere ? places : undefined
}
