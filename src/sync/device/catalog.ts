import * as idb from 'lib0/indexeddb'
import { isSpaceId, type SpaceId } from 'segue/crdt'
import type { Role, SpaceKind } from 'segue/supabase'
import { DeviceStorageError } from '../errors.ts'
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
}

/** Which spaces a device holds for one person. */
export interface Catalog {
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

  async delete(id: SpaceId): Promise<void> {
    this.#entries.delete(id)
  }

  async close(): Promise<void> {}
}

/** A catalog in IndexedDB, one database a person. Without IndexedDB it lasts as long as the program. */
export class IndexedDbCatalog extends MemoryCatalog {
  readonly #database: Promise<IDBDatabase | undefined>
  readonly #onFailure: (error: DeviceStorageError) => void

  /** @param onFailure  told when this device refuses to store: full, or not allowed to */
  constructor(name: string, onFailure: (error: DeviceStorageError) => void) {
    super()
    this.#onFailure = onFailure
    this.#database = this.#open(name)
  }

  override async all(): Promise<CatalogEntry[]> {
    await this.#attempt(async (database) => {
      const transaction = database.transaction([SPACES], 'readonly')
      const stored = await result<unknown[]>(transaction.objectStore(SPACES).getAll())
      for (const entry of stored.filter(isCatalogEntry)) await super.put(entry)
    })
    return super.all()
  }

  override async put(entry: CatalogEntry): Promise<void> {
    await super.put(entry)
    await this.#write((store) => store.put(entry, entry.id))
  }

  override async delete(id: SpaceId): Promise<void> {
    await super.delete(id)
    await this.#write((store) => store.delete(id))
  }

  override async close(): Promise<void> {
    ;(await this.#database)?.close()
  }

  async #open(name: string): Promise<IDBDatabase | undefined> {
    try {
      return await idb.openDB(name, (database) => idb.createStores(database, [[SPACES]]))
    } catch (cause) {
      this.#onFailure(new DeviceStorageError(cause))
      return undefined
    }
  }

  #write(fill: (store: IDBObjectStore) => void): Promise<void> {
    return this.#attempt(async (database) => {
      const transaction = database.transaction([SPACES], 'readwrite')
      const durable = done(transaction)
      fill(transaction.objectStore(SPACES))
      await durable
    })
  }

  async #attempt(use: (database: IDBDatabase) => Promise<void>): Promise<void> {
    const database = await this.#database
    if (!database) return
    try {
      await use(database)
    } catch (cause) {
      this.#onFailure(new DeviceStorageError(cause))
    }
  }
}

function isCatalogEntry(value: unknown): value is CatalogEntry {
  return (
    typeof value === 'object' && value !== null && 'id' in value && isSpaceId(value.id) && 'kind' in value
  )
}
