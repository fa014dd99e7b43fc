import { createIndexes, createMergeableStore, type MergeableStore } from 'tinybase'
import { createIndexedDbPersister, type IndexedDbPersister } from 'tinybase/persisters/persister-indexed-db'
import type { Peer, Store } from '../compare/peer.ts'
import { firstOf, type Row } from '../compare/rows.ts'

/** An index on `b`. The persister writes the whole store each time; here it does so once, after the last write. */
const tinybase: Peer = {
  name: 'tinybase',
  title: 'TinyBase, MergeableStore',
  async open(name) {
    const store = createMergeableStore()
    const failed = (error: unknown) => {
      throw error
    }
    const persister = createIndexedDbPersister(store, name, undefined, failed)
    // It cannot load from a database that it has not made.
    const databases = await indexedDB.databases()
    if (databases.some((database) => database.name === name)) await persister.load()
    return new TinyStore(store, persister)
  },
}
export default tinybase

class TinyStore implements Store {
  readonly #store: MergeableStore
  readonly #persister: IndexedDbPersister | undefined
  readonly #indexes

  constructor(store: MergeableStore, persister?: IndexedDbPersister) {
    this.#store = store
    this.#persister = persister
    this.#indexes = createIndexes(store).setIndexDefinition('byB', 'item', 'b')
  }

  insert(rows: readonly Row[]): void {
    this.#store.transaction(() => {
      for (const { id, ...cells } of rows) this.#store.setRow('item', id, cells)
    })
  }

  edit(id: string, value: number): void {
    this.#store.setCell('item', id, 'a', value)
  }

  query(): Row[] {
    const ids = this.#indexes.getSliceRowIds('byB', '3')
    return firstOf(ids.map((id) => ({ id, ...this.#store.getRow('item', id) }) as unknown as Row))
  }

  read(id: string): unknown {
    return this.#store.getCell('item', id, 'a')
  }

  async durable(): Promise<void> {
    await this.#persister?.save()
  }

  async close(): Promise<void> {
    await this.#persister?.destroy()
    this.#indexes.destroy()
  }

  async fork(): Promise<TinyStore> {
    const store = createMergeableStore()
    store.setMergeableContent(this.#store.getMergeableContent())
    return new TinyStore(store)
  }

  exchange(other: TinyStore): void {
    this.#store.merge(other.#store)
  }
}
