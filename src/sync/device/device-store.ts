import { waitingUpdate } from 'segue/crdt'
import { entryKey, type OutboxEntry, type SpaceStore } from 'segue/supabase'
import type * as Y from 'yjs'
import { DamagedStorageError, DeviceStorageError, type OnHealth } from '../errors.ts'
import { Compaction } from './compaction.ts'
import { Health } from './health.ts'
import { MemorySpaceStore, type StoreOptions } from './memory-store.ts'
import type { EntryName, OutboxChange, StoredEntry } from './outbox.ts'
import {
  applyReadable,
  type Change,
  entryNameOf,
  keyOf,
  type SpaceDatabase,
  type StoredSpace,
} from './space-database.ts'
import {
  type CurrentMark,
  type Mirrored,
  StoredUpdates,
  takeSome,
  type UpdatesMark,
} from './stored-updates.ts'
import type { TabChannel } from './tab-channel.ts'
import { isStoredEntry, isTabMessage, type TabMessage } from './tab-message.ts'
import { WriteQueue } from './write-queue.ts'

const outboxKey = (entry: EntryName) => keyOf.outbox(entryKey(entry))
const unloggedKey = (entry: EntryName) => keyOf.unlogged(entryKey(entry))

export interface DeviceStoreOptions extends StoreOptions {
  readonly open: () => Promise<SpaceDatabase>
  readonly tabs: TabChannel
  /** Only the leading tab tidies up. */
  readonly leads: () => boolean
  readonly onHealth: OnHealth
  /** Updates after which the document is stored anew; 500 if left out. */
  readonly compactAfter?: number | undefined
  /** What the mirror holds of the space before its document is read, if anything. */
  readonly mirrored?: UpdatesMark | undefined
}

/**
 * A space on a device, with the outbox and the cursor beside its updates, shared by all tabs.
 *
 * An unreadable update is set aside instead of stopping the rest; an edit and its outbox entry go in by one
 * transaction; the caller learns when they are durable; a failed write is reported and goes along with the next one.
 */
export class DeviceSpaceStore extends MemorySpaceStore implements SpaceStore {
  override readonly judged: Promise<void>
  readonly #options: DeviceStoreOptions
  readonly #stored = new StoredUpdates(this)
  readonly #opening: Promise<SpaceDatabase | undefined>
  #database: SpaceDatabase | 'opening' | 'unavailable' = 'opening'
  #loading: Promise<void> | undefined
  readonly #queue: WriteQueue
  readonly #health: Health
  /** What waited in the document when the cursor was last stored. */
  #waiting: Uint8Array | undefined
  #isTakingIn = false
  #isOver = false
  /** What other tabs have said before storage was read. */
  #unheard: TabMessage[] | undefined = []
  #onRewritten = () => {}
  /** Whether the document has been read; it may have been closed since. */
  #isRead = false
  /** Counts what the document has taken in, whatever it was. */
  #changes = 0
  readonly #compaction: Compaction

  constructor(options: DeviceStoreOptions) {
    super(options)
    this.#options = options
    this.#health = new Health(options.onHealth)
    this.#queue = new WriteQueue({
      clock: options.clock,
      onStored: (keys) => {
        for (const key of keys) this.#stored.keys.add(key)
      },
      onRefused: (cause) => this.#health.fails('writing', new DeviceStorageError(cause)),
      onRecovered: (changes) => this.#recovered(changes),
    })
    this.#compaction = new Compaction({
      ...{ clock: options.clock, health: this.#health, after: options.compactAfter, leads: options.leads },
      database: () => (this.#isOver || typeof this.#database === 'string' ? undefined : this.#database),
      doc: () => this.space.doc,
      takeIn: (database) => this.#takeInNew(database),
      isStored: () => this.isStored(),
      onReplaced: (old, keys) => {
        for (const key of old) this.#stored.keys.delete(key)
        for (const key of keys) this.#stored.keys.add(key)
        this.#onRewritten()
      },
    })
    options.tabs.onMessage((message) => {
      if (!isTabMessage(message)) return
      if (this.#unheard) this.#unheard.push(message)
      else this.#hear(message)
    })
    this.#opening = this.#judge()
    this.judged = this.#opening.then(() => {})
  }

  /** Reads what is stored once somebody waits for it. */
  override get loaded(): Promise<void> {
    this.#loading ??= this.#read().then(() => {
      const unheard = this.#unheard ?? []
      this.#unheard = undefined
      for (const message of unheard) this.#hear(message)
    })
    return this.#loading
  }

  override applyNext(doc: Y.Doc): boolean {
    return this.#stored.applyNext(doc)
  }

  override applyRest(doc: Y.Doc): void {
    this.#isRead = true
    const unreadable = this.#stored.applyRest(doc)
    const entries = this.#kept
    if (unreadable.size > 0) void this.#recover(unreadable, doc, entries)
    else this.#applyKept(doc, entries)
  }

  override get mirrored(): Mirrored {
    return this.#stored.mirrored
  }

  override get unreadBytes(): number {
    return this.#stored.bytes
  }

  override onRewritten(listener: () => void): void {
    this.#onRewritten = listener
  }

  override async mark(): Promise<CurrentMark | undefined> {
    await this.loaded
    await this.#compaction.settled
    await this.#queue.settled
    const { mark } = this.#stored
    if (!this.#isRead) return mark && { mark, isCurrent: () => !this.#isRead }
    if (typeof this.#database === 'string') return undefined
    try {
      return await this.#markIn(this.#database)
    } catch {
      // Without a mark the next start reads the document, which is no loss; who writes to this storage is told.
      return undefined
    }
  }

  async #markIn(database: SpaceDatabase): Promise<CurrentMark> {
    const changes = this.#changes
    const keys = await this.#takeInNew(database)
    const named = new Set(keys)
    const mark = await this.#stored.markAll(keys, (tokens) =>
      database.write([{ put: [[keyOf.marked, tokens]], strict: true }]),
    )
    const isCurrent = () =>
      changes === this.#changes &&
      this.#queue.isEmpty &&
      named.size === this.#stored.keys.size &&
      keys.every((key) => this.#stored.keys.has(key))
    return { mark, isCurrent }
  }

  /** Takes in what others have stored and nobody has told. @returns the keys of all that is stored */
  async #takeInNew(database: SpaceDatabase): Promise<IDBValidKey[]> {
    const before = [...this.#stored.keys]
    const { updateKeys: keys } = await database.head()
    const named = new Set(keys)
    // Another tab has replaced them.
    for (const key of before) if (!named.has(key)) this.#stored.keys.delete(key)
    const missing = keys.filter((key) => !this.#stored.keys.has(key))
    if (missing.length > 0) await this.#takeInUpdates(await database.updatesOf(missing))
    return [...keys]
  }

  override async refresh(): Promise<void> {
    await this.#readAgain(async (database) => {
      const stored = await this.#takeIn(database)
      await super.setCursor(cursorOf(stored.cursor))
      this.#keepPeers(stored.unlogged)
      // Otherwise they are applied when the document is read.
      if (this.space.isLoaded) this.#applyKept(this.space.doc, this.#kept)
    })
  }

  override async collect(): Promise<void> {
    await this.#readAgain(async (database) => {
      const known = new Set(this.outbox.entries.map(outboxKey))
      const keys = await database.outboxKeys()
      if (keys.some((key) => !known.has(key))) await this.#takeIn(database)
    })
  }

  override async seal(): Promise<readonly OutboxEntry[]> {
    await this.loaded
    // What is sealed is sent next: no loss of power may take it, or its name, back.
    void this.#storeOutbox(this.outbox.seal(), true)
    if (this.#queue.isFailing) void this.#queue.write()
    await this.#queue.settled
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
    await this.#queue.settled
    await this.#write({ add: this.#newlyWaiting(), put: [[keyOf.cursor, seq]] })
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
    const put = this.outbox.adopt(entries)
    await this.#storeOutbox({ put, remove: [] })
    await this.forgetUnlogged(entries)
    this.edited()
  }

  override keepCarried(names: readonly EntryName[]): void {
    super.keepCarried(names)
    // Goes along with the next write: that of the edits themselves.
    this.#queue.hold({ put: [[keyOf.carried, [...this.carried]]] })
  }

  override async isStored(): Promise<boolean> {
    await this.loaded
    await this.#queue.settled
    return !this.#queue.isFailing
  }

  override async destroy(): Promise<void> {
    this.#isOver = true
    await super.destroy()
    await (this.#loading ?? this.judged)
    await this.#queue.settled
    this.#compaction.destroy()
    this.#queue.close()
    this.#health.end()
    this.#options.tabs.close()
    this.#database = 'unavailable'
    await (await this.#opening)?.close()
  }

  protected override record(updates: readonly Uint8Array[], origin: unknown, local: boolean): void {
    this.#changes++
    if (this.#isTakingIn) for (const update of updates) this.#tell({ type: 'update', update })
    if (origin === this || origin === this.#options.tabs) return
    const entries = local ? this.outbox.append(updates) : []
    const put = entries.map((entry) => [outboxKey(entry), entry] as const)
    // Other tabs see it once it is stored: none may build on what a crash could take back.
    void this.#write({ add: updates, put }).then(() => {
      const unstored = this.#queue.isFailing
      if (local) this.#tell({ type: 'edit', entries, unstored })
      else for (const update of updates) this.#tell({ type: 'update', update, unstored })
    })
    this.#compaction.count()
  }

  #hear(message: TabMessage): void {
    if (this.#isOver) return
    if (message.type === 'outbox') {
      const { put, remove, unstored } = message
      this.outbox.drop(remove)
      this.outbox.add(put)
      // What is on its way to storage here must not undo it.
      const isOvertaken = !this.#queue.isEmpty
      if (unstored || isOvertaken) this.#storeToo(unstored ? put : [], [], remove)
    } else {
      const updates = message.type === 'edit' ? message.entries.map(({ update }) => update) : [message.update]
      applyReadable(this.space.doc, numbered(updates), this.#options.tabs)
      this.#changes++
      const entries = message.type === 'edit' ? message.entries : []
      this.outbox.add(entries)
      // A tab that was held up tells late of what others have long acknowledged: who has just come does not know.
      const gone = entries
        .filter((entry) => this.outbox.isGone(entry))
        .map(({ client, n }) => ({ client, n }))
      if (gone.length > 0) this.#tell({ type: 'outbox', put: [], remove: gone })
      if (message.unstored) this.#storeToo(entries, updates)
      if (message.type === 'update') return
    }
    this.edited()
  }

  /** Whoever lives longest has to store it: the tab that has made it may be gone before storage works again. */
  #storeToo(
    entries: readonly StoredEntry[],
    updates: readonly Uint8Array[],
    remove: readonly EntryName[] = [],
  ): void {
    const put = entries
      .filter((entry) => !this.outbox.isGone(entry))
      .map((entry) => [outboxKey(entry), entry] as const)
    void this.#write({ add: updates, put, remove: remove.map(outboxKey) })
  }

  /** Opens storage, and sees what the mirror has of it. */
  async #judge(): Promise<SpaceDatabase | undefined> {
    const { open, mirrored } = this.#options
    try {
      const database = await open()
      const later = mirrored && this.#stored.judge(await database.head(), mirrored)
      if (later) this.#stored.takeLater(await database.updatesOf(later))
      return database
    } catch (cause) {
      this.#cannotRead(cause)
      return undefined
    }
  }

  async #read(): Promise<void> {
    const database = await this.#opening
    if (!database) return
    try {
      const stored = await database.read()
      await super.setCursor(cursorOf(stored.cursor))
      this.outbox.load(entriesOf(stored.outbox))
      if (Array.isArray(stored.carried)) for (const key of stored.carried) this.carried.add(String(key))
      this.#keepPeers(stored.unlogged)
      this.#stored.take(stored.updates)
      this.#compaction.begin([...stored.updates.keys()])
      this.#database = database
      this.#queue.open(database)
      if (!this.#queue.isEmpty) await this.#queue.write()
    } catch (cause) {
      this.#cannotRead(cause)
    }
  }

  /** The space lives in memory from now on. */
  #cannotRead(cause: unknown): void {
    this.#stored.take(new Map())
    this.#database = 'unavailable'
    this.#queue.close()
    this.#health.fails('reading', new DeviceStorageError(cause))
  }

  /** Reads storage once everything written here is in it; not while something could not be. */
  async #readAgain(read: (database: SpaceDatabase) => Promise<void>): Promise<void> {
    await this.loaded
    await this.#queue.settled
    if (typeof this.#database === 'string' || this.#queue.isFailing) return
    try {
      await read(this.#database)
      this.#health.works('reading')
    } catch (cause) {
      this.#health.fails('reading', new DeviceStorageError(cause))
    }
  }

  /** Takes in what other tabs have stored, and passes on what it finds. */
  async #takeIn(database: SpaceDatabase): Promise<StoredSpace> {
    // What has not arrived in storage cannot be missing there because another tab has removed it.
    const unstored = this.#queue.keysOnTheirWay
    const known = new Set(
      this.outbox.entries.filter((entry) => !unstored.has(outboxKey(entry))).map(entryKey),
    )
    const stored = await database.read()
    const outbox = entriesOf(stored.outbox)
    const overtaken = this.outbox.adjust(outbox, known)
    // Whoever removed them may not have lived to say so.
    if (overtaken.length > 0) this.#tell({ type: 'outbox', put: [], remove: overtaken })
    const gone = outbox.filter((entry) => this.outbox.isGone(entry))
    if (gone.length > 0) void this.#write({ remove: gone.map(outboxKey) })
    const found = outbox.filter((entry) => !known.has(entryKey(entry)) && !gone.includes(entry))
    if (found.length > 0) this.#tell({ type: 'edit', entries: found })
    await this.#takeInUpdates(stored.updates)
    return stored
  }

  /**
   * Takes in those that are new to this tab, as many at once as take a moment. A document that nobody has needed yet is left
   * alone if there are none.
   */
  async #takeInUpdates(updates: ReadonlyMap<IDBValidKey, unknown>): Promise<void> {
    const found = [...updates].filter(([key]) => !this.#stored.keys.has(key))
    while (found.length > 0 && !this.#isOver) {
      const some = new Map(takeSome(found, ([, update]) => update))
      this.#apply(some)
      for (const key of some.keys()) this.#stored.keys.add(key)
      if (found.length > 0) await new Promise<void>((resolve) => this.clock.after(0, resolve))
    }
  }

  /** What this tab has not heard of, the others may not have heard of either. */
  #apply(updates: ReadonlyMap<IDBValidKey, unknown>): void {
    const { doc } = this.space
    this.#isTakingIn = true
    applyReadable(doc, updates, this)
    this.#isTakingIn = false
  }

  /** Edits that are kept by name. */
  get #kept(): OutboxEntry[] {
    return [...this.peers.values(), ...this.outbox.entries]
  }

  /** Applies what takes a moment; then the rest of a long time offline in the same way, while others can do their work. */
  #applyKept(doc: Y.Doc, entries: OutboxEntry[]): void {
    if (this.#isOver) return
    applyEntries(
      doc,
      takeSome(entries, ({ update }) => update),
      'kept',
    )
    if (entries.length > 0) this.clock.after(0, () => this.#applyKept(this.space.doc, entries))
  }

  /**
   * Moves what cannot be read out of the way, and gathers it again from where else it may be: the entries on this
   * device, and the log, which is read from its beginning.
   */
  async #recover(
    unreadable: ReadonlyMap<IDBValidKey, unknown>,
    doc: Y.Doc,
    entries: readonly OutboxEntry[],
  ): Promise<void> {
    this.#health.fails('recovery', new DamagedStorageError(unreadable.size))
    applyEntries(doc, entries, 'recovery')
    await super.setCursor(0)
    for (const key of unreadable.keys()) this.#stored.keys.delete(key)
    const put = [...unreadable].map(([key, bytes]) => [keyOf.unreadable(key), bytes] as const)
    await this.#write({ put: [...put, [keyOf.cursor, 0]], removeUpdates: [...unreadable.keys()] })
  }

  /** What the cursor claims though it waits in the document for something else, unless it was stored before. */
  #newlyWaiting(): Uint8Array[] {
    if (!this.space.isLoaded) return []
    const waiting = waitingUpdate(this.space.doc)
    const known = this.#waiting
    this.#waiting = waiting
    if (!waiting || (known && equals(known, waiting))) return []
    return [waiting]
  }

  #keepPeers(stored: readonly unknown[]): void {
    this.peers.clear()
    for (const entry of entriesOf(stored)) {
      this.peers.set(entryKey(entry), { receivedAt: this.clock.now(), ...entry })
    }
  }

  async #storeOutbox(change: OutboxChange, strict = false): Promise<void> {
    const { put, remove } = change
    if (put.length === 0 && remove.length === 0) return
    await this.#write({
      put: put.map((entry) => [outboxKey(entry), entry] as const),
      remove: remove.map(outboxKey),
      strict,
    })
    const names = remove.map(({ client, n }) => ({ client, n }))
    this.#tell({ type: 'outbox', put, remove: names, unstored: this.#queue.isFailing })
  }

  #tell(message: TabMessage): void {
    this.#options.tabs.post(message)
  }

  #write(change: Change): Promise<void> {
    // Without a database (private mode, broken) the space lives in memory; that was reported on loading.
    if (this.#database === 'unavailable') return Promise.resolve()
    if (this.#database !== 'opening') return this.#queue.write(change)
    this.#queue.hold(change)
    return this.loaded
  }

  /** Storage works again: a tab that has opened meanwhile has not found what waited here. */
  #recovered(changes: readonly Change[]): void {
    this.#health.works('writing')
    for (const update of changes.flatMap(({ add = [] }) => add)) this.#tell({ type: 'update', update })
    const written = new Set(changes.flatMap(({ put = [] }) => put.map(([key]) => key)))
    const put = this.outbox.entries.filter((entry) => written.has(outboxKey(entry)))
    const remove = changes.flatMap(({ remove = [] }) => remove.flatMap(entryNameOf))
    if (put.length > 0 || remove.length > 0) this.#tell({ type: 'outbox', put, remove })
  }
}

const numbered = (updates: readonly Uint8Array[]) => new Map(updates.map((update, index) => [index, update]))

/**
 * Merges edits that are kept by name. Most are in the stored document anyway; one that still waits for another is not:
 * Yjs tells of it only once it can be integrated.
 */
function applyEntries(doc: Y.Doc, entries: readonly OutboxEntry[], origin: string): void {
  if (entries.length > 0) applyReadable(doc, numbered(entries.map(({ update }) => update)), origin)
}

const entriesOf = (stored: readonly unknown[]): StoredEntry[] =>
  stored.filter(isStoredEntry).sort((a, b) => a.n - b.n)

const equals = (a: Uint8Array, b: Uint8Array) =>
  a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index])

const cursorOf = (stored: unknown): number => (Number.isSafeInteger(stored) ? Number(stored) : 0)
