import type { SupabaseClient } from '@supabase/supabase-js'
import { Mirror, type ReadDatabase } from 'segue/bridge'
import { absorb, newSpaceId, type Schema, Space, type SpaceId } from 'segue/crdt'
import {
  type Connectivity,
  MembersApi,
  type Problem,
  type Role,
  type SpaceKind,
  SyncError,
  SyncService,
  type SyncStatus,
} from 'segue/supabase'
import type { SqlJsStatic } from 'sql.js'
import type { CatalogEntry, Device, OwnedSpaceStore } from './device/index.ts'
import { type DeviceStorageError, SpaceNotOpenError } from './errors.ts'

export interface SegueOptions {
  readonly schema: Schema
  /** Whose data this is: a user id, or `local` for somebody without an account. */
  readonly profile: string
  readonly sql: SqlJsStatic
  /** Makes the place to keep things, given a way to report that it fails. */
  readonly device: (onFailure: (error: DeviceStorageError) => void) => Device
  /** Leave out for an app without a server: everything but sharing works. */
  readonly remote?: { readonly supabase: SupabaseClient; readonly connectivity: Connectivity } | undefined
}

/** A space as the app lists it. */
export interface SpaceInfo {
  readonly id: SpaceId
  readonly kind: SpaceKind
  readonly name: string
  readonly role: Role
  readonly ownerId: string | null
  /** Edits that the log has not acknowledged. */
  readonly pending: number
  readonly problem?: Problem | undefined
}

interface OpenSpace {
  readonly space: Space
  readonly store: OwnedSpaceStore
  /** Resolves once the document holds what the device has of it. */
  readonly ready: Promise<void>
  entry: CatalogEntry
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
  readonly #options: SegueOptions
  readonly #device: Device
  readonly #open = new Map<SpaceId, OpenSpace>()
  readonly #listeners = new Set<() => void>()
  #storageError: DeviceStorageError | undefined
  #library: Promise<Space> | undefined
  #destroyed = false

  /** Prefer {@link Segue.open}, which also opens the spaces of this device. */
  private constructor(options: SegueOptions) {
    this.#options = options
    this.profile = options.profile
    this.mirror = new Mirror(options.sql, options.schema)
    this.#device = options.device((error) => {
      this.#storageError = error
      this.#changed()
    })
    if (options.remote) {
      this.sync = new SyncService(options.remote)
      this.members = new MembersApi(options.remote.supabase)
      this.sync.on('status', () => this.#changed())
      this.sync.onSyncComplete(() => void this.#refreshQuietly())
    }
  }

  /** Opens everything this device holds for the person, then starts to sync. */
  static async open(options: SegueOptions): Promise<Segue> {
    const segue = new Segue(options)
    const entries = await segue.#device.catalog.all()
    await Promise.all(entries.map((entry) => segue.#openSpace(entry)))
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

  get spaces(): readonly SpaceInfo[] {
    return [...this.#open.values()].map(({ entry: { id, kind, name, role, ownerId } }) => ({
      ...{ id, kind, name, role, ownerId },
      pending: this.sync?.pendingOf(id) ?? 0,
      problem: this.sync?.problemsOf(id)[0],
    }))
  }

  get status(): SyncStatus {
    const status: SyncStatus = this.sync?.status ?? { state: 'local' }
    if (!this.#storageError) return status
    const { code, message, action } = this.#storageError
    return { state: 'error', pending: 'pending' in status ? status.pending : 0, code, message, action }
  }

  /** An open space, or `undefined`. */
  space(id: SpaceId): Space | undefined {
    return this.#open.get(id)?.space
  }

  /** Calls back when the list of spaces or the status changed. Returns the way to stop. */
  observe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The person's own library. On a new device it is looked up on the server; without a network, and for somebody
   * who has none yet, it is made here and registered later.
   */
  openLibrary(): Promise<Space> {
    this.#library ??= this.#findOrCreateLibrary()
    return this.#library
  }

  /** Makes a space. Works offline; the server learns of it with the next sync. */
  async createSpace({ id, kind, name }: { id?: SpaceId; kind: SpaceKind; name: string }): Promise<Space> {
    const known = id && this.#open.get(id)
    if (known) {
      await known.ready
      return known.space
    }
    const ownerId = this.#options.remote ? this.profile : null
    const entry: CatalogEntry = {
      id: id ?? newSpaceId(),
      kind,
      name,
      role: 'owner',
      ownerId,
      registered: false,
    }
    await this.#device.catalog.put(entry)
    const space = await this.#openSpace(entry)
    this.#changed()
    return space
  }

  /** Asks the server which spaces are this person's, opens new ones, and keeps names and roles current. */
  async refreshSpaces(): Promise<void> {
    if (!this.sync) return
    for (const listed of await this.sync.log.mySpaces()) {
      if (this.#destroyed) return
      const known = this.#open.get(listed.id)
      const entry: CatalogEntry = { ...listed, registered: true }
      await this.#device.catalog.put(entry)
      if (known) known.entry = entry
      else await this.#openSpace(entry)
    }
    this.#changed()
  }

  /** Takes a space off this device, with whatever has not been acknowledged. Membership is another matter. */
  async forget(id: SpaceId): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new SpaceNotOpenError(id)
    this.#open.delete(id)
    await this.#device.catalog.delete(id)
    await this.#close(open)
    await this.#device.deleteStore(id)
    this.#changed()
  }

  /** Leaves a shared space and takes it off this device. Needs the network. */
  async leaveSpace(id: SpaceId): Promise<void> {
    await this.members?.remove(id, this.profile)
    await this.forget(id)
  }

  /** Drops edits that the server refused: the space is read again from its log. */
  async discardRefused(id: SpaceId): Promise<Space> {
    const entry = this.#open.get(id)?.entry
    if (!entry) throw new SpaceNotOpenError(id)
    await this.forget(id)
    await this.#device.catalog.put(entry)
    const space = await this.#openSpace(entry)
    this.#changed()
    return space
  }

  /** Closes everything. What is on the device stays. May be called twice. */
  async destroy(): Promise<void> {
    if (this.#destroyed) return
    this.#destroyed = true
    await this.sync?.destroy()
    const open = [...this.#open.values()]
    this.#open.clear()
    this.#listeners.clear()
    await Promise.all(open.map((each) => this.#close(each)))
    this.mirror.destroy()
    await this.#device.catalog.close()
  }

  async #findOrCreateLibrary(): Promise<Space> {
    const own = () => [...this.#open.values()].find(({ entry }) => entry.kind === 'library')
    if (!own()) await this.#refreshQuietly()
    const found = own()
    if (!found) return this.createSpace({ kind: 'library', name: 'My library' })
    await found.ready
    return found.space
  }

  /** Like {@link refreshSpaces}; what fails is seen by the providers too, and shows in the status. */
  async #refreshQuietly(): Promise<void> {
    if (!this.#options.remote?.connectivity.online) return
    try {
      await this.refreshSpaces()
    } catch (error) {
      if (!(error instanceof SyncError)) throw error
    }
  }

  async #openSpace(entry: CatalogEntry): Promise<Space> {
    const space = new Space({ id: entry.id, schema: this.#options.schema })
    const store = this.#device.openStore(space)
    const open: OpenSpace = { space, store, entry, ready: store.loaded }
    this.#open.set(entry.id, open)
    await open.ready
    if (this.#open.get(entry.id) !== open) return space
    this.mirror.attach(space)
    this.sync?.add({
      space,
      store,
      registration: entry.registered ? undefined : { kind: entry.kind, name: entry.name },
      onRegistered: (id) => void this.#registered(open, id),
      onRole: (role) => void this.#roleChanged(open, role),
    })
    return space
  }

  /** Somebody who already has a library elsewhere has made another one here: it goes into that one. */
  async #registered(open: OpenSpace, id: SpaceId): Promise<void> {
    if (id === open.space.id) {
      open.entry = { ...open.entry, registered: true }
      await this.#device.catalog.put(open.entry)
      return
    }
    const entry: CatalogEntry = { ...open.entry, id, registered: true }
    await this.#device.catalog.put(entry)
    const library = await this.#openSpace(entry)
    absorb(library, open.space)
    this.#library = Promise.resolve(library)
    await this.forget(open.space.id)
  }

  async #roleChanged(open: OpenSpace, role: Role): Promise<void> {
    if (open.entry.role === role) return
    open.entry = { ...open.entry, role }
    await this.#device.catalog.put(open.entry)
    this.#changed()
  }

  async #close({ space, store }: OpenSpace): Promise<void> {
    await this.sync?.remove(space.id)
    this.mirror.detach(space.id)
    await store.destroy()
    space.destroy()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
