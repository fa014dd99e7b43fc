import type { Mirror } from 'segue/bridge'
import { absorb, type SpaceId } from 'segue/crdt'
import { type Role, SyncError, type SyncService } from 'segue/supabase'
import type { CatalogEntry, Device } from './device/index.ts'
import { carryPending, clearOldEpochs, fillFromSnapshot } from './epoch-switch.ts'
import { SpaceNotOpenError } from './errors.ts'
import { closeSpace, type OpenSpace, openSpace } from './open-space.ts'

/** A switch to a new epoch that failed is tried again after this time, in ms. */
const SWITCH_AGAIN_MS = 5_000

const CATALOG_CHANGED = 'catalog-changed'

export interface SpaceSetOptions {
  readonly device: Device
  readonly mirror: Mirror
  readonly sync: SyncService | undefined
  readonly onChange: () => void
}

/**
 * The spaces that are open in this tab: those in the device's catalog, whichever tab put them there.
 *
 * Each is mirrored and handed to the sync service; it is replaced by a fresh document when the server begins a new
 * epoch.
 */
export class SpaceSet {
  readonly #options: SpaceSetOptions
  readonly #open = new Map<SpaceId, OpenSpace>()
  readonly #stopTabs: () => void
  #destroyed = false

  constructor(options: SpaceSetOptions) {
    this.#options = options
    this.#stopTabs = options.device.tabs.onMessage((message) => {
      if (message === CATALOG_CHANGED) void this.followCatalog()
    })
  }

  get all(): readonly OpenSpace[] {
    return [...this.#open.values()]
  }

  get(id: SpaceId): OpenSpace | undefined {
    return this.#open.get(id)
  }

  /** Opens what the catalog names, and closes what it names no more. */
  async followCatalog(): Promise<void> {
    const entries = await this.#options.device.catalog.all()
    if (this.#destroyed) return
    const named = new Set(entries.map(({ id }) => id))
    for (const open of this.all) if (!named.has(open.entry.id)) await this.#close(open)
    await Promise.all(entries.map((entry) => this.#follow(entry)))
    this.#options.onChange()
  }

  /** Puts a space into the catalog, and opens it. */
  async add(entry: CatalogEntry): Promise<OpenSpace> {
    await this.#putEntry(entry)
    const open = await this.#openEntry(entry)
    this.#options.onChange()
    return open
  }

  /** Changes what the catalog says of an open space. */
  async change(open: OpenSpace, change: Partial<CatalogEntry>): Promise<void> {
    const entry = { ...open.entry, ...change }
    if (JSON.stringify(entry) === JSON.stringify(open.entry)) return
    open.entry = entry
    await this.#putEntry(entry)
    this.#options.onChange()
  }

  /** Takes a space off this device, with whatever has not been acknowledged. */
  async forget(id: SpaceId): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new SpaceNotOpenError(id)
    const { catalog, tabs } = this.#options.device
    await catalog.delete(id)
    await this.#close(open)
    tabs.post(CATALOG_CHANGED)
    await this.#options.device.deleteStore(id, open.entry.epoch)
    this.#options.onChange()
  }

  /** Hands a space to the sync service, unless the person has lost access to it. */
  startSyncing(open: OpenSpace): void {
    const { space, store, entry } = open
    if (entry.revokedAt !== undefined) return
    this.#options.sync?.add({
      ...{ space, store },
      registration: entry.registered ? undefined : { kind: entry.kind, name: entry.name },
      onRegistered: (id) => void this.#registered(open, id),
      onRole: (role: Role) => void this.change(open, { role }),
      onNewEpoch: (epoch, complete) => void this.#moveToEpoch(open, epoch, complete),
    })
  }

  /** Stops syncing a space; what is stored stays. */
  async stopSyncing(id: SpaceId): Promise<void> {
    await this.#options.sync?.remove(id)
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#stopTabs()
    const open = this.all
    this.#open.clear()
    await Promise.all(open.map((each) => closeSpace(this.#options.mirror, each)))
  }

  async #follow(entry: CatalogEntry): Promise<void> {
    const open = this.#open.get(entry.id)
    if (!open) await this.#openEntry(entry)
    else if (open.entry.epoch < entry.epoch) await this.#enterEpoch(open, entry)
    else {
      const wasRevoked = open.entry.revokedAt !== undefined
      open.entry = entry
      // Another tab has learnt it: should this one come to lead, it must know as well.
      if (entry.revokedAt !== undefined && !wasRevoked) await this.stopSyncing(entry.id)
      if (entry.revokedAt === undefined && wasRevoked) this.startSyncing(open)
    }
  }

  async #openEntry(entry: CatalogEntry): Promise<OpenSpace> {
    const known = this.#open.get(entry.id)
    if (known) {
      await known.ready
      return known
    }
    const { device, mirror } = this.#options
    const open = openSpace(device, mirror, entry)
    this.#open.set(entry.id, open)
    await open.ready
    if (this.#open.get(entry.id) !== open) return open
    mirror.attach(open.space)
    this.startSyncing(open)
    if (device.tabs.leads && entry.epoch > 0) {
      await clearOldEpochs(device, open, (epoch) => openSpace(device, mirror, { ...entry, epoch }))
    }
    return open
  }

  /** Somebody who already has a library elsewhere has made another one here: it goes into that one. */
  async #registered(open: OpenSpace, id: SpaceId): Promise<void> {
    if (id === open.space.id) return this.change(open, { registered: true })
    const library = await this.add({ ...open.entry, id, registered: true })
    absorb(library.space, open.space)
    await library.store.seal()
    await this.forget(open.space.id)
  }

  /** The server has begun a new epoch: this tab, which leads, prepares its document and then names it to all. */
  async #moveToEpoch(open: OpenSpace, epoch: number, complete: boolean): Promise<void> {
    const { device, mirror, sync } = this.#options
    if (!sync) return
    await sync.remove(open.space.id)
    const next = openSpace(device, mirror, { ...open.entry, epoch })
    let start: Awaited<ReturnType<typeof fillFromSnapshot>>
    try {
      start = await fillFromSnapshot(next, sync.log)
      if (start === 'absent') throw new SpaceNotOpenError(open.space.id)
    } catch (error) {
      await next.store.destroy()
      next.space.destroy()
      if (!(error instanceof SyncError || error instanceof SpaceNotOpenError)) throw error
      // Nothing is lost meanwhile: edits go on in the old document and wait in its outbox.
      setTimeout(() => this.#isOpen(open) && this.startSyncing(open), SWITCH_AGAIN_MS)
      return
    }
    // The snapshot may be newer than the end of the old log, or that may be purged: only the same place says the same.
    const isComplete = complete && start === 'filled' && next.store.cursor === open.store.cursor
    await carryPending(open, next, isComplete)
    await this.#putEntry(next.entry)
    await this.#replace(open, next)
    await device.deleteStore(open.space.id, open.entry.epoch)
  }

  /** Another tab has moved a space to a new epoch. */
  async #enterEpoch(open: OpenSpace, entry: CatalogEntry): Promise<void> {
    const next = openSpace(this.#options.device, this.#options.mirror, entry)
    await next.ready
    await this.#replace(open, next)
  }

  /** From here on the screen shows the new document. Edits made to the old one until now come along. */
  async #replace(open: OpenSpace, next: OpenSpace): Promise<void> {
    const { mirror, onChange } = this.#options
    if (!this.#isOpen(open)) return closeSpace(mirror, next)
    const carried = carryPending(open, next)
    this.#open.set(next.entry.id, next)
    mirror.detach(next.entry.id)
    mirror.attach(next.space)
    onChange()
    await carried
    await this.#options.sync?.remove(next.entry.id)
    this.startSyncing(next)
    await closeSpace(mirror, open)
  }

  #isOpen(open: OpenSpace): boolean {
    return this.#open.get(open.entry.id) === open
  }

  async #close(open: OpenSpace): Promise<void> {
    this.#open.delete(open.entry.id)
    await this.#options.sync?.remove(open.entry.id)
    await closeSpace(this.#options.mirror, open)
  }

  async #putEntry(entry: CatalogEntry): Promise<void> {
    await this.#options.device.catalog.put(entry)
    this.#options.device.tabs.post(CATALOG_CHANGED)
  }
}
