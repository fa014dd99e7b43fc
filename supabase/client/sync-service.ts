import type { SupabaseClient } from '@supabase/supabase-js'
import type { Space, SpaceId } from 'segue/crdt'
import type { Connectivity } from './connectivity.ts'
import { SignedOutError, TransportError } from './errors.ts'
import { LogApi, type Role, type SpaceKind } from './log-api.ts'
import { type Direction, SpaceProvider } from './space-provider.ts'
import { type Problem, problemOf, type SyncResult, type SyncStatus } from './status.ts'
import type { SpaceStore } from './store.ts'

export interface SyncServiceOptions {
  readonly supabase: SupabaseClient
  readonly connectivity: Connectivity
  /** Most log entries in one push. */
  readonly batchSize?: number
  /** Time between automatic runs, in ms. */
  readonly intervalMs?: number
}

/** A space handed over to be synced. */
export interface SyncedSpace {
  readonly space: Space
  readonly store: SpaceStore
  /** Set while the server does not know the space yet. */
  readonly registration?: { readonly kind: SpaceKind; readonly name: string } | undefined
  readonly onRegistered: (id: SpaceId) => void
  readonly onRole: (role: Role) => void
}

interface SyncEvents {
  'sync-complete': SyncResult
  status: SyncStatus
  /** True once the channel of every space is joined. */
  realtime: boolean
}

/**
 * Syncs any number of spaces with Supabase: on demand, by the clock, and live.
 *
 * Edits made offline wait in the outbox of their space; nothing here ever drops one.
 */
export class SyncService {
  readonly log: LogApi
  readonly #options: Required<SyncServiceOptions>
  readonly #providers = new Map<SpaceId, SpaceProvider>()
  readonly #listeners: { [E in keyof SyncEvents]: Set<(event: SyncEvents[E]) => void> } = {
    'sync-complete': new Set(),
    status: new Set(),
    realtime: new Set(),
  }
  readonly #stopConnectivity: () => void
  #interval: ReturnType<typeof setInterval> | undefined
  #realtime = false
  #connected = false
  #lastStatus = ''
  #syncedAt: string | undefined
  #changeQueued = false

  constructor(options: SyncServiceOptions) {
    this.#options = { batchSize: 100, intervalMs: 30_000, ...options }
    this.log = new LogApi(options.supabase)
    this.#stopConnectivity = options.connectivity.onChange(() => {
      this.#changed()
      if (options.connectivity.online) void this.sync()
    })
  }

  /** Takes a space on; syncs it at once and, while realtime is on, joins its channel. */
  add({ space, store, registration, onRegistered, onRole }: SyncedSpace): void {
    if (this.#providers.has(space.id)) return
    const { supabase, batchSize } = this.#options
    const onChange = () => this.#changed()
    const provider = new SpaceProvider({
      ...{ space, store, registration, onRegistered, onRole, onChange },
      ...{ supabase, batchSize, log: this.log },
    })
    this.#providers.set(space.id, provider)
    if (this.#realtime) provider.startRealtime()
    if (this.#options.connectivity.online) void provider.sync()
  }

  /** Lets a space go; its unacknowledged edits stay in its store. */
  async remove(spaceId: SpaceId): Promise<void> {
    const provider = this.#providers.get(spaceId)
    this.#providers.delete(spaceId)
    await provider?.destroy()
    this.#changed()
  }

  /** Reads what is new, then pushes what waits, for every space. Never rejects; failures are in the result. */
  sync(): Promise<SyncResult> {
    return this.#run({ up: true, down: true })
  }

  /** Pushes what waits. */
  syncUp(): Promise<SyncResult> {
    return this.#run({ up: true, down: false })
  }

  /** Reads what is new. */
  syncDown(): Promise<SyncResult> {
    return this.#run({ up: false, down: true })
  }

  /** Runs {@link sync} every `intervalMs`, for what a lost broadcast left out. */
  startAutoSync(): void {
    this.#interval ??= setInterval(() => {
      if (this.#options.connectivity.online) void this.sync()
    }, this.#options.intervalMs)
  }

  stopAutoSync(): void {
    clearInterval(this.#interval)
    this.#interval = undefined
  }

  /** Joins the channels of all spaces, now and to come. */
  startRealtime(): void {
    this.#realtime = true
    for (const provider of this.#providers.values()) provider.startRealtime()
  }

  async stopRealtime(): Promise<void> {
    this.#realtime = false
    await Promise.all([...this.#providers.values()].map((provider) => provider.stopRealtime()))
  }

  /** Unacknowledged edits of a space. */
  pendingOf(spaceId: SpaceId): number {
    return this.#providers.get(spaceId)?.pending ?? 0
  }

  /** What is wrong with a space until somebody acts. */
  problemsOf(spaceId: SpaceId): readonly Problem[] {
    const provider = this.#providers.get(spaceId)
    if (!provider) return []
    const { error } = provider
    return error && !(error instanceof TransportError)
      ? [problemOf(error), ...provider.problems]
      : provider.problems
  }

  /** Where syncing stands, over all spaces. */
  get status(): SyncStatus {
    const providers = [...this.#providers.values()]
    const pending = providers.reduce((sum, provider) => sum + provider.pending, 0)
    const errors = providers.flatMap(({ error }) => error ?? [])
    const lasting = errors.find((error) => error instanceof SignedOutError) ?? errors.find(isLasting)
    const problem = lasting ? problemOf(lasting) : providers.flatMap(({ problems }) => problems)[0]
    if (!this.#options.connectivity.online) return { state: 'offline', pending }
    if (problem) return { state: 'error', pending, ...problem }
    if (errors.length > 0) return { state: 'offline', pending }
    const settled = providers.every((provider) => provider.merged && !provider.busy)
    if (pending > 0 || !settled || this.#syncedAt === undefined) return { state: 'syncing', pending }
    return { state: 'synced', at: this.#syncedAt }
  }

  /** Calls back on every event of a kind. Returns the way to stop. */
  on<E extends keyof SyncEvents>(event: E, listener: (event: SyncEvents[E]) => void): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** Calls back after every run with what it did. Returns the way to stop. */
  onSyncComplete(listener: (result: SyncResult) => void): () => void {
    return this.on('sync-complete', listener)
  }

  /** Calls back whenever the channels of all spaces have been joined. Returns the way to stop. */
  onRealtimeConnected(listener: () => void): () => void {
    return this.on('realtime', (connected) => {
      if (connected) listener()
    })
  }

  /** Stops everything and leaves the channels. May be called twice. */
  async destroy(): Promise<void> {
    this.stopAutoSync()
    this.#stopConnectivity()
    const providers = [...this.#providers.values()]
    this.#providers.clear()
    await Promise.all(providers.map((provider) => provider.destroy()))
    for (const listeners of Object.values(this.#listeners)) listeners.clear()
  }

  async #run(direction: Direction): Promise<SyncResult> {
    const providers = [...this.#providers.values()]
    const results = await Promise.all(
      providers.map((provider) => {
        provider.retryRefused()
        return provider.sync(direction)
      }),
    )
    const errors = providers.flatMap(({ error, problems }) => [
      ...(error ? [problemOf(error)] : []),
      ...problems,
    ])
    const result: SyncResult = {
      success: errors.length === 0,
      itemsSynced: results.reduce((sum, { synced }) => sum + synced, 0),
      itemsFailed: results.reduce((sum, { failed }) => sum + failed, 0),
      conflicts: 0,
      errors,
      timestamp: new Date().toISOString(),
    }
    this.#emit('sync-complete', result)
    return result
  }

  /** Tells of changes once a task, however many there were. */
  #changed(): void {
    if (this.#changeQueued) return
    this.#changeQueued = true
    queueMicrotask(() => {
      this.#changeQueued = false
      const providers = [...this.#providers.values()]
      if (providers.every(({ merged, busy, error, pending }) => merged && !busy && !error && pending === 0)) {
        this.#syncedAt = new Date().toISOString()
      }
      const { status } = this
      const fingerprint = JSON.stringify({ ...status, at: undefined })
      if (fingerprint !== this.#lastStatus) {
        this.#lastStatus = fingerprint
        this.#emit('status', status)
      }
      const connected = providers.length > 0 && providers.every((provider) => provider.connected)
      if (connected !== this.#connected) {
        this.#connected = connected
        this.#emit('realtime', connected)
      }
    })
  }

  #emit<E extends keyof SyncEvents>(kind: E, event: SyncEvents[E]): void {
    for (const listener of [...this.#listeners[kind]]) listener(event)
  }
}

const isLasting = (error: Error) => !(error instanceof TransportError)
