import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import type { Space } from 'segue/crdt'
import { type Clock, systemClock } from 'segue/supabase'
import { DeviceSpaceStore } from '../../src/sync/device/device-store.ts'
import { openIndexedDb } from '../../src/sync/device/indexeddb.ts'
import { browserTabChannel } from '../../src/sync/device/tab-channel.ts'
import type { DeviceStorageError } from '../../src/sync/errors.ts'

const opened: DeviceSpaceStore[] = []
let databases = 0

/** A name that no other test has used. */
export const databaseName = (): string => `test/${++databases}`

/** A browser that has stored nothing yet. */
export function newBrowser(): void {
  globalThis.indexedDB = new IDBFactory()
}

export interface StoreSetting {
  readonly deaf?: boolean
  readonly clock?: Clock
  readonly compactAfter?: number
}

/** Opens a store and waits for what it has. `failures` is what the person would be told; a deaf one hears no other tab. */
export async function openStore(
  name: string,
  space: Space,
  { deaf = false, clock = systemClock, compactAfter }: StoreSetting = {},
) {
  const failures: DeviceStorageError[] = []
  const store = new DeviceSpaceStore({
    ...{ space, epoch: 0, clock, leads: () => true, compactAfter },
    open: () => openIndexedDb(name),
    tabs: browserTabChannel(deaf ? `${name}/deaf` : name),
    onHealth: (problem) => {
      if (problem) failures.push(problem)
    },
  })
  opened.push(store)
  await store.loaded
  while (store.applyNext(space.doc)) {}
  store.applyRest(space.doc)
  return { store, failures }
}

/** Closes what tests left open to play a crash. */
export async function closeStores(): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.destroy()))
}

/** Runs `change` on the bare database behind a store. */
export async function onDatabase(
  name: string,
  change: (updates: IDBObjectStore, custom: IDBObjectStore) => void,
): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const transaction = database.transaction(['updates', 'custom'], 'readwrite')
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve
    transaction.onabort = reject
  })
  change(transaction.objectStore('updates'), transaction.objectStore('custom'))
  await done
  database.close()
}

/** Values of the bare database: all updates, and everything else by key. */
export async function storedIn(name: string): Promise<{ updates: unknown[]; custom: Map<string, unknown> }> {
  const found = { updates: [] as unknown[], custom: new Map<string, unknown>() }
  await onDatabase(name, (updates, custom) => {
    const all = updates.getAll()
    all.onsuccess = () => found.updates.push(...all.result)
    const cursor = custom.openCursor()
    cursor.onsuccess = () => {
      if (!cursor.result) return
      found.custom.set(String(cursor.result.key), cursor.result.value)
      cursor.result.continue()
    }
  })
  return found
}

/** Lets writes (to a store) fail as on a full device until the returned function is called. */
export function fillDisk(store?: string): () => void {
  const { transaction } = IDBDatabase.prototype
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args) {
    const made = transaction.apply(this, args)
    if (args[1] !== 'readwrite' || (store && !made.objectStoreNames.contains(store))) return made
    queueMicrotask(() => made.abort())
    Object.defineProperty(made, 'error', { value: new DOMException('Full.', 'QuotaExceededError') })
    return made
  }
  return () => {
    IDBDatabase.prototype.transaction = transaction
  }
}
