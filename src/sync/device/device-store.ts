import { entryKey, type OutboxEntry, type SpaceStore } from 'segue/supabase'
import * as Y from 'yjs'
import { DamagedStorageError, DeviceStorageError, type OnHealth } from '../errors.ts'
import { MemorySpaceStore, type StoreOptions } from './memory-store.ts'
import type { EntryName, OutboxChange, StoredEntry } from './outbox.ts'
import { applyReadable, type Change, keyOf, type SpaceDatabase } from './space-database.ts'
import type { TabChannel } from './tab-channel.ts'

/** After so many stored updates they are merged into one. */
const COMPACT_AFTER = 500
/** … once nothing has been written for so long, in ms. */
const COMPACT_DELAY_MS = 5_000

const outboxKey = (entry: EntryName) => keyOf.outbox(entryKey(entry))
const unloggedKey = (entry: EntryName) => keyOf.unlogged(entryKey(entry))

/** What the tabs tell each other about a space, once it is stored. */
type TabMessage =
  | { readonly type: 'edit'; readonly entries: readonly StoredEntry[] }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | ({ readonly type: 'outbox' } & OutboxChange)

export interface DeviceStoreOptions extends StoreOptions {
  readonly open: () => Promise<SpaceDatabase>
  readonly tabs: TabChannel
  /** Only the leading tab tidies up. */
  readonly leads: () => boolean
  readonly onHealth: OnHealth
}

/**
 * A space on a device, with the outbox and the cursor beside its updates, shared by all tabs.
 *
 * An unreadable update is set aside instead of stopping the rest; an edit and its outbox entry go in by one
 * transaction; the caller learns when they are durable; a failed write is reported and goes along with the next one.
 */
export class DeviceSpaceStore extends MemorySpaceStore implements SpaceStore {
  override readonly loaded: Promise<void>
  readonly #options: DeviceStoreOptions
  readonly #doc: Y.Doc
  #database: SpaceDatabase | 'opening' | 'unavailable' = 'opening'
  /** Writes that storage has not taken: made before it was open, or refused. */
  #waiting: Change[] = []
  #lastWrite: Promise<void> = Promise.resolve()
  #writes = 0
  #cancelCompact: (() => void) | undefined

  constructor(options: DeviceStoreOptions) {
    super(options)
    this.#options = options
    this.#doc = options.space.doc
    options.tabs.onMessage((message) => {
      if (isTabMessage(message)) this.#hear(message)
    })
    this.loaded = this.#load()
  }

  override async refresh(): Promise<void> {
    await this.loaded
    await this.#lastWrite
    if (typeof this.#database === 'string' || this.#waiting.length > 0) return
    try {
      const stored = await this.#database.read()
      applyReadable(this.#doc, stored.updates, this)
      this.outbox.replace(entriesOf(stored.outbox))
      await super.setCursor(cursorOf(stored.cursor))
      this.#keepPeers(stored.unlogged)
    } catch (cause) {
      this.#options.onHealth(new DeviceStorageError(cause))
    }
  }

  override async seal(): Promise<readonly OutboxEntry[]> {
    await this.loaded
    void this.#storeOutbox(this.outbox.seal())
    if (this.#waiting.length > 0) void this.#write({})
    await this.#lastWrite
    return this.pending
  }

  override async acknowledge(entries: readonly EntryName[]): Promise<void> {
    await super.acknowledge(entries)
    await this.#storeOutbox({ put: [], remove: entries })
  }

  override async setCursor(seq: number): Promise<void> {
    await super.setCursor(seq)
    // Once the writes before are settled: those that failed go into the cursor's own transaction, so that a stored
    // cursor never claims an update that is not stored.
    await this.#lastWrite
    await this.#write({ put: [[keyOf.cursor, seq]] })
  }

  override keepUnlogged(entry: OutboxEntry): void {
    super.keepUnlogged(entry)
    this.#write({ put: [[unloggedKey(entry), this.peers.get(entryKey(entry))]] })
  }

  override async forgetUnlogged(entries: readonly EntryName[]): Promise<void> {
    const known = entries.filter((entry) => this.peers.has(entryKey(entry)))
    await super.forgetUnlogged(entries)
    if (known.length > 0) await this.#write({ remove: known.map(unloggedKey) })
  }

  override async adopt(entries: readonly OutboxEntry[]): Promise<void> {
    const put = entries.flatMap((entry) => this.outbox.append(entry.update))
    await this.#storeOutbox({ put, remove: [] })
    await this.forgetUnlogged(entries)
    this.edited()
  }

  override keepCarried(names: readonly EntryName[]): void {
    super.keepCarried(names)
    // Goes along with the next write: that of the edits themselves.
    this.#waiting.push({ put: [[keyOf.carried, [...this.carried]]] })
  }

  override async destroy(): Promise<void> {
    await super.destroy()
    await this.loaded
    await this.#lastWrite
    this.#cancelCompact?.()
    this.#options.tabs.close()
    if (typeof this.#database === 'string') return
    const database = this.#database
    this.#database = 'unavailable'
    await database.close()
  }

  protected override record(update: Uint8Array, origin: unknown, local: boolean): void {
    if (origin === this || origin === this.#options.tabs) return
    const entries = local ? this.outbox.append(update) : []
    const put = entries.map((entry) => [outboxKey(entry), entry] as const)
    // Other tabs see it once it is stored: none may build on what a crash could take back.
    void this.#write({ add: [update], put }).then(() =>
      this.#tell(local ? { type: 'edit', entries } : { type: 'update', update }),
    )
    this.#compactWhenLong()
  }

  #hear(message: TabMessage): void {
    if (message.type === 'outbox') {
      this.outbox.drop(message.remove)
      this.outbox.add(message.put)
    } else {
      const updates = message.type === 'edit' ? message.entries.map(({ update }) => update) : [message.update]
      applyReadable(this.#doc, new Map(updates.map((update, index) => [index, update])), this.#options.tabs)
      if (message.type === 'update') return
      this.outbox.add(message.entries)
    }
    this.edited()
  }

  async #load(): Promise<void> {
    const { open, onHealth } = this.#options
    try {
      const database = await open()
      const stored = await database.read()
      const outbox = entriesOf(stored.outbox)
      await super.setCursor(cursorOf(stored.cursor))
      this.outbox.load(outbox)
      if (Array.isArray(stored.carried)) for (const key of stored.carried) this.carried.add(String(key))
      this.#keepPeers(stored.unlogged)
      const unreadable = applyReadable(this.#doc, stored.updates, this)
      this.#writes = stored.updates.size
      this.#database = database
      if (unreadable.size > 0) await this.#recover(unreadable, [...outbox, ...entriesOf(stored.unlogged)])
      if (this.#waiting.length > 0) await this.#write({})
    } catch (cause) {
      this.#database = 'unavailable'
      this.#waiting = []
      onHealth(new DeviceStorageError(cause))
    }
  }

  /**
   * Moves what cannot be read out of the way, and gathers it again from where else it may be: the entries on this
   * device, and the log, which is read from its beginning.
   */
  async #recover(
    unreadable: ReadonlyMap<IDBValidKey, unknown>,
    entries: readonly OutboxEntry[],
  ): Promise<void> {
    this.#options.onHealth(new DamagedStorageError(unreadable.size))
    applyReadable(this.#doc, new Map(entries.map(({ update }, index) => [index, update])), 'recovery')
    await super.setCursor(0)
    const put = [...unreadable].map(([key, bytes]) => [keyOf.unreadable(key), bytes] as const)
    await this.#write({ put: [...put, [keyOf.cursor, 0]], removeUpdates: [...unreadable.keys()] })
  }

  #keepPeers(stored: readonly unknown[]): void {
    this.peers.clear()
    for (const entry of entriesOf(stored)) {
      this.peers.set(entryKey(entry), { receivedAt: this.clock.now(), ...entry })
    }
  }

  async #storeOutbox(change: OutboxChange): Promise<void> {
    const { put, remove } = change
    if (put.length === 0 && remove.length === 0) return
    await this.#write({
      put: put.map((entry) => [outboxKey(entry), entry] as const),
      remove: remove.map(outboxKey),
    })
    this.#tell({ type: 'outbox', put, remove: remove.map(({ client, n }) => ({ client, n })) })
  }

  #tell(message: TabMessage): void {
    this.#options.tabs.post(message)
  }

  #write(change: Change): Promise<void> {
    // Without a database (private mode, broken) the space lives in memory; that was reported on loading.
    if (this.#database === 'unavailable') return Promise.resolve()
    if (this.#database === 'opening') {
      this.#waiting.push(change)
      return this.loaded
    }
    const changes = [...this.#waiting, change]
    this.#waiting = []
    this.#lastWrite = this.#store(this.#database, changes)
    return this.#lastWrite
  }

  async #store(database: SpaceDatabase, changes: readonly Change[]): Promise<void> {
    try {
      await database.write(changes)
      if (changes.length > 1) this.#options.onHealth(undefined)
    } catch (cause) {
      this.#waiting = [...changes, ...this.#waiting]
      this.#options.onHealth(new DeviceStorageError(cause))
    }
  }

  #compactWhenLong(): void {
    if (++this.#writes < COMPACT_AFTER || !this.#options.leads()) return
    this.#cancelCompact?.()
    this.#cancelCompact = this.clock.after(COMPACT_DELAY_MS, () => void this.#compact())
  }

  async #compact(): Promise<void> {
    if (typeof this.#database === 'string') return
    this.#writes = 0
    try {
      await this.#database.compact((updates) => {
        applyReadable(this.#doc, updates, this)
        return Y.encodeStateAsUpdate(this.#doc)
      })
    } catch (cause) {
      this.#options.onHealth(new DeviceStorageError(cause))
    }
  }
}

const entriesOf = (stored: readonly unknown[]): StoredEntry[] =>
  stored.filter(isStoredEntry).sort((a, b) => a.n - b.n)

const cursorOf = (stored: unknown): number => (Number.isSafeInteger(stored) ? Number(stored) : 0)

function isStoredEntry(value: unknown): value is StoredEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'client' in value &&
    typeof value.client === 'string' &&
    'n' in value &&
    typeof value.n === 'number' &&
    'update' in value &&
    value.update instanceof Uint8Array
  )
}

function isTabMessage(message: unknown): message is TabMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'update') return 'update' in message && message.update instanceof Uint8Array
  if (message.type === 'edit') return 'entries' in message && areEntries(message.entries)
  return (
    message.type === 'outbox' &&
    'put' in message &&
    areEntries(message.put) &&
    'remove' in message &&
    Array.isArray(message.remove)
  )
}

const areEntries = (value: unknown): boolean => Array.isArray(value) && value.every(isStoredEntry)
