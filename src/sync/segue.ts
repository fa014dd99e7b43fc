import type { SupabaseClient } from '@supabase/supabase-js'
import { type Difference, type Mirror, type ReadDatabase, type RowProgress, verifying } from 'segue/bridge'
import { newSpaceId, type Schema, type Space, type SpaceId, type UnknownParts } from 'segue/crdt'
import {
  type Clock,
  type Connectivity,
  HistoryApi,
  MembersApi,
  type Problem,
  type Remote,
  type Role,
  type SpaceKind,
  type SpaceSyncState,
  SyncError,
  SyncService,
  type SyncStatus,
  supabaseRemote,
  systemClock,
} from 'segue/supabase'
import type { SqlJsStatic } from 'sql.js'
import type { Device } from './device/index.ts'
import { type DeviceStorageError, type OnHealth, SpaceNotOpenError } from './errors.ts'
import { SpaceHistory } from './history/index.ts'
import { IdleDocuments } from './idle-documents.ts'
import { ImageKeeper, openMirror, type StartingMirror } from './image-keeper.ts'
import type { FoundConflicts, OpenSpace } from './open-space.ts'
import { SpaceSet } from './space-set.ts'
import { noUndoMemory, type UndoMemory, UndoSet } from './undo-set.ts'

export interface SegueOptions {
  readonly schema: Schema
  /** Whose data this is: a user id, or `local` for somebody without an account. */
  readonly profile: string
  readonly sql: SqlJsStatic
  /** Makes the place to keep things, given a way to report how it fares. */
  readonly device: (onHealth: OnHealth) => Device
  /** Leave out for an app without a server: everything but sharing works. */
  readonly remote?: SegueRemote | undefined
  readonly clock?: Clock | undefined
  /** Where what can be undone outlives a reload; nowhere unless given. */
  readonly undoMemory?: UndoMemory | undefined
  /** How long nothing has to change before an image of the mirror is stored, in ms; five seconds unless given. */
  readonly imageQuietMs?: number | undefined
  /** From an image of this size on documents are read after `open` has resolved, in bytes; 1 MiB unless given. */
  readonly readLaterBytes?: number | undefined
  /** How long nobody has to use a document before it is closed, in ms; a minute unless given. */
  readonly idleMs?: number | undefined
}

/** The documents behind a smaller image are read within a moment. */
const READ_LATER_BYTES = 1 << 20

/** A Supabase project. */
export interface SegueRemote {
  readonly supabase: SupabaseClient
  readonly connectivity: Connectivity
  /** How spaces are synced with it; through `supabase` unless given. */
  readonly remote?: Remote | undefined
}

/** A space as the app lists it. */
export interface SpaceInfo {
  readonly id: SpaceId
  readonly kind: SpaceKind
  readonly name: string
  readonly role: Role
  readonly ownerId: string | null
  /** The epoch whose document this device holds. */
  readonly epoch: number
  /** Edits that the log has not acknowledged. */
  readonly pending: number
  /** What it holds that this version of the app does not know: it is kept, and not shown. */
  readonly unknown: UnknownParts
  /** What is wrong, and what to do. */
  readonly problem?: Problem | undefined
  /** Where its syncing stands; nothing without a server, or after {@link revokedAt}. */
  readonly sync?: SpaceSyncState | undefined
  /** When the server said that the person is a member no more, ISO 8601. The space is not synced since. */
  readonly revokedAt?: string | undefined
}

/**
 * All spaces of one person on one device: opened from storage, mirrored into one SQLite database, and synced when
 * there is a server. Everything but the methods that say so works offline.
 */
export class Segue {
  readonly profile: string
  readonly mirror: Mirror
  readonly sync: SyncService | undefined
  readonly members: MembersApi | undefined
  /** What the person has done in this tab, to be taken back. */
  readonly undo: UndoSet
  readonly #options: SegueOptions
  readonly #clock: Clock
  readonly #device: Device
  readonly #spaces: SpaceSet
  readonly #keeper: ImageKeeper | undefined
  readonly #idle: IdleDocuments
  readonly #listeners = new Set<() => void>()
  readonly #conflictListeners = new Set<(found: FoundConflicts) => void>()
  #storageError: DeviceStorageError | undefined
  #findingLibrary: Promise<unknown> | undefined
  #destroyed = false

  /** See {@link Segue.open}. */
  private constructor(options: SegueOptions, device: Device, start: StartingMirror) {
    const { mirror, marked, byteLength } = start
    this.#options = options
    this.profile = options.profile
    this.#clock = options.clock ?? systemClock
    this.mirror = mirror
    this.#device = device
    this.undo = new UndoSet({
      memory: options.undoMemory ?? noUndoMemory,
      now: () => this.#clock.now(),
      onChange: () => this.#tell(),
    })
    if (options.remote) {
      const { supabase, connectivity, remote = supabaseRemote(supabase) } = options.remote
      this.sync = new SyncService({
        ...{ remote, connectivity, tabs: this.#device.tabs, clock: this.#clock },
      })
      this.members = new MembersApi(supabase)
      this.sync.on('status', () => this.#statusChanged())
      this.sync.onSyncComplete(() => void this.#refreshQuietly())
    }
    this.#spaces = new SpaceSet({
      ...{ device, mirror, marked, sync: this.sync, clock: this.#clock },
      readsLater: byteLength >= (options.readLaterBytes ?? READ_LATER_BYTES),
      author: { userId: options.profile, device: device.id },
      onChange: () => this.#changed(),
      onRewritten: () => this.#keeper?.touch(),
      onConflict: (found) => {
        for (const listener of [...this.#conflictListeners]) listener(found)
      },
    })
    this.#idle = new IdleDocuments({
      ...{ clock: this.#clock, idleMs: options.idleMs },
      spaces: () => this.#spaces.all.map(({ space }) => space),
    })
    if (device.images) {
      this.#keeper = new ImageKeeper({
        ...{ mirror, images: device.images, clock: this.#clock, leads: () => device.tabs.leads },
        ...{ spaces: () => this.#spaces.mirrored, quietMs: options.imageQuietMs },
      })
    }
  }

  /** Which device of the person this is: the name that goes with what is written on it. */
  get device(): string {
    return this.#device.id
  }

  /**
   * Opens everything this device holds for the person, then starts to sync. Rows can be queried from then on. Where there
   * are very many, the spaces they belong to can be edited a moment later: see {@link ready}.
   */
  static async open(options: SegueOptions): Promise<Segue> {
    let problem: DeviceStorageError | undefined
    let report = (error: DeviceStorageError | undefined) => {
      problem = error
    }
    const device = options.device((error) => report(error))
    const segue = new Segue(options, device, await openMirror(options.sql, options.schema, device.images))
    segue.#storageError = problem
    report = (error) => {
      segue.#storageError = error
      segue.#tell()
    }
    await device.tabs.ready
    await segue.#spaces.followCatalog()
    await segue.#clearRevoked()
    segue.sync?.startRealtime()
    segue.sync?.startAutoSync()
    void segue.#refreshQuietly()
    return segue
  }

  /** Typed queries on the mirror, synchronous. */
  get db(): ReadDatabase {
    return this.mirror.db
  }

  /** The server's client; `undefined` in an app without one. */
  get remote(): SegueOptions['remote'] {
    return this.#options.remote
  }

  /**
   * Compares the mirror with the documents, some rows at a time: between the steps others can do their work. What it
   * returns is empty when the mirror is exact; otherwise `mirror.rebuilding()` makes it so.
   */
  verifying(): Generator<RowProgress, Difference[]> {
    return verifying(this.#options.sql, this.mirror)
  }

  get spaces(): readonly SpaceInfo[] {
    return this.#spaces.all.map(({ entry, store, unknown }) => {
      const { id, kind, name, role, ownerId, epoch, revokedAt } = entry
      const sync = revokedAt === undefined ? this.sync?.stateOf(id) : undefined
      const problem = revokedAt === undefined ? sync?.problems[0] : REVOKED
      const pending = store.pending.length
      return { id, kind, name, role, ownerId, epoch, revokedAt, sync, problem, pending, unknown }
    })
  }

  get status(): SyncStatus {
    const status: SyncStatus = this.sync?.status ?? { state: 'local' }
    if (!this.#storageError) return status
    const { code, message, action } = this.#storageError
    return { state: 'error', pending: 'pending' in status ? status.pending : 0, code, message, action }
  }

  /** Resolves once every space of the device can be edited. */
  get ready(): Promise<void> {
    return Promise.all(this.#spaces.all.map(({ ready }) => ready)).then(() => {})
  }

  /** The person's own library, if it is on this device; {@link openLibrary} waits until it can be edited. */
  get library(): Space | undefined {
    return this.#library?.space
  }

  /**
   * A space that can be edited; `undefined` when there is none, or not yet. Ask again after a change: it may be ready by
   * then, and a new epoch brings a new document.
   */
  space(id: SpaceId): Space | undefined {
    const open = this.#spaces.get(id)
    return open?.isReady ? open.space : undefined
  }

  /**
   * Reads the document of a space before somebody needs it, a moment's work at a time, and keeps it open: so the first edit
   * does not have to wait. For a space in which the person is likely to edit, while it is on the screen.
   *
   * @returns the way to let go of it: it is closed then, once nobody has used it for a while
   */
  readAhead(id: SpaceId): () => void {
    void this.#spaces.readAhead(id)
    return this.#idle.keep(id)
  }

  /**
   * What a space was, and the way back there. Needs the network to look.
   *
   * @throws {SpaceNotOpenError} the space is not on this device
   *
   * @example
   * const history = segue.history(space.id)
   * const [, yesterday] = await history.moments()
   * if (yesterday) history.restore(await history.at(yesterday))
   */
  history(id: SpaceId): SpaceHistory {
    const open = () => {
      const found = this.#spaces.get(id)
      if (!found) throw new SpaceNotOpenError(id)
      return found
    }
    const { registered } = open().entry
    const { remote } = this.#options
    return new SpaceHistory({
      space: () => open().space,
      api: remote && registered ? new HistoryApi(remote.supabase) : undefined,
      isOnline: () => remote?.connectivity.online ?? false,
      mayEdit: () => open().entry.role !== 'viewer' && open().entry.revokedAt === undefined,
    })
  }

  /** Calls back when the list of spaces or the status changed. Returns the way to stop. */
  observe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Calls back when an edit of somebody else turns out to have been made at the same time as one that was here. All
   * conflicts, also those from before, are in the mirror's `conflict` table. Returns the way to stop.
   */
  onConflict(listener: (found: FoundConflicts) => void): () => void {
    this.#conflictListeners.add(listener)
    return () => this.#conflictListeners.delete(listener)
  }

  /**
   * The person's own library. On a new device it is looked up on the server; without a network, and for somebody
   * who has none yet, it is made here and registered later.
   */
  async openLibrary(): Promise<Space> {
    this.#findingLibrary ??= this.#library ? Promise.resolve() : this.#findOrCreateLibrary()
    await this.#findingLibrary
    const library = this.#library
    if (!library) throw new SpaceNotOpenError('library')
    await library.ready
    return library.space
  }

  /** Makes a space. Works offline; the server learns of it with the next sync. */
  async createSpace({ id, kind, name }: { id?: SpaceId; kind: SpaceKind; name: string }): Promise<Space> {
    const { space } = await this.#spaces.ensure({
      ...{ id: id ?? newSpaceId(), kind, name, role: 'owner', registered: false, epoch: 0 },
      ownerId: this.#options.remote ? this.profile : null,
    })
    return space
  }

  /**
   * Asks the server which spaces are this person's: opens new ones, keeps names and roles current, and stops those
   * that are this person's no more.
   *
   * @throws {SyncError} the server could not be asked
   */
  async refreshSpaces(): Promise<void> {
    if (!this.sync) return
    // What becomes this person's while the answer is on its way is not in it.
    const asked = this.#spaces.all.filter(({ entry }) => entry.registered)
    const listed = await this.sync.log.mySpaces()
    if (this.#destroyed) return
    for (const { epoch, ...space } of listed) {
      const known = this.#spaces.get(space.id)
      const facts = { ...space, registered: true, revokedAt: undefined }
      // What had been taken away may have changed beyond recognition: it is read anew unless edits wait in it.
      if (known?.entry.revokedAt !== undefined) await this.#spaces.readAnew(known, { ...facts, epoch })
      await this.#spaces.ensure({ ...facts, epoch })
      await this.#spaces.change(space.id, facts)
    }
    const mine = new Set(listed.map(({ id }) => id))
    for (const open of asked) {
      const { id } = open.entry
      if (!mine.has(id) && this.#spaces.get(id) === open) await this.#revoke(open)
    }
  }

  /** Takes a space off this device, with whatever has not been acknowledged. Membership is another matter. */
  async forget(id: SpaceId): Promise<void> {
    await this.#spaces.forget(id)
  }

  /** Leaves a shared space and takes it off this device. Needs the network. */
  async leaveSpace(id: SpaceId): Promise<void> {
    await this.members?.remove(id, this.profile)
    await this.forget(id)
  }

  /** Ends a shared space for everybody and takes it off this device. Needs the network, and an owner. */
  async deleteSpace(id: SpaceId): Promise<void> {
    if (this.#spaces.get(id)?.entry.registered) await this.members?.deleteSpace(id)
    await this.forget(id)
  }

  /** Drops edits that the server refused: the space is read again from its log. */
  async discardRefused(id: SpaceId): Promise<Space> {
    const { space } = await this.#spaces.discard(id)
    return space
  }

  /**
   * Stores an image of the mirror now instead of when it is quiet, so that the next start need not wait for documents.
   *
   * @returns whether there is one now that fits
   */
  async storeImage(): Promise<boolean> {
    return (await this.#keeper?.keep()) ?? false
  }

  /** Closes everything. What is on the device stays. May be called twice. */
  async destroy(): Promise<void> {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#keeper?.destroy()
    this.#idle.destroy()
    await this.sync?.destroy()
    this.#listeners.clear()
    this.#conflictListeners.clear()
    this.undo.destroy()
    await this.#spaces.destroy()
    this.mirror.destroy()
    this.#device.tabs.close()
    await this.#device.catalog.close()
  }

  get #library(): OpenSpace | undefined {
    return this.#spaces.all.find(({ entry }) => entry.kind === 'library')
  }

  async #findOrCreateLibrary(): Promise<void> {
    await this.#refreshQuietly()
    if (!this.#library) await this.createSpace({ kind: 'library', name: 'My library' })
  }

  /** Like {@link refreshSpaces}; what fails is seen by the providers too, and shows in the status. */
  async #refreshQuietly(): Promise<void> {
    // Other tabs learn of new spaces from the catalog.
    if (!this.sync?.leads || !this.#options.remote?.connectivity.online) return
    // Whoever has made a space may not have lived to tell the tab that talks.
    await this.#spaces.followCatalog()
    try {
      await this.refreshSpaces()
    } catch (error) {
      if (!(error instanceof SyncError)) throw error
    }
  }

  #statusChanged(): void {
    for (const open of this.#spaces.all) {
      const state = this.sync?.stateOf(open.entry.id)
      if (state?.problems.some(({ code }) => code === 'not_a_member')) void this.#revoke(open)
    }
    this.#changed()
  }

  /** The person's membership has ended: syncing stops, the app says so, and unsent edits wait for a decision. */
  async #revoke(open: OpenSpace): Promise<void> {
    if (open.entry.revokedAt !== undefined) return
    await this.#spaces.change(open.entry.id, { revokedAt: new Date(this.#clock.now()).toISOString() })
  }

  /** What was taken away in an earlier run, and has been said since, goes from the device; unsent edits do not. */
  async #clearRevoked(): Promise<void> {
    for (const open of this.#spaces.all) {
      const { entry, store } = open
      if (entry.revokedAt === undefined) continue
      await open.ready
      if (store.pending.length === 0) await this.forget(entry.id)
    }
  }

  #changed(): void {
    this.undo.follow(this.#spaces.all.map(({ space }) => space))
    this.#tell()
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

const REVOKED: Problem = {
  code: 'not_a_member',
  message: 'You are not a member of this list any more.',
  action: 'Save a copy of what you want to keep; then it is removed from this device.',
}
