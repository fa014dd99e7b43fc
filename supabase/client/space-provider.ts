import type { Space, SpaceId } from 'segue/crdt'
import { backoffDelay } from './backoff.ts'
import type { Clock } from './clock.ts'
import { RefusedError, SignedOutError, SyncError, TransportError } from './errors.ts'
import { TURN_MS } from './in-steps.ts'
import { LiveEdits } from './live-edits.ts'
import { LogReader } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'
import { PeerEdits } from './peer-edits.ts'
import type { OutboxEntry, Remote, Role, SpaceKind } from './remote.ts'
import { SendBudget } from './send-budget.ts'
import { SnapshotWriter } from './snapshot-writer.ts'
import type { Problem } from './status.ts'
import type { SpaceStore } from './store.ts'
import { Traffic, type TrafficCounts } from './traffic.ts'

/** After a peer's edit the log is read within this time, in ms. */
const SETTLE_MS = 2_000
/** After joining the channel the log is read within this time, in ms: not by everybody at once when a server is back. */
const JOIN_SPREAD_MS = 200
/**
 * Where nobody broadcasts any more, the log is read again after about this time for as long as it moves, in ms: with
 * the time over which edits are gathered, everybody has everything within five seconds.
 */
const POLL_MS = 1_750
const POLL_SPREAD = 1 / 7

/** A space handed over to be synced. */
export interface SyncedSpace {
  readonly space: Space
  readonly store: SpaceStore
  /** Set while the server does not know the space yet. */
  readonly registration?: { readonly kind: SpaceKind; readonly name: string } | undefined
  /** The server knows the space now; `id` differs when the person already has a library. */
  readonly onRegistered: (id: SpaceId) => void
  readonly onRole: (role: Role) => void
  /**
   * The document has had a fresh start on the server: hand the space over again once it is in the new epoch.
   * `complete` says that the old document holds everything that went into the new one.
   */
  readonly onNewEpoch: (epoch: number, complete: boolean) => void
  /** The document holds a peer's edit that the log will never have: it has to be read anew from the log. */
  readonly onStray: () => void
}

export interface SpaceProviderOptions extends SyncedSpace {
  readonly remote: Remote
  readonly clock: Clock
  readonly batchSize: number
  /** Broadcasts and deliveries a second that the server allows for the space. */
  readonly messagesPerSecond: number
  readonly onChange: () => void
}

/** Which way a run goes: `up` pushes what waits here, `down` reads what is new in the log. */
export interface Direction {
  readonly up: boolean
  readonly down: boolean
}

const BOTH: Direction = { up: true, down: true }
const UP: Direction = { up: true, down: false }
const NOTHING: Direction = { up: false, down: false }

/** What one run did. */
export interface ProviderResult {
  readonly synced: number
  readonly failed: number
}

/**
 * Keeps one space in step with its log in Postgres and with the people who have it open now.
 *
 * Edits go out twice at once: by broadcast, which is fast and may fail, and into the log, which is acknowledged.
 * Everything that comes in by broadcast is read again from the log soon after, so a lost, doubled or forged
 * message never decides what this replica holds.
 */
export class SpaceProvider {
  readonly space: Space
  readonly #options: SpaceProviderOptions
  readonly #store: SpaceStore
  readonly #budget: SendBudget
  readonly #traffic = new Traffic()
  readonly #reader: LogReader
  readonly #writer: LogWriter
  readonly #snapshots: SnapshotWriter
  readonly #peers: PeerEdits
  readonly #stop = new AbortController()
  readonly #stopEdits: () => void
  readonly #stopConflicts: () => void
  #live: LiveEdits | undefined
  #wantsLive = false
  #cancelFlush: (() => void) | undefined
  #flushing = false
  #cancelPull: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #attempt = 0
  #registered: boolean
  #merged = false
  #running: Promise<ProviderResult> | undefined
  #wanted: Direction = NOTHING
  #role: Role | undefined
  #error: SyncError | undefined
  #acknowledgedAt: number | undefined
  #progress: number | undefined
  #conflicts = 0
  #ended = false

  constructor(options: SpaceProviderOptions) {
    const { space, store, remote, clock, batchSize, messagesPerSecond, registration } = options
    this.#options = options
    this.space = space
    this.#store = store
    this.#budget = new SendBudget(clock, messagesPerSecond)
    this.#reader = new LogReader({
      ...{ space, store, clock, log: remote.log, budget: this.#budget, traffic: this.#traffic, origin: this },
      onRole: (role) => this.#onRole(role),
      onProgress: (share) => {
        this.#progress = share < 1 ? share : undefined
        options.onChange()
      },
    })
    this.#writer = new LogWriter({
      ...{ space, store, log: remote.log, batchSize, traffic: this.#traffic },
      readsAlong: () => this.#budget.logOnly,
      onPage: async (page) => {
        if (!(await this.#reader.take(page))) this.#wanted = { ...this.#wanted, down: true }
      },
      onSealed: (entries) => this.#broadcast(entries),
      onAcknowledged: (entries, places) => this.#onAcknowledged(entries, places),
    })
    this.#snapshots = new SnapshotWriter({ space, store, clock, log: remote.log })
    this.#peers = new PeerEdits({ space, store, clock, origin: this })
    this.#registered = registration === undefined
    this.#stopEdits = store.onEdit(() => {
      this.#cancelFlush ??= clock.after(this.#budget.window, () => void this.#flush())
      options.onChange()
    })
    this.#stopConflicts = space.observe(({ origin, conflicts }) => {
      // What a first reading brings was contested before this device knew of it.
      if (origin === this && store.cursor > 0) this.#conflicts += conflicts.length
    })
  }

  /** Edits the log has not acknowledged, refused ones included. */
  get pending(): number {
    return this.#store.pending.length
  }

  /** A first merge with the log has completed since this provider was made. */
  get merged(): boolean {
    return this.#merged
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#cancelFlush !== undefined || this.#flushing
  }

  get connected(): boolean {
    return this.#live?.joined ?? false
  }

  /** When the log last acknowledged something, in ms since 1970. */
  get acknowledgedAt(): number | undefined {
    return this.#acknowledgedAt
  }

  /** What the space has sent and received since it was opened. */
  get traffic(): TrafficCounts {
    return this.#traffic.counts
  }

  /** How much of a snapshot has arrived, from 0 to 1, while one is on its way. */
  get progress(): number | undefined {
    return this.#progress
  }

  /** How many conflicts have come in, by broadcast or from the log, since this was last asked. */
  takeConflicts(): number {
    const found = this.#conflicts
    this.#conflicts = 0
    return found
  }

  /** Why the last run failed; `undefined` after a run that did not. */
  get error(): SyncError | undefined {
    return this.#error ?? this.#writer.refusal
  }

  /** What stays wrong until somebody acts, beside {@link error}: entries that could not be read. */
  get problems(): readonly Problem[] {
    const { problem } = this.#snapshots
    return [...this.#reader.problems, ...(problem ? [problem] : [])]
  }

  /** Joins the channel of the space, and stays on it. */
  startRealtime(): void {
    this.#wantsLive = true
    if (this.#stopped || this.#live || !this.#registered) return
    this.#live = new LiveEdits({
      remote: this.#options.remote,
      topic: `space:${this.space.id}`,
      epoch: this.#store.epoch,
      budget: this.#budget,
      traffic: this.#traffic,
      onEdit: (entry) => this.#receive(entry),
      onLogMoved: (seq) => {
        if (seq > this.#store.cursor) this.#pullWithin(this.#budget.logOnly ? SETTLE_MS / 2 : SETTLE_MS / 4)
      },
      onJoined: () => {
        this.#options.onChange()
        this.#pullWithin(JOIN_SPREAD_MS)
      },
      onLeft: () => {
        this.#options.onChange()
        // The server may have closed it because the person is a member no more: the log says.
        this.#pullWithin(SETTLE_MS)
      },
    })
  }

  async stopRealtime(): Promise<void> {
    this.#wantsLive = false
    const live = this.#live
    this.#live = undefined
    await live?.close()
  }

  /**
   * Reads what is new in the log, then pushes what waits here. Never rejects: see {@link error}.
   *
   * A call during a run extends that run, so that nothing that was there at the call is missed.
   */
  sync(direction: Direction = BOTH): Promise<ProviderResult> {
    if (this.#stopped) return Promise.resolve({ synced: 0, failed: 0 })
    const { up, down } = this.#wanted
    this.#wanted = { up: up || direction.up, down: down || direction.down || !this.#merged }
    if (!this.#running) {
      this.#cancelRetry?.()
      this.#running = this.#run().finally(() => {
        this.#running = undefined
        this.#options.onChange()
      })
      this.#options.onChange()
    }
    return this.#running
  }

  /** Tries refused entries again with the next run. */
  retryRefused(): void {
    if (this.#writer.refusal) this.#live?.doubtOffers()
    this.#writer.retry()
  }

  /** Stops everything. What is not acknowledged stays in the store. May be called twice. */
  async destroy(): Promise<void> {
    this.#stop.abort()
    this.#stopEdits()
    this.#stopConflicts()
    for (const cancel of [this.#cancelFlush, this.#cancelPull, this.#cancelRetry]) cancel?.()
    await this.stopRealtime()
    await this.#running
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted || this.#ended
  }

  async #run(): Promise<ProviderResult> {
    let synced = 0
    try {
      await this.#store.loaded
      await this.#register()
      while ((this.#wanted.up || this.#wanted.down) && !this.#stopped) {
        const { up, down } = this.#wanted
        this.#wanted = NOTHING
        if (down) {
          await this.#store.collect()
          synced += await this.#pull()
        }
        if (up && !this.#stopped) synced += await this.#push()
      }
      this.#error = undefined
      this.#attempt = 0
      // Once it is quiet, a word of whoever writes next begins it again: nobody stops who owes one or would miss it.
      const isQuiet = synced === 0 && this.connected && !this.#live?.owesWord
      if (this.#budget.logOnly && !isQuiet) this.#pullAgain()
    } catch (error) {
      this.#progress = undefined
      this.#fail(error instanceof SyncError ? error : new TransportError(error))
    }
    const refused = this.#writer.refusal ? this.#store.pending.length : 0
    return { synced, failed: refused + this.problems.length }
  }

  #fail(error: SyncError): void {
    this.#wanted = NOTHING
    if (error instanceof RefusedError && error.code === 'old_epoch') {
      // A reading of the old epoch's log to its end tells which epoch it is now.
      this.#pullWithin(0)
      return
    }
    this.#error = error
    const lasting = error instanceof RefusedError || error instanceof SignedOutError
    if (this.#stopped || lasting) return
    const { clock } = this.#options
    this.#cancelRetry = clock.after(
      backoffDelay(this.#attempt++, () => clock.random()),
      () => void this.sync(),
    )
  }

  async #register(): Promise<void> {
    const { registration, remote, onRegistered } = this.#options
    if (this.#registered || !registration) return
    const id = await remote.log.createSpace(this.space.id, registration.kind, registration.name)
    this.#registered = true
    onRegistered(id)
    if (id !== this.space.id) {
      // The person has a library under another id; whoever owns this provider moves the rows there.
      this.#wanted = NOTHING
    } else if (this.#wantsLive) this.startRealtime()
  }

  async #pull(): Promise<number> {
    const { taken, newEpoch, complete } = await this.#reader.read(this.#stop.signal)
    if (this.#stopped) return taken
    if (newEpoch !== undefined) {
      this.#ended = true
      this.#options.onNewEpoch(newEpoch, complete)
      return taken
    }
    this.#merged = true
    this.#live?.tell(this.#store.cursor)
    if (await this.#peers.adoptOrphans(this.#role !== 'viewer')) this.#options.onStray()
    return taken
  }

  /** Pushes what waits, and with it whatever it builds on that the log does not have: its author may never come. */
  async #push(): Promise<number> {
    let taken = 0
    if (this.#peers.areNeeded()) taken = await this.#pull()
    if (this.#stopped) return taken
    if (this.#peers.areNeeded()) await this.#peers.adopt()
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    return taken + (await this.#writer.write(this.#stop.signal))
  }

  #onRole(role: Role): void {
    // Somebody who may write again need not ask for it.
    if (role !== 'viewer' && this.#writer.refusal?.code === 'forbidden') this.retryRefused()
    this.#role = role
    this.#options.onRole(role)
  }

  /** Own entries need not be read again when nobody else's lie between; otherwise the log is read soon. */
  async #onAcknowledged(entries: readonly OutboxEntry[], places: readonly number[]): Promise<void> {
    const last = places.at(-1) ?? 0
    this.#acknowledgedAt = this.#options.clock.now()
    this.#live?.acknowledged(entries, last)
    const before = this.#store.cursor
    let cursor = before
    for (const seq of places) if (seq === cursor + 1) cursor = seq
    if (cursor > before) await this.#store.setCursor(cursor)
    if (last > cursor) this.#pullWithin(SETTLE_MS)
    else await this.#snapshots.moved(before)
  }

  async #flush(): Promise<void> {
    this.#cancelFlush = undefined
    this.#flushing = true
    // Stored before it is sent: a peer must never hold an edit that a crash here would lose.
    const sealed = await this.#store.seal()
    this.#flushing = false
    if (this.#stopped) return
    this.#broadcast(sealed)
    await this.sync(UP)
  }

  #broadcast(entries: readonly OutboxEntry[]): void {
    if (!this.#writer.refusal && this.#role !== 'viewer') this.#live?.send(entries)
  }

  #receive(entry: OutboxEntry): void {
    if (this.#stopped) return
    // Where the document is not here at once, it is read for the log, which brings the edit too.
    if (this.#isAtHand()) this.#peers.receive(entry)
    this.#pullWithin(SETTLE_MS)
  }

  /** Whether the document can be read within a moment. */
  #isAtHand(): boolean {
    const { clock } = this.#options
    const begun = clock.now()
    while (this.space.loadNext()) if (clock.now() - begun > TURN_MS) return false
    return true
  }

  /** Reads the log soon; at a random time, so that everybody on a channel does not ask at once. */
  #pullWithin(ms: number, spread = 0.5): void {
    if (this.#stopped || this.#cancelPull) return
    const { clock } = this.#options
    this.#cancelPull = clock.after(ms * (1 + spread * (2 * clock.random() - 1)), () => {
      this.#cancelPull = undefined
      // What waits to be pushed brings the news along.
      const readsAlong = this.#budget.logOnly && this.pending > 0 && !this.#writer.refusal
      if (!readsAlong) void this.sync()
      else if (!this.#running) void this.sync(UP)
    })
  }

  #pullAgain(): void {
    this.#cancelPull?.()
    this.#cancelPull = undefined
    this.#pullWithin(POLL_MS, POLL_SPREAD)
  }
}
