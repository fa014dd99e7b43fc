import * as idb from 'lib0/indexeddb'
import { isSpaceId, type SpaceId } from 'segue/crdt'
import type { Role, SpaceKind } from 'segue/supabase'
import { DeviceStorageError, type OnHealth } from '../errors.ts'
import { Health } from './health.ts'
import { done, result } from './idb.ts'

/** A space that this device holds for a person. */
export interface CatalogEntry {
  readonly id: SpaceId
  readonly kind: SpaceKind
  readonly name: string
  readonly role: Role
  readonly ownerId: string | null
  /** False while the server does not know the space. */
  readonly registered: boolean
  /** The epoch whose document this device holds. */
  readonly epoch: number
  /** Names this making of it on the device: another one once the space was taken off the device and is back. */
  readonly copy: string
  /** The library that this one has become part of; it goes from the device at the next start. */
  readonly mergedInto?: SpaceId | undefined
  /** The epoch which that one was in. */
  readonly mergedEpoch?: number | undefined
  /** Set once the server has said that the person is a member no more, ISO 8601. */
  readonly revokedAt?: string | undefined
}

/** Which spaces a device holds for one person. */
export interface Catalog {
  /** What is stored now, by this tab or another. */
  all(): Promise<CatalogEntry[]>
  /** What it said of a space when it was last read or changed by this tab. */
  get(id: SpaceId): CatalogEntry | undefined
  put(entry: CatalogEntry): Promise<void>
  delete(id: SpaceId): Promise<void>
  /** Whether storage has taken everything so far; `true` where there is none. */
  readonly isSaved: boolean
  /** Tries again what storage has refused. @returns whether it took something */
  save(): Promise<boolean>
  close(): Promise<void>
}

/** Where a catalog is kept. */
export interface CatalogStorage {
  all(): Promise<readonly unknown[]>
  /** Resolves once the entry, or that there is none any more, outlasts even a loss of power. */
  write(id: SpaceId, entry: CatalogEntry | undefined): Promise<void>
  close(): void
}

/** A catalog in storage, or as long as there is none, in memory. What storage refuses is kept and reported. */
export class StoredCatalog implements Catalog {
  readonly #storage: Promise<CatalogStorage | undefined>
  readonly #health: Health
  #entries = new Map<SpaceId, CatalogEntry>()
  /** What storage has not taken; `undefined` for what is to be deleted. */
  readonly #unsaved = new Map<SpaceId, CatalogEntry | undefined>()

  constructor(open: () => Promise<CatalogStorage | undefined>, onHealth: OnHealth) {
    this.#health = new Health(onHealth)
    this.#storage = open().catch((cause: unknown) => {
      this.#health.fails('reading', new DeviceStorageError(cause))
      return undefined
    })
  }

  get isSaved(): boolean {
    return this.#unsaved.size === 0
  }

  async all(): Promise<CatalogEntry[]> {
    const storage = await this.#storage
    try {
      const stored = await storage?.all()
      if (stored) {
        this.#entries = new Map(stored.flatMap(readEntry).map((entry) => [entry.id, entry]))
        for (const [id, entry] of this.#unsaved) this.#remember(id, entry)
        this.#health.works('reading')
      }
    } catch (cause) {
      this.#health.fails('reading', new DeviceStorageError(cause))
    }
    return [...this.#entries.values()]
  }

  get(id: SpaceId): CatalogEntry | undefined {
    return this.#entries.get(id)
  }

  put(entry: CatalogEntry): Promise<void> {
    return this.#set(entry.id, entry)
  }

  delete(id: SpaceId): Promise<void> {
    return this.#set(id, undefined)
  }

  async save(): Promise<boolean> {
    const unsaved = [...this.#unsaved]
    for (const [id, entry] of unsaved) if (this.#unsaved.get(id) === entry) await this.#set(id, entry)
    return unsaved.some(([id]) => !this.#unsaved.has(id))
  }

  async close(): Promise<void> {
    this.#health.end()
    ;(await this.#storage)?.close()
  }

  async #set(id: SpaceId, entry: CatalogEntry | undefined): Promise<void> {
    this.#remember(id, entry)
    this.#unsaved.set(id, entry)
    const storage = await this.#storage
    try {
      await storage?.write(id, entry)
      // A later word about the same space is on its way.
      if (this.#unsaved.get(id) === entry) this.#unsaved.delete(id)
      if (this.isSaved) this.#health.works('writing')
    } catch (cause) {
      this.#health.fails('writing', new DeviceStorageError(cause))
    }
  }

  #remember(id: SpaceId, entry: CatalogEntry | undefined): void {
    if (entry) this.#entries.set(id, entry)
    else this.#entries.delete(id)
  }
}

const SPACES = 'spaces'

/** One database a person. */
export async function catalogInIndexedDb(name: string): Promise<CatalogStorage> {
  const database = await idb.openDB(name, (created) => idb.createStores(created, [[SPACES]]))
  return {
    all: () => result<unknown[]>(database.transaction([SPACES], 'readonly').objectStore(SPACES).getAll()),
    async write(id, entry) {
      const transaction = database.transaction([SPACES], 'readwrite', { durability: 'strict' })
      const durable = done(transaction)
      const store = transaction.objectStore(SPACES)
      if (entry) store.put(entry, id)
      else store.delete(id)
      await durable
    },
    close: () => database.close(),
  }
}

/** An entry as it was stored, perhaps by an older version, which knew of neither epochs nor copies. */
function readEntry(value: unknown): CatalogEntry[] {
  if (typeof value !== 'object' || value === null || !('id' in value) || !isSpaceId(value.id)) return []
  if (!('kind' in value)) return []
  const stored = value as Omit<CatalogEntry, 'epoch' | 'copy'> & {
    readonly epoch?: number
    readonly copy?: string
  }
  return [{ ...stored, epoch: stored.epoch ?? 0, copy: stored.copy ?? '' }]
}
