import type { Space, StoredDocument, UpdateListener } from 'segue/crdt'
import { type Clock, entryKey, type OutboxEntry, type SpaceStore, type UnloggedEntry } from 'segue/supabase'
import { v4 } from 'uuid'
import type * as Y from 'yjs'
import { type EntryName, Outbox, type StoredEntry } from './outbox.ts'
import type { CurrentMark, Mirrored } from './stored-updates.ts'

/** What is kept, and sent, as one update; the server takes 1 MiB. */
const MAX_UPDATE = { bytes: 256 * 1024, structs: 10_000 }

export interface StoreOptions {
  readonly space: Space
  readonly epoch: number
  readonly clock: Clock
}

/**
 * Keeps the outbox and the cursor of a space in memory: for programs without IndexedDB, and the working copy of
 * the store that has it.
 */
export class MemorySpaceStore implements SpaceStore, StoredDocument {
  readonly judged: Promise<void> = Promise.resolve()
  readonly epoch: number
  protected readonly outbox = new Outbox(v4())
  protected readonly peers = new Map<string, UnloggedEntry>()
  /** Names of the entries of the epoch before that have been carried over into this one. */
  readonly carried = new Set<string>()
  protected readonly clock: Clock
  protected readonly space: Space
  readonly #stopUpdates: () => void
  readonly #listeners = new Set<() => void>()
  #cursor = 0

  constructor({ space, epoch, clock }: StoreOptions) {
    this.space = space
    this.epoch = epoch
    this.clock = clock
    this.#stopUpdates = space.onUpdate(this.#onUpdate, MAX_UPDATE)
  }

  get loaded(): Promise<void> {
    return Promise.resolve()
  }

  get mirrored(): Mirrored {
    return 'not'
  }

  get unreadBytes(): number {
    return 0
  }

  async mark(): Promise<CurrentMark | undefined> {
    return undefined
  }

  onRewritten(_listener: () => void): void {}

  applyNext(_doc: Y.Doc): boolean {
    return false
  }

  applyRest(_doc: Y.Doc): void {}

  get pending(): readonly StoredEntry[] {
    return this.outbox.entries
  }

  get cursor(): number {
    return this.#cursor
  }

  get unlogged(): readonly UnloggedEntry[] {
    return [...this.peers.values()]
  }

  async refresh(): Promise<void> {}

  async collect(): Promise<void> {}

  async seal(): Promise<readonly OutboxEntry[]> {
    this.outbox.seal()
    return this.pending
  }

  async acknowledge(entries: readonly EntryName[]): Promise<void> {
    this.outbox.drop(entries)
  }

  async setCursor(seq: number): Promise<void> {
    this.#cursor = seq
  }

  keepUnlogged(entry: OutboxEntry): void {
    this.peers.set(entryKey(entry), { ...entry, receivedAt: this.clock.now() })
  }

  async forgetUnlogged(entries: readonly EntryName[]): Promise<void> {
    for (const entry of entries) this.peers.delete(entryKey(entry))
  }

  async adopt(entries: readonly OutboxEntry[]): Promise<void> {
    this.outbox.adopt(entries)
    await this.forgetUnlogged(entries)
    this.edited()
  }

  /**
   * Remembers that entries of the epoch before are carried over by the next edit, in one write with it: none may be
   * carried over twice, and none left out.
   */
  keepCarried(names: readonly EntryName[]): void {
    for (const name of names) this.carried.add(entryKey(name))
  }

  onEdit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async isStored(): Promise<boolean> {
    return true
  }

  /** Stops listening to the document. May be called twice. */
  async destroy(): Promise<void> {
    this.#stopUpdates()
    this.#listeners.clear()
  }

  /** Takes in one transaction of the document; an edit made here enters the outbox. */
  protected record(updates: readonly Uint8Array[], _origin: unknown, local: boolean): void {
    if (local) this.outbox.append(updates)
  }

  protected edited(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  readonly #onUpdate: UpdateListener = (updates, { origin, local }) => {
    this.record(updates, origin, local)
    if (local) this.edited()
  }
}
