import type { SpaceId } from 'segue/crdt'
import { StoredCatalog } from '../../src/sync/device/catalog.ts'
import { DeviceSpaceStore } from '../../src/sync/device/device-store.ts'
import type { Device, OwnedSpaceStore } from '../../src/sync/device/index.ts'
import type { OnHealth } from '../../src/sync/errors.ts'
import type { SimStorage } from './sim-storage.ts'
import type { SimTab } from './sim-tab.ts'
import type { SimTabs } from './sim-tabs.ts'

export const databaseName = (id: string, epoch: number): string => `${id}/${epoch}`

/** A device as one of its tabs knows it: the real stores over simulated storage and messages. */
export function simDevice(storage: SimStorage, tabs: SimTabs, tab: SimTab, onHealth: OnHealth): Device {
  const lead = tabs.join(tab)
  return {
    id: tab.name.split('.')[0] ?? tab.name,
    tabs: lead,
    catalog: new StoredCatalog(async () => storage.catalog(tab), onHealth),
    images: storage.images(tab),
    openStore(space, epoch, mirrored): OwnedSpaceStore {
      const name = databaseName(space.id, epoch)
      const store = new DeviceSpaceStore({
        ...{ space, epoch, mirrored, clock: tab.clock, onHealth, leads: () => lead.leads, compactAfter: 12 },
        open: () => storage.open(name, tab),
        tabs: tabs.channel(name, tab),
      })
      tab.stores.set(name, { space, store })
      return store
    },
    hasStore: (id: SpaceId, epoch: number) => storage.exists(databaseName(id, epoch), tab),
    deleteStore: (id: SpaceId, epoch: number) => storage.delete(databaseName(id, epoch), tab),
  }
}
