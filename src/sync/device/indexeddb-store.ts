import type { Space } from 'segue/crdt'
import { entryKey, type OutboxEntry, type SpaceStore } from 'segue/supabase'
import { clearDocument, IndexeddbPersistence, PREFERRED_TRIM_SIZE, storeState } from 'y-indexeddb'
import * as Y from 'yjs'
import { DeviceStorageError } from '../errors.ts'
import { done, result } from './idb.ts'
import { MemorySpaceStore } from './memory-store.ts'
import type { StoredEntry } from './outbox.ts'

const UPDATES = 'updates'
const CUSTOM = 'custom'
const CURSOR = 'cursor'
const OUTBOX = 'outbox/'
const UNLOGGED = 'unlogged/'
const TRIM_AFTER_MS = 5_000

const outboxKey = (entry: Pick<OutboxEntry, 'client' | 'n'>) => OUTBOX + entryKey(entry)
const unloggedKey = (entry: Pick<OutboxEntry, 'client' | 'n'>) => UNLOGGED + entryKey(entry)

/**
 * A space in IndexedDB: y-indexeddb's database, with the outbox and the cursor beside the updates.
 *
 * y-indexeddb loads, trims and owns the format. Its writing is replaced: an edit and its outbox entry go in by one
 * transaction, the caller learns when they are durable, and a failed write is reported instead of lost.
 */
export class IndexedDbSpaceStore extends MemorySpaceStore implements SpaceStore {
  override readonly loaded: Promise<void>
  readonly #persistence: IndexeddbPersistence
  readonly #tabs: BroadcastChannel
  readonly #onFailure: (error: DeviceStorageError) => void
  #lastWrite: Promise<void> = Promise.resolve()
  #unsaved: Uint8Array[] = []
  #writes = 0
  #trimTimer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param name       name of the database: one per person and space
   * @param onFailure  told when this device refuses to store: full, or not allowed to
   */
  constructor(name: string, space: Space, onFailure: (error: DeviceStorageError) => void) {
    super(space)
    this.#onFailure = onFailure
    this.#persistence = new IndexeddbPersistence(name, space.doc)
    space.doc.off('update', this.#persistence._storeUpdate)
    this.#tabs = new BroadcastChannel(name)
    this.#tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof Uint8Array) Y.applyUpdate(space.doc, data, this.#tabs)
    }
    this.loaded = this.#load()
  }

  /** Deletes everything stored under a name. */
  static async delete(name: string): Promise<void> {
    await clearDocument(name)
  }

  override async seal(): Promise<readonly OutboxEntry[]> {
    const { put, remove } = this.outbox.seal()
    if (put.length > 0 || remove.length > 0) {
      this.#write((_updates, custom) => {
        for (const entry of put) custom.put(entry, outboxKey(entry))
        for (const entry of remove) custom.delete(outboxKey(entry))
      })
    }
    await this.#lastWrite
    return this.pending
  }

  override async acknowledge(entries: readonly Pick<OutboxEntry, 'client' | 'n'>[]): Promise<void> {
    await super.acknowledge(entries)
    await this.#write((_updates, custom) => {
      for (const entry of entries) custom.delete(outboxKey(entry))
    })
  }

  override async setCursor(seq: number): Promise<void> {
    await super.setCursor(seq)
    await this.#write((_updates, custom) => custom.put(seq, CURSOR))
  }

  override keepUnlogged(entry: OutboxEntry): void {
    super.keepUnlogged(entry)
    this.#write((_updates, custom) => custom.put({ ...entry, receivedAt: Date.now() }, unloggedKey(entry)))
  }

  override async forgetUnlogged(entries: readonly Pick<OutboxEntry, 'client' | 'n'>[]): Promise<void> {
    const known = entries.filter((entry) => this.peers.has(entryKey(entry)))
    await super.forgetUnlogged(entries)
    if (known.length === 0) return
    await this.#write((_updates, custom) => {
      for (const entry of known) custom.delete(unloggedKey(entry))
    })
  }

  override async adopt(entries: readonly OutboxEntry[]): Promise<void> {
    const adopted = entries.map((entry) => this.outbox.append(entry.update))
    await this.#write((_updates, custom) => {
      for (const entry of adopted) custom.put(entry, outboxKey(entry))
    })
    await this.forgetUnlogged(entries)
  }

  override async destroy(): Promise<void> {
    clearTimeout(this.#trimTimer)
    await super.destroy()
    await this.#lastWrite
    this.#tabs.close()
    await this.#persistence.destroy()
  }

  protected override record(update: Uint8Array, origin: unknown, local: boolean): void {
    if (origin === this.#persistence || origin === this.#tabs) return
    const entry = local ? this.outbox.append(update) : undefined
    const unsaved = this.#unsaved
    this.#unsaved = []
    const updates = [...unsaved, update]
    this.#write(
      (store, custom) => {
        for (const each of updates) store.add(each)
        if (entry) custom.put(entry, outboxKey(entry))
      },
      () => this.#unsaved.push(...updates),
    )
    this.#tabs.postMessage(update)
    this.#trimWhenLong()
  }

  async #load(): Promise<void> {
    try {
      await this.#persistence.get(CURSOR)
      await this.#persistence.whenSynced
      const database = this.#persistence.db
      this.#writes = this.#persistence._dbsize
      if (!database) throw new DOMException('The database was closed.', 'InvalidStateError')
      const store = database.transaction([CUSTOM], 'readonly').objectStore(CUSTOM)
      const [cursor, outbox, unlogged] = await Promise.all([
        result<unknown>(store.get(CURSOR)),
        result<unknown[]>(store.getAll(IDBKeyRange.bound(OUTBOX, `${OUTBOX}\uffff`))),
        result<unknown[]>(store.getAll(IDBKeyRange.bound(UNLOGGED, `${UNLOGGED}\uffff`))),
      ])
      await super.setCursor(typeof cursor === 'number' ? cursor : 0)
      this.outbox.load(outbox.filter(isStoredEntry).sort((a, b) => a.n - b.n))
      for (const entry of unlogged.filter(isStoredEntry)) super.keepUnlogged(entry)
    } catch (cause) {
      this.#onFailure(new DeviceStorageError(cause))
    }
  }

  #write(
    fill: (updates: IDBObjectStore, custom: IDBObjectStore) => void,
    onLost?: () => void,
  ): Promise<void> {
    const database = this.#persistence.db
    // Without a database (private mode, corrupted) the space lives in memory; the failure was reported on loading.
    if (!database) return Promise.resolve()
    const write = (async () => {
      try {
        const transaction = database.transaction([UPDATES, CUSTOM], 'readwrite')
        const durable = done(transaction)
        fill(transaction.objectStore(UPDATES), transaction.objectStore(CUSTOM))
        await durable
      } catch (cause) {
        onLost?.()
        this.#onFailure(new DeviceStorageError(cause))
      }
    })()
    this.#lastWrite = write
    return write
  }

  #trimWhenLong(): void {
    if (++this.#writes < PREFERRED_TRIM_SIZE) return
    clearTimeout(this.#trimTimer)
    this.#trimTimer = setTimeout(() => {
      this.#writes = 0
      storeState(this.#persistence).catch((cause: unknown) => this.#onFailure(new DeviceStorageError(cause)))
    }, TRIM_AFTER_MS)
  }
}

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
