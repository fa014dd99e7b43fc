import type { SupabaseClient } from '@supabase/supabase-js'
import { applySnapshot, applyUpdates, encodeSnapshot, type Space, type SpaceId } from 'segue/crdt'
import { backoffDelay } from './backoff.ts'
import { decodeEdit, encodeEdit } from './edit-message.ts'
import { RefusedError, SignedOutError, SyncError, TransportError } from './errors.ts'
import type { LogApi, OutboxEntry, Role, SpaceKind } from './log-api.ts'
import { PrivateChannel } from './private-channel.ts'
import { pushBatches } from './push-batches.ts'
import { type Problem, problemOf } from './status.ts'
import { entryKey, type SpaceStore } from './store.ts'

/** Edits within this time go out as one message and one log entry, in ms. */
const COALESCE_MS = 50
/** After a peer's edit the log is read once it has been quiet for this long, in ms. */
const SETTLE_MS = 2_000
/** A peer's edit that is not in the log after this time is pushed by whoever holds it, in ms. */
const ADOPT_AFTER_MS = 15_000
/** A new device should not have to read a longer tail than this many entries. */
const SNAPSHOT_EVERY = 200
const PULL_LIMIT = 500

export interface SpaceProviderOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly log: LogApi
  readonly supabase: SupabaseClient
  readonly batchSize: number
  /** Set while the server does not know the space yet. */
  readonly registration: { readonly kind: SpaceKind; readonly name: string } | undefined
  /** The server knows the space now; `id` differs when the person already has a library. */
  readonly onRegistered: (id: SpaceId) => void
  readonly onRole: (role: Role) => void
  readonly onChange: () => void
}

/** Which way a run goes: `up` pushes what waits here, `down` reads what is new in the log. */
export interface Direction {
  readonly up: boolean
  readonly down: boolean
}

const BOTH: Direction = { up: true, down: true }
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
  readonly #broadcast = new Set<string>()
  readonly #refused = new Map<string, Problem>()
  readonly #notices: Problem[] = []
  readonly #stopEdits: () => void
  #channel: PrivateChannel | undefined
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #pullTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #registered: boolean
  #merged = false
  #running: Promise<ProviderResult> | undefined
  #wanted: Direction = NOTHING
  #role: Role | undefined
  #error: SyncError | undefined
  #destroyed = false

  constructor(options: SpaceProviderOptions) {
    this.#options = options
    this.space = options.space
    this.#store = options.store
    this.#registered = options.registration === undefined
    this.#stopEdits = this.#store.onEdit(() => {
      this.#flushTimer ??= setTimeout(() => void this.#flush(), COALESCE_MS)
      options.onChange()
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
    return this.#running !== undefined || this.#flushTimer !== undefined
  }

  get connected(): boolean {
    return this.#channel?.joined ?? false
  }

  /** Why the last run failed; `undefined` after a run that did not. */
  get error(): SyncError | undefined {
    return this.#error
  }

  /** What stays wrong until somebody acts: refused edits, unreadable log entries. */
  get problems(): readonly Problem[] {
    return [...this.#refused.values(), ...this.#notices]
  }

  /** Joins the channel of the space, and stays on it. */
  startRealtime(): void {
    if (this.#destroyed || this.#channel || !this.#registered) return
    this.#channel = new PrivateChannel({
      supabase: this.#options.supabase,
      topic: `space:${this.space.id}`,
      onMessage: (bytes) => this.#receive(bytes),
      onJoined: () => {
        this.#options.onChange()
        void this.sync()
      },
      onLeft: () => this.#options.onChange(),
    })
  }

  async stopRealtime(): Promise<void> {
    const channel = this.#channel
    this.#channel = undefined
    await channel?.close()
  }

  /**
   * Reads what is new in the log, then pushes what waits here. Never rejects: see {@link error}.
   *
   * A call during a run extends that run, so that nothing that was there at the call is missed.
   */
  sync(direction: Direction = BOTH): Promise<ProviderResult> {
    const { up, down } = this.#wanted
    this.#wanted = { up: up || direction.up, down: down || direction.down || !this.#merged }
    if (!this.#running) {
      clearTimeout(this.#retryTimer)
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
    this.#refused.clear()
  }

  /** Stops everything. What is not acknowledged stays in the store. May be called twice. */
  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#stopEdits()
    for (const timer of [this.#flushTimer, this.#pullTimer, this.#retryTimer]) clearTimeout(timer)
    await this.stopRealtime()
    await this.#running
  }

  async #run(): Promise<ProviderResult> {
    let synced = 0
    try {
      await this.#store.loaded
      await this.#register()
      while ((this.#wanted.up || this.#wanted.down) && !this.#destroyed) {
        const { up, down } = this.#wanted
        this.#wanted = NOTHING
        if (down) synced += await this.#pull()
        if (up) synced += await this.#push()
      }
      this.#error = undefined
      this.#attempt = 0
    } catch (error) {
      this.#fail(error instanceof SyncError ? error : new TransportError(error))
    }
    return { synced, failed: this.#refused.size + this.#notices.length }
  }

  #fail(error: SyncError): void {
    this.#error = error
    this.#wanted = NOTHING
    const lasting = error instanceof RefusedError || error instanceof SignedOutError
    if (this.#destroyed || lasting) return
    this.#retryTimer = setTimeout(() => void this.sync(), backoffDelay(this.#attempt++))
  }

  async #register(): Promise<void> {
    const { registration, log, onRegistered } = this.#options
    if (this.#registered || !registration) return
    const id = await log.createSpace(this.space.id, registration.kind, registration.name)
    this.#registered = true
    onRegistered(id)
    if (id === this.space.id) this.startRealtime()
    // The person has a library under another id; whoever owns this provider moves the rows there.
    else this.#wanted = NOTHING
  }

  async #pull(): Promise<number> {
    const { log, onRole } = this.#options
    let taken = 0
    if (this.#store.cursor === 0) await this.#loadSnapshot()
    for (;;) {
      const page = await log.pull(this.space.id, this.#store.cursor, PULL_LIMIT)
      if (this.#destroyed) return taken
      this.#role = page.role
      onRole(page.role)
      const last = page.entries.at(-1)
      if (!last) break
      const updates = page.entries.map(({ update }) => update)
      for (const { index, error } of applyUpdates(this.space, updates, this)) {
        this.#notices.push({
          code: 'unreadable_entry',
          message: `Entry ${page.entries[index]?.seq} of the log could not be read and was skipped. ${error.message}`,
          action: 'Tell the person who maintains the app; everything else works on.',
        })
      }
      await this.#store.forgetUnlogged(page.entries)
      await this.#store.setCursor(last.seq)
      taken += page.entries.length
      if (last.seq >= page.head) break
    }
    this.#merged = true
    await this.#adoptOrphans()
    return taken
  }

  async #loadSnapshot(): Promise<void> {
    const snapshot = await this.#options.log.readSnapshot(this.space.id)
    if (!snapshot || this.#destroyed) return
    applySnapshot(this.space, snapshot.state, this)
    await this.#store.setCursor(snapshot.seq)
  }

  /** A peer that vanished before its edit reached the log must not leave others with more than the log holds. */
  async #adoptOrphans(): Promise<void> {
    if (this.#role === 'viewer') return
    const cutoff = Date.now() - ADOPT_AFTER_MS
    const orphans = this.#store.unlogged.filter(({ receivedAt }) => receivedAt < cutoff)
    if (orphans.length > 0) await this.#store.adopt(orphans)
  }

  async #push(): Promise<number> {
    const { log, batchSize } = this.#options
    const pending = (await this.#store.seal()).filter((entry) => !this.#refused.has(entryKey(entry)))
    let acknowledged = 0
    for (const batch of pushBatches(pending, batchSize)) {
      if (this.#destroyed) return acknowledged
      const places = await this.#pushBatch(log, batch)
      if (!places) continue
      await this.#store.acknowledge(batch)
      acknowledged += batch.length
      await this.#advance([...places.values()].sort((a, b) => a - b))
    }
    return acknowledged
  }

  /** @returns the places of the entries, or `undefined` when the batch was refused and set aside */
  async #pushBatch(log: LogApi, batch: readonly OutboxEntry[]): Promise<Map<number, number> | undefined> {
    const [first] = batch
    if (!first) return undefined
    try {
      return await log.push(this.space.id, first.client, batch)
    } catch (error) {
      const unfit =
        error instanceof RefusedError && (error.code === 'too_large' || error.code === 'malformed')
      if (!unfit) throw error
      if (batch.length === 1) {
        this.#refused.set(entryKey(first), problemOf(error))
        return undefined
      }
      const places = new Map<number, number>()
      for (const entry of batch) {
        const place = await this.#pushBatch(log, [entry])
        if (!place) continue
        for (const [n, seq] of place) places.set(n, seq)
      }
      // Those set aside stay in the outbox: only what has a place is acknowledged.
      await this.#store.acknowledge(batch.filter(({ n }) => places.has(n)))
      return undefined
    }
  }

  /** Own entries need not be read again when nobody else's lie between; otherwise the log is read soon. */
  async #advance(places: readonly number[]): Promise<void> {
    const before = this.#store.cursor
    let cursor = before
    for (const seq of places) if (seq === cursor + 1) cursor = seq
    if (cursor > before) await this.#store.setCursor(cursor)
    const last = places.at(-1) ?? 0
    if (last > cursor) this.#pullSoon()
    else if (Math.floor(before / SNAPSHOT_EVERY) < Math.floor(cursor / SNAPSHOT_EVERY))
      await this.#writeSnapshot()
  }

  async #writeSnapshot(): Promise<void> {
    try {
      const state = encodeSnapshot(this.space)
      await this.#options.log.writeSnapshot(this.space.id, { seq: this.#store.cursor, state })
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.#notices.push(problemOf(error))
    }
  }

  async #flush(): Promise<void> {
    this.#flushTimer = undefined
    // Stored before it is sent: a peer must never hold an edit that a crash here would lose.
    for (const entry of await this.#store.seal()) {
      const key = entryKey(entry)
      if (this.#broadcast.has(key)) continue
      this.#broadcast.add(key)
      this.#channel?.send(encodeEdit(entry))
    }
    if (!this.#destroyed) await this.sync({ up: true, down: false })
  }

  #receive(bytes: Uint8Array): void {
    const entry = decodeEdit(bytes)
    if (!entry || this.#destroyed) return
    this.#store.keepUnlogged(entry)
    const [refused] = applyUpdates(this.space, [entry.update], this)
    if (refused) void this.#store.forgetUnlogged([entry])
    this.#pullSoon()
  }

  #pullSoon(): void {
    clearTimeout(this.#pullTimer)
    this.#pullTimer = setTimeout(() => void this.sync(), SETTLE_MS * (1 + Math.random()))
  }
}
