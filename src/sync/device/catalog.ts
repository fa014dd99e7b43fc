import * as idb from 'lib0/indexeddb'
import { isSpaceId, type SpaceId } from 'segue/crdt'
import type { Role, SpaceKind } from 'segue/supabase'
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

/** A catalog in IndexedDB, one database a person. */
export class IndexedDbCatalog implements Catalog {
  readonly #database: Promise<IDBDatabase>

  constructor(name: string) {
    this.#database = idb.openDB(name, (database) => idb.createStores(database, [[SPACES]]))
  }

  async all(): Promise<CatalogEntry[]> {
    const transaction = (await this.#database).transaction([SPACES], 'readonly')
    const entries = await result<unknown[]>(transaction.objectStore(SPACES).getAll())
    return entries.filter(isCatalogEntry)
  }

  async put(entry: CatalogEntry): Promise<void> {
    const transaction = (await this.#database).transaction([SPACES], 'readwrite')
    transaction.objectStore(SPACES).put(entry, entry.id)
    await done(transaction)
  }

  async delete(id: SpaceId): Promise<void> {
    const transaction = (await this.#database).transaction([SPACES], 'readwrite')
    transaction.objectStore(SPACES).delete(id)
    await done(transaction)
  }

  async close(): Promise<void> {
    ;(await this.#database).close()
  }
}

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

function isCatalogEntry(value: unknown): value is CatalogEntry {
  return (
    typeof value === 'object' && value !== null && 'id' in value && isSpaceId(value.id) && 'kind' in value
  )
}
