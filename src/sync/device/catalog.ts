import * as idb from 'lib0/indexeddb'
import { isSpaceId, type SpaceId } from 'segue/crdt'
import type { Role, SpaceKind } from 'segue/supabase'
import { DeviceStorageError, type OnHealth } from '../errors.ts'
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
  /** Set once the server has said that the person is a member no more, ISO 8601. */
  readonly revokedAt?: string | undefined
}

/** Which spaces a device holds for one person. */
export interface Catalog {
  /** What is stored now, by this tab or another. */
  all(): Promise<CatalogEntry[]>
  put(entry: CatalogEntry): Promise<void>
  delete(id: SpaceId): Promise<void>
  close(): Promise<void>
}

const SPACES = 'spaces'

/** A catalog that lasts as long as the program. */
export class MemoryCatalog implements Catalog {
  readonly #entries = new Map<SpaceId, CatalogEntry>()

  async all(): Promise<CatalogEntry[]> {
    return [...this.#entries.values()]
  }

  async put(entry: CatalogEntry): Promise<void> {
    this.#entries.set(entry.id, entry)
  }

  protected replace(entries: readonly CatalogEntry[]): void {
    this.#entries.clear()
    for (const entry of entries) this.#entries.set(entry.id, entry)
  }

  async delete(id: SpaceId): Promise<void> {
    this.#entries.delete(id)
  }

  async close(): Promise<void> {}
}

/** A catalog in IndexedDB, one database a person. Without IndexedDB it lasts as long as the program. */
export class IndexedDbCatalog extends MemoryCatalog {
  readonly #database: Promise<IDBDatabase | undefined>
  readonly #onHealth: OnHealth
  /** Entries that storage did not take. */
  readonly #unsaved = new Map<SpaceId, CatalogEntry>()

  constructor(name: string, onHealth: OnHealth) {
    super()
    this.#onHealth = onHealth
    this.#database = this.#open(name)
  }

  override async all(): Promise<CatalogEntry[]> {
    await this.#attempt(async (database) => {
      const transaction = database.transaction([SPACES], 'readonly')
      const stored = await result<unknown[]>(transaction.objectStore(SPACES).getAll())
      this.replace([...stored.flatMap(readEntry), ...this.#unsaved.values()])
    })
    return super.all()
  }

  override async put(entry: CatalogEntry): Promise<void> {
    await super.put(entry)
    const isSaved = await this.#write((store) => store.put(entry, entry.id))
    if (isSaved) this.#unsaved.delete(entry.id)
    else this.#unsaved.set(entry.id, entry)
  }

  override async delete(id: SpaceId): Promise<void> {
    await super.delete(id)
    this.#unsaved.delete(id)
    await this.#write((store) => store.delete(id))
  }

  override async close(): Promise<void> {
    ;(await this.#database)?.close()
  }

  async #open(name: string): Promise<IDBDatabase | undefined> {
    try {
      return await idb.openDB(name, (database) => idb.createStores(database, [[SPACES]]))
    } catch (cause) {
      this.#onHealth(new DeviceStorageError(cause))
      return undefined
    }
  }

  #write(fill: (store: IDBObjectStore) => void): Promise<boolean> {
    return this.#attempt(async (database) => {
      const transaction = database.transaction([SPACES], 'readwrite')
      const durable = done(transaction)
      fill(transaction.objectStore(SPACES))
      await durable
    })
  }

  /** @returns whether storage did it */
  async #attempt(use: (database: IDBDatabase) => Promise<void>): Promise<boolean> {
    const database = await this.#database
    if (!database) return false
    try {
      await use(database)
      return true
    } catch (cause) {
      this.#onHealth(new DeviceStorageError(cause))
      return false
    }
  }
}

/** An entry as it was stored, perhaps by an older version, which knew of no epochs. */
function readEntry(value: unknown): CatalogEntry[] {
  if (typeof value !== 'object' || value === null || !('id' in value) || !isSpaceId(value.id)) return []
  if (!('kind' in value)) return []
  const stored = value as Omit<CatalogEntry, 'epoch'> & { readonly epoch?: number }
  return [{ ...stored, epoch: stored.epoch ?? 0 }]
}
