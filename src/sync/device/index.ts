/**
 * What one device keeps for one person: documents, outboxes, cursors, and the list of spaces.
 * Document updates flow in; durable acknowledgements and, at start, whole documents flow out.
 * It never talks to the network, only to storage and to other tabs of the same browser.
 */
import type { Space, SpaceId } from 'segue/crdt'
import type { SpaceStore } from 'segue/supabase'
import type { DeviceStorageError } from '../errors.ts'
import { type Catalog, IndexedDbCatalog, MemoryCatalog } from './catalog.ts'
import { IndexedDbSpaceStore } from './indexeddb-store.ts'
import { MemorySpaceStore } from './memory-store.ts'

export type { Catalog, CatalogEntry } from './catalog.ts'

/** A store with an end. */
export type OwnedSpaceStore = SpaceStore & { destroy(): Promise<void> }

/** Where a person's spaces are kept. */
export interface Device {
  readonly catalog: Catalog
  openStore(space: Space): OwnedSpaceStore
  /** Deletes everything kept of a space. Close its store first. */
  deleteStore(id: SpaceId): Promise<void>
}

/**
 * This browser's IndexedDB, apart for each person.
 *
 * @param name       name of the app
 * @param profile    id of the person
 * @param onFailure  told when the browser refuses to store
 */
export function browserDevice(
  name: string,
  profile: string,
  onFailure: (error: DeviceStorageError) => void,
): Device {
  const databaseOf = (id: SpaceId) => `${name}/${profile}/${id}`
  return {
    catalog: new IndexedDbCatalog(`${name}/${profile}`, onFailure),
    openStore: (space) => new IndexedDbSpaceStore(databaseOf(space.id), space, onFailure),
    deleteStore: (id) => IndexedDbSpaceStore.delete(databaseOf(id)),
  }
}

/** Memory only: for programs that read from and write to the log and keep nothing. */
export const memoryDevice = (): Device => ({
  catalog: new MemoryCatalog(),
  openStore: (space) => new MemorySpaceStore(space),
  deleteStore: async () => {},
})
