import type { Space } from 'segue/crdt'
import { entryKey, type OutboxEntry, type SpaceStore } from 'segue/supabase'
import { clearDocument, type IndexeddbPersistence, PREFERRED_TRIM_SIZE, storeState } from 'y-indexeddb'
import * as Y from 'yjs'
import { DamagedStorageError, DeviceStorageError } from '../errors.ts'
import { MemorySpaceStore } from './memory-store.ts'
import type { StoredEntry } from './outbox.ts'
import { applyReadable, type Fill, keyOf, openPersistence, readStored, write } from './space-database.ts'

const TRIM_AFTER_MS = 5_000

const outboxKey = (entry: Pick<OutboxEntry, 'client' | 'n'>) => keyOf.outbox(entryKey(entry))
const unloggedKey = (entry: Pick<OutboxEntry, 'client' | 'n'>) => keyOf.unlogged(entryKey(entry))

/**
 * A space in IndexedDB: y-indexeddb's database, with the outbox and the cursor beside the updates.
 *
 * y-indexeddb trims and owns the format. Its reading and writing are replaced: an unreadable update is set aside
 * instead of stopping the rest, an edit and its outbox entry go in by one transaction, the caller learns when they
 * are durable, and a failed write is reported and goes along with the next one.
 */
export class IndexedDbSpaceStore extends MemorySpaceStore implements SpaceStore {
  override readonly loaded: Promise<void>
  readonly #doc: Y.Doc
  readonly #tabs: BroadcastChannel
  readonly #onFailure: (error: DeviceStorageError) => void
  #database: IDBDatabase | 'opening' | 'unavailable' = 'opening'
  #persistence: IndexeddbPersistence | undefined
  /** Writes that storage has not taken: made before it was open, or refused. */
  #waiting: Fill[] = []
  #lastWrite: Promise<void> = Promise.resolve()
  #writes = 0
  #trimTimer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param name       name of the database: one per person and space
   * @param onFailure  told when this device refuses to store, or has lost something
   */
  constructor(name: string, space: Space, onFailure: (error: DeviceStorageError) => void) {
    super(space)
    this.#doc = space.doc
    this.#onFailure = onFailure
    this.#tabs = new BroadcastChannel(name)
    this.#tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof Uint8Array) Y.applyUpdate(space.doc, data, this.#tabs)
    }
    this.loaded = this.#load(name)
  }

  /** Deletes everything stored under a name. */
  static async delete(name: string): Promise<void> {
    await clearDocument(name)
  }

  override async seal(): Promise<readonly OutboxEntry[]> {
    await this.loaded
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
    // Once the writes before are settled: those that failed go into the cursor's own transaction, so that a stored
    // cursor never claims an update that is not stored.
    await this.#lastWrite
    await this.#write((_updates, custom) => custom.put(seq, keyOf.cursor))
  }

  override keepUnlogged(entry: OutboxEntry): void {
    super.keepUnlogged(entry)
    const kept = this.peers.get(entryKey(entry))
    this.#write((_updates, custom) => custom.put(kept, unloggedKey(entry)))
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
    await super.destroy()
    await this.loaded
    await this.#lastWrite
    clearTimeout(this.#trimTimer)
    this.#tabs.close()
    await this.#persistence?.destroy()
  }

  protected override record(update: Uint8Array, origin: unknown, local: boolean): void {
    if (origin === this || origin === this.#persistence || origin === this.#tabs) return
    const entry = local ? this.outbox.append(update) : undefined
    this.#write((updates, custom) => {
      updates.add(update)
      if (entry) custom.put(entry, outboxKey(entry))
    })
    this.#tabs.postMessage(update)
    this.#trimWhenLong()
  }

  async #load(name: string): Promise<void> {
    try {
      this.#persistence = await openPersistence(name, this.#doc)
      const database = this.#persistence.db
      if (!database) throw new DOMException('The database was closed.', 'InvalidStateError')
      const stored = await readStored(database)
      const outbox = stored.outbox.filter(isStoredEntry).sort((a, b) => a.n - b.n)
      const unlogged = stored.unlogged.filter(isStoredEntry)
      await super.setCursor(typeof stored.cursor === 'number' ? stored.cursor : 0)
      this.outbox.load(outbox)
      for (const entry of unlogged) this.peers.set(entryKey(entry), { receivedAt: Date.now(), ...entry })
      const unreadable = applyReadable(this.#doc, stored.updates, this)
      this.#writes = stored.updates.size
      this.#database = database
      if (unreadable.size > 0) await this.#recover(unreadable, [...outbox, ...unlogged])
      if (this.#waiting.length > 0) await this.#write(() => {})
    } catch (cause) {
      this.#database = 'unavailable'
      this.#waiting = []
      this.#onFailure(new DeviceStorageError(cause))
    }
  }

  /**
   * Moves what cannot be read out of the way, and gathers it again from where else it may be: the entries on this
   * device, and the log, which is read from its beginning.
   */
  async #recover(
    unreadable: ReadonlyMap<IDBValidKey, unknown>,
    entries: readonly StoredEntry[],
  ): Promise<void> {
    this.#onFailure(new DamagedStorageError(unreadable.size))
    applyReadable(this.#doc, new Map(entries.map(({ update }, index) => [index, update])), 'recovery')
    await super.setCursor(0)
    await this.#write((updates, custom) => {
      for (const [key, bytes] of unreadable) {
        custom.put(bytes, keyOf.unreadable(key))
        updates.delete(key)
      }
      custom.put(0, keyOf.cursor)
    })
  }

  #write(fill: Fill): Promise<void> {
    // Without a database (private mode, broken) the space lives in memory; that was reported on loading.
    if (this.#database === 'unavailable') return Promise.resolve()
    if (this.#database === 'opening') {
      this.#waiting.push(fill)
      return this.loaded
    }
    const fills = [...this.#waiting, fill]
    this.#waiting = []
    this.#lastWrite = this.#store(this.#database, fills)
    return this.#lastWrite
  }

  async #store(database: IDBDatabase, fills: readonly Fill[]): Promise<void> {
    try {
      await write(database, fills)
    } catch (cause) {
      this.#waiting = [...fills, ...this.#waiting]
      this.#onFailure(new DeviceStorageError(cause))
    }
  }

  #trimWhenLong(): void {
    if (++this.#writes < PREFERRED_TRIM_SIZE) return
    clearTimeout(this.#trimTimer)
    this.#trimTimer = setTimeout(() => void this.#trim(), TRIM_AFTER_MS)
  }

  async #trim(): Promise<void> {
    if (!this.#persistence) return
    this.#writes = 0
    try {
      await storeState(this.#persistence)
    } catch (cause) {
      this.#onFailure(new DeviceStorageError(cause))
    }
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
