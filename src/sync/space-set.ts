import type { Mirror } from 'segue/bridge'
import { type Author, absorb, type SpaceId } from 'segue/crdt'
import { type Clock, inSteps, type Role, type Snapshot, type SyncService } from 'segue/supabase'
import { v4 } from 'uuid'
import type { CatalogEntry, Device, MarkedSpace } from './device/index.ts'
import { carryPending, clearOldEpochs, newestSnapshot, prepareEpoch } from './epoch-switch.ts'
import { SpaceNotOpenError } from './errors.ts'
import { closeSpace, type FoundConflicts, freeSpace, type OpenSpace, openSpace } from './open-space.ts'
import { SharedCatalog } from './shared-catalog.ts'
import { Turns } from './turns.ts'

/** A switch to a new epoch that failed is tried again after this time, in ms. */
const SWITCH_AGAIN_MS = 5_000

/** A screen is there by this time after it was asked for, in ms. */
const READ_AHEAD_MS = 100

/** A document of this size is read within a moment, in bytes. */
const QUICK_BYTES = 1 << 20

export interface SpaceSetOptions {
  readonly device: Device
  readonly mirror: Mirror
  /** The spaces whose rows the mirror had when it was opened. */
  readonly marked: readonly MarkedSpace[]
  /** Who edits here. */
  readonly author: Author
  readonly sync: SyncService | undefined
  readonly clock: Clock
  readonly onChange: () => void
  readonly onConflict: (found: FoundConflicts) => void
  /** What is stored of a space has been written anew. */
  readonly onRewritten: () => void
  /** Spaces whose rows are in the mirror already are read later: querying them need not wait for it. */
  readonly readsLater: boolean
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
  /** Opening a space, switching its epoch and taking it away wait for each other: all of them own what is stored. */
  readonly #turns = new Turns<SpaceId>()
  readonly #catalog: SharedCatalog
  /** Spaces whose documents are being read ahead. */
  readonly #ahead = new WeakSet<OpenSpace>()
  /** Spaces whose rows are in the mirror, and that nobody has opened yet. */
  readonly #marked: Map<SpaceId, MarkedSpace>
  #destroyed = false

  constructor(options: SpaceSetOptions) {
    this.#options = options
    const { device, clock, marked } = options
    this.#marked = new Map(marked.map((each) => [each.id, each]))
    this.#catalog = new SharedCatalog({ device, clock, onChanged: () => void this.followCatalog() })
  }

  get all(): readonly OpenSpace[] {
    return [...this.#open.values()]
  }

  /** All of them; nothing while the mirror has rows of others, which are being opened or closed. */
  get mirrored(): readonly OpenSpace[] | undefined {
    const { mirror } = this.#options
    const isWhole = this.#marked.size === 0 && mirror.spaces.length === this.#open.size
    return isWhole ? this.all : undefined
  }

  get(id: SpaceId): OpenSpace | undefined {
    return this.#open.get(id)
  }

  /** Opens what the catalog names, and closes what it names no more. */
  async followCatalog(): Promise<void> {
    const entries = await this.#catalog.all()
    if (this.#destroyed) return
    const isFirst = !this.#hasFollowed
    this.#hasFollowed = true
    const ids = new Set([...entries.map(({ id }) => id), ...this.#open.keys()])
    await Promise.all([...ids].map((id) => this.#turns.take(id, () => this.#follow(id, isFirst))))
    // What is on the device no more is not to be seen, either.
    for (const id of this.#marked.keys()) this.#takeMarked(id)
    this.#options.onChange()
  }

  /** The open space of an entry; put into the catalog and opened if it is not yet. */
  ensure(entry: Omit<CatalogEntry, 'copy'>): Promise<OpenSpace> {
    return this.#turns.take(entry.id, async () => {
      const open = this.#open.get(entry.id) ?? (await this.#add(entry))
      await open.ready
      return open
    })
  }

  /** Reads a document before somebody needs it, a moment's work at a time. */
  async readAhead(id: SpaceId): Promise<void> {
    await new Promise<void>((resolve) => this.#options.clock.after(READ_AHEAD_MS, resolve))
    const open = this.#open.get(id)
    await open?.ready
    if (open) await this.#readAhead(open)
  }

  /** Changes what the catalog says of a space, if it is open. */
  change(id: SpaceId, change: Partial<CatalogEntry>): Promise<void> {
    return this.#turns.take(id, async () => {
      const open = this.#open.get(id)
      if (!open) return
      const entry = { ...open.entry, ...change }
      if (JSON.stringify(entry) === JSON.stringify(open.entry)) return
      const followed = this.#setEntry(open, entry)
      await this.#catalog.put(entry)
      await followed
      this.#options.onChange()
    })
  }

  /** Takes a space off this device, with whatever has not been acknowledged. */
  forget(id: SpaceId): Promise<void> {
    return this.#turns.take(id, async () => {
      const open = this.#open.get(id)
      if (!open) throw new SpaceNotOpenError(id)
      await this.#close(open)
      await this.#remove(open.entry)
      this.#options.onChange()
    })
  }

  /**
   * Takes a space off the device, with whatever has not been acknowledged, and puts it back, to be read from its log.
   * Who asks for it while that goes on gets the same.
   */
  async discard(id: SpaceId): Promise<OpenSpace> {
    const open = this.#open.get(id)
    const fresh = open && (await this.#renew(open.entry, {}, () => true))
    if (!fresh) throw new SpaceNotOpenError(id)
    return fresh
  }

  /**
   * Does the same, unless something that has not been acknowledged waits in it.
   *
   * @param change  what the catalog is to say of it then
   */
  async readAnew({ entry }: OpenSpace, change: Partial<CatalogEntry> = {}): Promise<void> {
    await this.#renew(entry, change, ({ store }) => store.pending.length === 0)
  }

  /** Hands a space to the sync service, unless the person has lost access to it. */
  #startSyncing(open: OpenSpace): void {
    const { space, store, entry } = open
    if (entry.revokedAt !== undefined) return
    this.#options.sync?.add({
      ...{ space, store },
      registration: entry.registered ? undefined : { kind: entry.kind, name: entry.name },
      onRegistered: (id) => void this.#registered(open, id),
      onRole: (role: Role) => void this.change(space.id, { role }),
      onNewEpoch: (epoch, complete) => void this.#moveToEpoch(open, epoch, complete),
      onStray: () => void this.readAnew(open),
    })
  }

  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#catalog.destroy()
    const open = this.all
    this.#open.clear()
    await Promise.all(open.map(freeSpace))
  }

  async #follow(id: SpaceId, isFirst: boolean): Promise<void> {
    if (this.#destroyed) return
    const entry = this.#catalog.get(id)
    const open = this.#open.get(id)
    if (entry?.mergedInto !== undefined) {
      await this.#mergeLibrary(entry, entry.mergedInto, isFirst && this.#options.device.tabs.leads)
    } else if (!open) {
      if (entry) await this.#openEntry(entry)
    } else if (open.entry.copy !== entry?.copy) {
      // Another tab has taken it off the device (and put it back): what this one holds is to be forgotten.
      await this.#close(open)
      if (entry) await this.#openEntry(entry)
    } else if (open.entry.epoch < entry.epoch) await this.#enterEpoch(open, entry)
    else {
      const { epoch } = open.entry
      await this.#setEntry(open, { ...entry, epoch })
      // A tab that had not heard of the epoch has written over it: it would stay in the old one.
      if (entry.epoch < epoch) await this.#catalog.put(open.entry)
    }
  }

  /** What the catalog says of an open space: whether it is synced depends on it. */
  async #setEntry(open: OpenSpace, entry: CatalogEntry): Promise<void> {
    const { revokedAt } = open.entry
    open.entry = entry
    if (revokedAt === undefined && entry.revokedAt !== undefined) await this.#options.sync?.remove(entry.id)
    if (revokedAt !== undefined && entry.revokedAt === undefined && this.#isOpen(open))
      this.#startSyncing(open)
  }

  /** Puts a space into the catalog, and opens it. */
  async #add(added: Omit<CatalogEntry, 'copy'>): Promise<OpenSpace> {
    const stored = await this.#catalog.all()
    const entry = { ...added, copy: stored.find(({ id }) => id === added.id)?.copy ?? v4() }
    await this.#catalog.put(entry)
    const open = await this.#openEntry(entry)
    this.#options.onChange()
    return open
  }

  async #openEntry(entry: CatalogEntry): Promise<OpenSpace> {
    const { mirror, clock, readsLater, onRewritten, onChange } = this.#options
    const open = openSpace(this.#options, entry, this.#takeMarked(entry.id, entry))
    const { space, store } = open
    this.#open.set(entry.id, open)
    store.onRewritten(onRewritten)
    await store.judged
    if (!this.#isOpen(open)) return open
    if (!readsLater || store.mirrored === 'not') {
      await this.#complete(open)
      return open
    }
    mirror.follow(space)
    // What the first screen does comes first; whatever else is to be done with the space waits for this.
    void this.#turns.take(entry.id, async () => {
      await new Promise<void>((resolve) => clock.after(0, resolve))
      await this.#complete(open)
      onChange()
    })
    return open
  }

  /** Reads a space, unless that has been done; from here on it can be edited and is synced. */
  async #complete(open: OpenSpace): Promise<void> {
    const { device } = this.#options
    const { entry } = open
    if (this.#isOpen(open)) await open.ready
    if (!this.#isOpen(open)) return
    await this.#mirror(open)
    if (!this.#isOpen(open)) return
    this.#startSyncing(open)
    if (device.tabs.leads && entry.epoch > 0) {
      await clearOldEpochs(device, open, (epoch) => openSpace(this.#options, { ...entry, epoch }))
    }
  }

  /** @returns what the mirror has of a space in this state; rows of any other state go */
  #takeMarked(id: SpaceId, entry?: CatalogEntry): MarkedSpace | undefined {
    const marked = this.#marked.get(id)
    if (!marked) return undefined
    this.#marked.delete(id)
    if (marked.epoch === entry?.epoch && marked.copy === entry.copy) return marked
    this.#options.mirror.detach(id)
    return undefined
  }

  /** What is in the mirror already need not wait for the document. */
  async #mirror(open: OpenSpace): Promise<void> {
    const { mirror, clock } = this.#options
    const { space, store } = open
    const isFollowed = mirror.spaces.includes(space)
    // A document that somebody has needed before the mirror followed it holds what no row tells of.
    if (store.mirrored === 'not' || (space.isLoaded && !isFollowed)) {
      mirror.detach(space.id)
      const steps = mirror.attaching(space)
      return inSteps(clock, () => this.#isOpen(open) && !steps.next().done)
    }
    if (!isFollowed) mirror.follow(space)
    if (store.mirrored === 'exactly') return
    if (store.unreadBytes <= QUICK_BYTES) space.load()
    else void this.#readAhead(open)
  }

  async #readAhead(open: OpenSpace): Promise<void> {
    if (this.#ahead.has(open)) return
    this.#ahead.add(open)
    try {
      await inSteps(this.#options.clock, () => this.#isOpen(open) && open.space.loadNext())
    } finally {
      this.#ahead.delete(open)
    }
  }

  /** Somebody who already has a library elsewhere has made another one here: it goes into that one. */
  async #registered(open: OpenSpace, id: SpaceId): Promise<void> {
    if (id === open.space.id) return this.change(id, { registered: true })
    const { entry } = await this.ensure({ ...open.entry, id, registered: true })
    await this.#turns.take(open.space.id, async () => {
      if (!this.#isOpen(open)) return
      const merged = { ...open.entry, mergedInto: id, mergedEpoch: entry.epoch }
      await this.#catalog.put(merged)
      await this.#mergeLibrary(merged, id, false)
    })
    this.#options.onChange()
  }

  /**
   * Takes what a library holds into the one that it is part of now; once more at every start, until it goes: another
   * tab may have stored edits in it and not lived to tell. Taking the same twice changes nothing.
   */
  async #mergeLibrary(entry: CatalogEntry, intoId: SpaceId, isLast: boolean): Promise<void> {
    const open = this.#open.get(entry.id)
    const into = this.#catalog.get(intoId)
    if (!into || (!open && !isLast)) return
    const from = open ?? openSpace(this.#options, entry)
    await from.ready
    const library = await this.ensure(into)
    // In a later epoch its rows are others, which the old ones would take the place of.
    if (library.entry.epoch === (entry.mergedEpoch ?? 0)) absorb(library.space, from.space)
    await library.store.seal()
    const isStored = await library.store.isStored()
    if (open) await this.#close(open)
    else await closeSpace(this.#options.mirror, from)
    if (isLast && isStored) await this.#remove(entry)
  }

  /** @param mayGo  whether a space need not be kept as it is */
  #renew(
    { id, copy }: CatalogEntry,
    change: Partial<CatalogEntry>,
    mayGo: (open: OpenSpace) => boolean,
  ): Promise<OpenSpace | undefined> {
    return this.#turns.take(id, async () => {
      const open = this.#open.get(id)
      // Another copy is what somebody who asked before has got.
      if (open?.entry.copy !== copy || !mayGo(open)) return open
      await this.#close(open)
      // Edits were possible until it was closed.
      if (!mayGo(open)) return this.#openEntry(open.entry)
      await this.#remove(open.entry)
      return this.#add({ ...open.entry, ...change })
    })
  }

  /** The server has begun a new epoch: this tab, which leads, prepares its document and then names it to all. */
  async #moveToEpoch(open: OpenSpace, epoch: number, complete: boolean): Promise<void> {
    const { sync, clock } = this.#options
    if (!sync) return
    const { id } = open.space
    await sync.remove(id)
    const snapshot = await newestSnapshot(sync.log, id)
    await this.#turns.take(id, async () => {
      if (!this.#isOpen(open) || (await this.#switchEpoch(open, epoch, snapshot, complete))) return
      // Nothing is lost meanwhile: edits go on in the old document and wait in its outbox.
      clock.after(SWITCH_AGAIN_MS, () => this.#isOpen(open) && this.#startSyncing(open))
    })
  }

  /** @returns whether it has succeeded */
  async #switchEpoch(
    open: OpenSpace,
    epoch: number,
    snapshot: Snapshot | undefined,
    complete: boolean,
  ): Promise<boolean> {
    const { device, mirror } = this.#options
    const { id } = open.space
    // Switches to epochs that are over meanwhile have not succeeded: everything they carried over still waits here.
    for (let failed = open.entry.epoch + 1; failed < epoch; failed++) await device.deleteStore(id, failed)
    const next = openSpace(this.#options, { ...open.entry, epoch })
    if (!(await prepareEpoch(open, next, snapshot, complete))) {
      await closeSpace(mirror, next)
      // An empty one would be taken for one that a crash has left; a filled one is of use for the next try.
      if (next.store.cursor === 0) await device.deleteStore(id, epoch)
      return false
    }
    await this.#catalog.put(next.entry)
    // Otherwise the next start brings home what the old one holds.
    if (await this.#replace(open, next)) await device.deleteStore(id, open.entry.epoch)
    return true
  }

  /** Another tab has moved a space to a new epoch. */
  async #enterEpoch(open: OpenSpace, entry: CatalogEntry): Promise<void> {
    const next = openSpace(this.#options, entry)
    await next.ready
    await this.#replace(open, next)
  }

  /**
   * From here on the screen shows the new document. Edits made to the old one until now come along.
   *
   * @returns false when everything has been closed meanwhile
   */
  async #replace(open: OpenSpace, next: OpenSpace): Promise<boolean> {
    const { mirror, onChange } = this.#options
    if (!this.#isOpen(open)) {
      await closeSpace(mirror, next)
      return false
    }
    const carried = carryPending(open, next)
    this.#open.set(next.entry.id, next)
    mirror.detach(next.entry.id)
    mirror.attach(next.space)
    onChange()
    await carried
    await this.#options.sync?.remove(next.entry.id)
    this.#startSyncing(next)
    // Not everybody lets go of the old one at once.
    await carryPending(open, next)
    await closeSpace(mirror, open)
    return true
  }

  #isOpen(open: OpenSpace): boolean {
    return this.#open.get(open.entry.id) === open
  }

  async #close(open: OpenSpace): Promise<void> {
    const { mirror, sync } = this.#options
    const { id } = open.entry
    this.#open.delete(id)
    // Out of sight at once: syncing may take its time to end.
    if (mirror.spaces.includes(open.space)) mirror.detach(id)
    await sync?.remove(id)
    await closeSpace(mirror, open)
  }

  /** Takes what is not open off the device. */
  async #remove({ id, epoch }: CatalogEntry): Promise<void> {
    const { device } = this.#options
    await this.#catalog.delete(id)
    // Both are tried, whatever becomes of the other: nothing of it is to stay here.
    await Promise.all([device.images?.clear(), device.deleteStore(id, epoch)])
  }
}
