/**
 * What a browser keeps for one person, and how the tabs of that person share it.
 * Updates and outbox entries flow in; stored documents, and word of what other tabs did, flow out.
 * Nobody outside touches IndexedDB, Web Locks or BroadcastChannel.
 */
import type { Space, SpaceId, StoredDocument } from 'segue/crdt'
import { onlyTab, type SpaceStore, systemClock, type Tabs } from 'segue/supabase'
import type { OnHealth } from '../errors.ts'
import { browserTabs } from './browser-tabs.ts'
import { type Catalog, catalogInIndexedDb, StoredCatalog } from './catalog.ts'
import { DeviceSpaceStore } from './device-store.ts'
import { type ImageStore, imagesInIndexedDb } from './image-store.ts'
import { deleteIndexedDb, openIndexedDb } from './indexeddb.ts'
import { MemorySpaceStore } from './memory-store.ts'
import type { EntryName, StoredEntry } from './outbox.ts'
import type { CurrentMark, Mirrored, UpdatesMark } from './stored-updates.ts'
import { browserTabChannel } from './tab-channel.ts'

export type { Catalog, CatalogEntry } from './catalog.ts'
export type { ImageStore, MarkedSpace } from './image-store.ts'

/** A store with an end, which may have to take over from the one of the epoch before. */
export interface OwnedSpaceStore extends SpaceStore, StoredDocument {
  /** Resolves once it is known what the mirror has of it, which is before it is loaded. */
  readonly judged: Promise<void>
  /** What a mirror that was opened from an image has of it. */
  readonly mirrored: Mirrored
  /** Bytes of the document that nobody has needed yet. */
  readonly unreadBytes: number
  readonly pending: readonly StoredEntry[]
  readonly carried: ReadonlySet<string>
  keepCarried(names: readonly EntryName[]): void
  /** Whether storage has taken everything so far; `true` where there is none. */
  isStored(): Promise<boolean>
  /** Names the stored updates that the document is made of; nothing while that cannot be said. */
  mark(): Promise<CurrentMark | undefined>
  /** Calls back when the stored updates have been replaced: no mark from before names them. */
  onRewritten(listener: () => void): void
  destroy(): Promise<void>
}

/** Where a person's spaces are kept. */
export interface Device {
  /** Names the device among those of its person; the same in all tabs, and for as long as the browser keeps it. */
  readonly id: string
  readonly catalog: Catalog
  readonly tabs: Tabs
  /** Keeps an image of the mirror; nothing does where there is no storage. */
  readonly images?: ImageStore | undefined
  /**
   * Opens what is kept of a space in one epoch; empty when there is nothing.
   *
   * @param mirrored  what the mirror holds of it already
   */
  openStore(space: Space, epoch: number, mirrored?: UpdatesMark): OwnedSpaceStore
  /** Whether anything is kept of a space in one epoch. */
  hasStore(id: SpaceId, epoch: number): Promise<boolean>
  /** Deletes everything kept of a space in one epoch. Close its store first. */
  deleteStore(id: SpaceId, epoch: number): Promise<void>
}

/**
 * This browser's IndexedDB, apart for each person.
 *
 * @param name     name of the app
 * @param profile  id of the person
 */
export function browserDevice(name: string, profile: string, onHealth: OnHealth): Device {
  const databaseOf = (id: SpaceId, epoch: number) =>
    `${name}/${profile}/${id}${epoch === 0 ? '' : `/${epoch}`}`
  const tabs = browserTabs(`${name}/${profile}`)
  return {
    id: browserDeviceId(name),
    catalog: new StoredCatalog(() => catalogInIndexedDb(`${name}/${profile}`), onHealth),
    tabs,
    images: imagesInIndexedDb(`${name}/${profile}/image`),
    openStore(space, epoch, mirrored) {
      const store = new DeviceSpaceStore({
        ...{ space, epoch, mirrored, clock: systemClock, onHealth },
        open: () => openIndexedDb(databaseOf(space.id, epoch)),
        tabs: browserTabChannel(databaseOf(space.id, epoch)),
        leads: () => tabs.leads,
      })
      // Asked for once there is something to lose: the browser may then not clear it when space runs low.
      const stop = store.onEdit(() => {
        stop()
        void navigator.storage?.persist?.()
      })
      return store
    },
    async hasStore(id, epoch) {
      const databases = await indexedDB.databases()
      return databases.some((database) => database.name === databaseOf(id, epoch))
    },
    deleteStore: (id, epoch) => deleteIndexedDb(databaseOf(id, epoch)),
  }
}

const newDeviceId = () => crypto.randomUUID().slice(0, 8)

/** A browser that keeps nothing is a new device each time. */
function browserDeviceId(name: string): string {
  const key = `${name}/device`
  try {
    const known = localStorage.getItem(key)
    if (known) return known
    const id = newDeviceId()
    localStorage.setItem(key, id)
    return id
  } catch {
    return newDeviceId()
  }
}

/** Memory only: for programs that read from and write to the log and keep nothing. */
export const memoryDevice = (): Device => ({
  id: newDeviceId(),
  catalog: new StoredCatalog(
    async () => undefined,
    () => {},
  ),
  tabs: onlyTab,
  openStore: (space, epoch) => new MemorySpaceStore({ space, epoch, clock: systemClock }),
  hasStore: async () => false,
  deleteStore: async () => {},
})
