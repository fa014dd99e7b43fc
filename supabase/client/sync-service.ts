import type { SpaceId } from 'segue/crdt'
import { type Clock, systemClock } from './clock.ts'
import type { Connectivity } from './connectivity.ts'
import { Listeners } from './listeners.ts'
import { ProviderSet } from './provider-set.ts'
import type { Log, Remote } from './remote.ts'
import type { Direction, SyncedSpace } from './space-provider.ts'
import type { SpaceSyncState, SyncResult, SyncState, SyncStatus } from './status.ts'
import { isSyncMessage, type SyncMessage } from './sync-message.ts'
import { onlyTab, type Tabs } from './tabs.ts'

export interface SyncServiceOptions {
  readonly remote: Remote
  readonly connectivity: Connectivity
  /** The person's tabs, of which one syncs for all. Left out for a program without others. */
  readonly tabs?: Tabs
  readonly clock?: Clock
  /** Most log entries in one push. */
  readonly batchSize?: number
  /** Time between automatic runs, in ms. */
  readonly intervalMs?: number
  /** Broadcasts and deliveries a second that the server allows for one space; 100 on Supabase's smallest plan. */
  readonly messagesPerSecond?: number
}

export interface SyncEvents {
  'sync-complete': SyncResult
  status: SyncStatus
  /** True once the channel of every space is joined. */
  realtime: boolean
}

const BOTH: Direction = { up: true, down: true }
/** A tab that asked the leading one to sync waits so long for the result, in ms. */
const ANSWER_WITHIN_MS = 30_000
const NOT_YET: SyncState = { status: { state: 'syncing', pending: 0 }, connected: false, spaces: {} }

/**
 * Syncs any number of spaces with Supabase: on demand, by the clock, and live.
 *
 * Of several tabs the leading one does it; the others show its state and pass requests on to it. Edits made offline
 * wait in the outbox of their space; nothing here ever drops one.
 */
export class SyncService {
  readonly log: Log
  readonly #options: Required<SyncServiceOptions>
  readonly #set: ProviderSet
  readonly #synced = new Map<SpaceId, SyncedSpace>()
  readonly #listeners = new Listeners<SyncEvents>()
  readonly #answers = new Map<number, (result: SyncResult) => void>()
  readonly #stops: (() => void)[]
  #leadersState: SyncState = NOT_YET
  #cancelAutoSync: (() => void) | undefined
  #connected = false
  #lastStatus = ''
  #changeQueued = false
  #requests = 0
  #destroyed = false

  constructor(options: SyncServiceOptions) {
    this.#options = {
      ...{ clock: systemClock, tabs: onlyTab, batchSize: 100, intervalMs: 30_000, messagesPerSecond: 100 },
      ...options,
    }
    const { remote, connectivity, clock, tabs, batchSize, messagesPerSecond } = this.#options
    this.log = remote.log
    this.#set = new ProviderSet({
      ...{ remote, connectivity, clock, batchSize, messagesPerSecond },
      onChange: () => this.#changed(),
    })
    this.#stops = [
      connectivity.onChange(() => {
        this.#changed()
        if (connectivity.online && tabs.leads) void this.#run(BOTH)
      }),
      tabs.onLead(() => void this.#takeOver()),
      tabs.onMessage((message) => {
        if (isSyncMessage(message)) this.#hear(message)
      }),
    ]
    if (!tabs.leads) this.#post({ type: 'sync-hello' })
  }

  /** True when this tab is the one that talks to the server. */
  get leads(): boolean {
    return this.#options.tabs.leads
  }

  /** Takes a space on; syncs it at once and, while realtime is on, joins its channel. */
  add(synced: SyncedSpace): void {
    this.#synced.set(synced.space.id, synced)
    if (this.leads) this.#set.add(synced)
  }

  /** Lets a space go; its unacknowledged edits stay in its store. */
  async remove(spaceId: SpaceId): Promise<void> {
    this.#synced.delete(spaceId)
    await this.#set.remove(spaceId)
  }

  /** Reads what is new, then pushes what waits, for every space. Never rejects; failures are in the result. */
  sync(): Promise<SyncResult> {
    return this.#ask(BOTH)
  }

  /** Pushes what waits. */
  syncUp(): Promise<SyncResult> {
    return this.#ask({ up: true, down: false })
  }

  /** Reads what is new. */
  syncDown(): Promise<SyncResult> {
    return this.#ask({ up: false, down: true })
  }

  /** Runs {@link sync} every `intervalMs`, for what a lost broadcast left out. Refused edits are left alone. */
  startAutoSync(): void {
    if (this.#cancelAutoSync) return
    const { clock, intervalMs, connectivity } = this.#options
    const tick = () => {
      this.#cancelAutoSync = clock.after(intervalMs, tick)
      if (connectivity.online && this.leads) void this.#run(BOTH)
    }
    this.#cancelAutoSync = clock.after(intervalMs, tick)
  }

  stopAutoSync(): void {
    this.#cancelAutoSync?.()
    this.#cancelAutoSync = undefined
  }

  /** Joins the channels of all spaces, now and to come. */
  startRealtime(): void {
    this.#set.startRealtime()
  }

  async stopRealtime(): Promise<void> {
    await this.#set.stopRealtime()
  }

  /** Where syncing stands, over all spaces. */
  get status(): SyncStatus {
    return this.#state.status
  }

  /** Where one space stands; `undefined` when it is not synced. */
  stateOf(spaceId: SpaceId): SpaceSyncState | undefined {
    return this.#state.spaces[spaceId]
  }

  /** Calls back on every event of a kind. Returns the way to stop. */
  on<E extends keyof SyncEvents>(event: E, listener: (event: SyncEvents[E]) => void): () => void {
    return this.#listeners.on(event, listener)
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
    this.#destroyed = true
    this.stopAutoSync()
    for (const stop of this.#stops.splice(0)) stop()
    this.#synced.clear()
    this.#listeners.clear()
    await this.#set.destroy()
  }

  get #state(): SyncState {
    return this.leads ? this.#set.state : this.#leadersState
  }

  /** The tab that led is gone: what it left in storage is read, then its work goes on here. */
  async #takeOver(): Promise<void> {
    await Promise.all(
      [...this.#synced.values()].map(async (synced) => {
        await synced.store.refresh()
        if (this.#synced.get(synced.space.id) === synced) this.#set.add(synced)
      }),
    )
    this.#changed()
  }

  /** A run that somebody asked for: refused edits are tried once more. */
  #ask(direction: Direction): Promise<SyncResult> {
    if (this.leads) {
      this.#set.retryRefused()
      return this.#run(direction)
    }
    const request = ++this.#requests
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ANSWER_WITHIN_MS, () => answer(this.#noAnswer()))
      const answer = (result: SyncResult) => {
        cancel()
        this.#answers.delete(request)
        resolve(result)
      }
      this.#answers.set(request, answer)
      this.#post({ type: 'sync-request', request, direction })
    })
  }

  async #run(direction: Direction): Promise<SyncResult> {
    const result = await this.#set.run(direction)
    this.#listeners.emit('sync-complete', result)
    this.#post({ type: 'sync-complete', result })
    return result
  }

  #hear(message: SyncMessage): void {
    if (message.type === 'sync-complete' && !this.leads) {
      this.#listeners.emit('sync-complete', message.result)
    } else if (message.type === 'sync-answer') {
      this.#answers.get(message.request)?.(message.result)
    } else if (message.type === 'sync-state' && !this.leads) {
      this.#leadersState = message.state
      this.#changed()
    } else if (message.type === 'sync-hello' && this.leads) {
      this.#post({ type: 'sync-state', state: this.#set.state })
    } else if (message.type === 'sync-request' && this.leads) {
      const { request, direction } = message
      void this.#ask(direction).then((result) => this.#post({ type: 'sync-answer', request, result }))
    }
  }

  #post(message: SyncMessage): void {
    if (!this.#destroyed) this.#options.tabs.post(message)
  }

  /** Tells of changes once a task, however many there were. */
  #changed(): void {
    if (this.#changeQueued) return
    this.#changeQueued = true
    queueMicrotask(() => {
      this.#changeQueued = false
      const state = this.#state
      const { status, connected } = state
      const fingerprint = JSON.stringify([{ ...status, at: undefined }, state.spaces])
      if (fingerprint !== this.#lastStatus) {
        this.#lastStatus = fingerprint
        this.#listeners.emit('status', status)
      }
      if (connected !== this.#connected) {
        this.#connected = connected
        this.#listeners.emit('realtime', connected)
      }
      if (this.leads) this.#post({ type: 'sync-state', state })
    })
  }

  #noAnswer(): SyncResult {
    const problem = {
      code: 'no_answer',
      message: 'Another tab does the syncing, and it did not answer.',
      action: 'Close the other tabs of this app, or reload this one.',
    }
    const timestamp = new Date(this.#options.clock.now()).toISOString()
    return { success: false, itemsSynced: 0, itemsFailed: 0, conflicts: 0, errors: [problem], timestamp }
  }
}
