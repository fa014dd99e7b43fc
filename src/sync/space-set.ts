import type { Mirror } from 'segue/bridge'
import { type Author, absorb, type SpaceId } from 'segue/crdt'
import { type Clock, type Log, type Role, SyncError, type SyncService } from 'segue/supabase'
import { v4 } from 'uuid'
import type { CatalogEntry, Device } from './device/index.ts'
import { carryPending, clearOldEpochs, fillFromSnapshot } from './epoch-switch.ts'
import { SpaceNotOpenError } from './errors.ts'
import { closeSpace, type FoundConflicts, type OpenSpace, openSpace } from './open-space.ts'
import { SharedCatalog } from './shared-catalog.ts'

/** A switch to a new epoch that failed is tried again after this time, in ms. */
const SWITCH_AGAIN_MS = 5_000

export interface SpaceSetOptions {
  readonly device: Device
  readonly mirror: Mirror
  /** Who edits here. */
  readonly author: Author
  readonly sync: SyncService | undefined
  readonly clock: Clock
  readonly onChange: () => void
  readonly onConflict: (found: FoundConflicts) => void
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
  #hasFollowed = false
  readonly #renewals = new Map<SpaceId, Promise<OpenSpace>>()
  readonly #catalog: SharedCatalog
  #destroyed = false

  constructor(options: SpaceSetOptions) {
    this.#options = options
    const { device, clock } = options
    this.#catalog = new SharedCatalog({ device, clock, onChanged: () => void this.followCatalog() })
  }

  get all(): readonly OpenSpace[] {
    return [...this.#open.values()]
  }

  get(id: SpaceId): OpenSpace | undefined {
    return this.#open.get(id)
  }

  /** Opens what the catalog names, and closes what it names no more. */
  async followCatalog(): Promise<void> {
    const entries = await this.#catalog.all()
    if (this.#destroyed) return
    const named = new Map(entries.map((entry) => [entry.id, entry]))
    const isFirst = !this.#hasFollowed
    this.#hasFollowed = true
    for (const open of this.all) if (!named.has(open.entry.id)) await this.#close(open)
    await Promise.all(entries.flatMap((entry) => (entry.mergedInto === undefined ? this.#follow(entry) : [])))
    for (const entry of entries) {
      const into = entry.mergedInto && named.get(entry.mergedInto)
      if (into) await this.#mergeLibrary(entry, into, isFirst && this.#options.device.tabs.leads)
    }
    this.#options.onChange()
  }

  /** Puts a space into the catalog, and opens it. */
  async add(added: Omit<CatalogEntry, 'copy'>): Promise<OpenSpace> {
    const stored = await this.#catalog.all()
    const entry = { ...added, copy: stored.find(({ id }) => id === added.id)?.copy ?? v4() }
    await this.#catalog.put(entry)
    const open = await this.#openEntry(entry)
    this.#options.onChange()
    return open
  }

  /** Changes what the catalog says of an open space. */
  async change(open: OpenSpace, change: Partial<CatalogEntry>): Promise<void> {
    const entry = { ...open.entry, ...change }
    if (JSON.stringify(entry) === JSON.stringify(open.entry)) return
    const followed = this.#setEntry(open, entry)
    await this.#catalog.put(entry)
    await followed
    this.#options.onChange()
  }

  /** Takes a space off this device, with whatever has not been acknowledged. */
  async forget(id: SpaceId): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new SpaceNotOpenError(id)
    await this.#catalog.delete(id)
    await this.#close(open)
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
      onStray: () => void this.#readAnew(open),
    })
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#catalog.destroy()
    const open = this.all
    this.#open.clear()
    await Promise.all(open.map((each) => closeSpace(this.#options.mirror, each)))
  }

  async #follow(entry: CatalogEntry): Promise<void> {
    const open = this.#open.get(entry.id)
    if (!open) await this.#openEntry(entry)
    else if (open.entry.copy !== entry.copy) {
      // Another tab has taken it off the device and put it back: what this one holds is to be forgotten.
      await this.#close(open)
      await this.#openEntry(entry)
    } else if (open.entry.epoch < entry.epoch) await this.#enterEpoch(open, entry)
    else await this.#setEntry(open, entry)
  }

  /** What the catalog says of an open space: whether it is synced depends on it. */
  async #setEntry(open: OpenSpace, entry: CatalogEntry): Promise<void> {
    const { revokedAt } = open.entry
    open.entry = entry
    if (revokedAt === undefined && entry.revokedAt !== undefined) await this.#options.sync?.remove(entry.id)
    if (revokedAt !== undefined && entry.revokedAt === undefined && this.#isOpen(open))
      this.startSyncing(open)
  }

  async #openEntry(entry: CatalogEntry): Promise<OpenSpace> {
    const known = this.#open.get(entry.id)
    if (known) {
      await known.ready
      return known
    }
    const { device, mirror } = this.#options
    const open = openSpace(this.#options, entry)
    this.#open.set(entry.id, open)
    await open.ready
    if (this.#open.get(entry.id) !== open) return open
    mirror.attach(open.space)
    this.startSyncing(open)
    if (device.tabs.leads && entry.epoch > 0) {
      await clearOldEpochs(device, open, (epoch) => openSpace(this.#options, { ...entry, epoch }))
    }
    return open
  }

  /** Somebody who already has a library elsewhere has made another one here: it goes into that one. */
  async #registered(open: OpenSpace, id: SpaceId): Promise<void> {
    if (id === open.space.id) return this.change(open, { registered: true })
    const { entry } = await this.ensure({ ...open.entry, id, registered: true })
    const merged = { ...open.entry, mergedInto: id, mergedEpoch: entry.epoch }
    await this.#catalog.put(merged)
    await this.#mergeLibrary(merged, entry, false)
    this.#options.onChange()
  }

  /**
   * Takes what a library holds into the one that it is part of now; once more at every start, until it goes: another
   * tab may have stored edits in it and not lived to tell. Taking the same twice changes nothing.
   */
  async #mergeLibrary(entry: CatalogEntry, into: CatalogEntry, isLast: boolean): Promise<void> {
    const open = this.#open.get(entry.id)
    if (!open && !isLast) return
    const from = open ?? openSpace(this.#options, entry)
    await from.ready
    const library = await this.ensure(into)
    // In a later epoch its rows are others, which the old ones would take the place of.
    if (library.entry.epoch === (entry.mergedEpoch ?? 0)) absorb(library.space, from.space)
    await library.store.seal()
    const isStored = await library.store.isStored()
    if (open) await this.#close(open)
    else await closeSpace(this.#options.mirror, from)
    if (!isLast || !isStored) return
    await this.#catalog.delete(entry.id)
    await this.#options.device.deleteStore(entry.id, entry.epoch)
  }

  /**
   * Takes a space off the device and puts it back, to be read from its log. Who asks while that goes on gets the same.
   *
   * @param entry  what the catalog is to say of it then
   */
  renew({ id, ...entry }: Omit<CatalogEntry, 'copy'>): Promise<OpenSpace> {
    const running = this.#renewals.get(id)
    if (running) return running
    const renewal = this.forget(id)
      .then(() => this.add({ id, ...entry }))
      .finally(() => this.#renewals.delete(id))
    this.#renewals.set(id, renewal)
    return renewal
  }

  /** The open space of an entry, once nothing is being done to it; opened if it is not yet. */
  async ensure(entry: Omit<CatalogEntry, 'copy'>): Promise<OpenSpace> {
    return (await this.#renewals.get(entry.id)) ?? this.#open.get(entry.id) ?? this.add(entry)
  }

  /** What the document holds beyond the log goes, unless something of this device's own waits in it. */
  async #readAnew(open: OpenSpace): Promise<void> {
    if (this.#isOpen(open) && open.store.pending.length === 0) await this.renew(open.entry)
  }

  /** The server has begun a new epoch: this tab, which leads, prepares its document and then names it to all. */
  async #moveToEpoch(open: OpenSpace, epoch: number, complete: boolean): Promise<void> {
    const { device, mirror, sync } = this.#options
    if (!sync) return
    await sync.remove(open.space.id)
    // Switches to epochs that are over meanwhile have not succeeded: everything they carried over still waits here.
    for (let failed = open.entry.epoch + 1; failed < epoch; failed++) {
      await device.deleteStore(open.space.id, failed)
    }
    const next = openSpace(this.#options, { ...open.entry, epoch })
    if (!(await this.#prepare(open, next, complete, sync.log))) {
      await closeSpace(mirror, next)
      // An empty one would be taken for one that a crash has left; a filled one is of use for the next try.
      if (next.store.cursor === 0) await device.deleteStore(open.space.id, epoch)
      // Nothing is lost meanwhile: edits go on in the old document and wait in its outbox.
      this.#options.clock.after(SWITCH_AGAIN_MS, () => this.#isOpen(open) && this.startSyncing(open))
      return
    }
    await this.#catalog.put(next.entry)
    await this.#replace(open, next)
    await device.deleteStore(open.space.id, open.entry.epoch)
  }

  /** @returns whether the document of the new epoch is stored, and everything that waited in the old one in it */
  async #prepare(open: OpenSpace, next: OpenSpace, complete: boolean, log: Log): Promise<boolean> {
    try {
      const start = await fillFromSnapshot(next, log)
      if (start === 'absent') return false
      // The snapshot may be newer than the old log's end, or that purged: only the same place says the same.
      await carryPending(
        open,
        next,
        complete && start === 'filled' && next.store.cursor === open.store.cursor,
      )
      return await next.store.isStored()
    } catch (error) {
      if (!(error instanceof SyncError)) throw error
      return false
    }
  }

  /** Another tab has moved a space to a new epoch. */
  async #enterEpoch(open: OpenSpace, entry: CatalogEntry): Promise<void> {
    const next = openSpace(this.#options, entry)
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
}
