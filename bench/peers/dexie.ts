import { Dexie, type EntityTable } from 'dexie'
import type { Peer, Store } from '../compare/peer.ts'
import { firstOf, type Row } from '../compare/rows.ts'

/** A table in IndexedDB with an index on `b`; each edit is a transaction of its own. */
const dexie: Peer = {
  name: 'dexie',
  title: 'Dexie',
  async open(name) {
    const database = new Dexie(name)
    database.version(1).stores({ item: 'id, b' })
    await database.open()
    return new DexieStore(database)
  },
}
export default dexie

class DexieStore implements Store {
  readonly #database: Dexie
  readonly #table: EntityTable<Row, 'id'>

  constructor(database: Dexie) {
    this.#database = database
    this.#table = database.table('item')
  }

  async insert(rows: readonly Row[]): Promise<void> {
    await this.#table.bulkAdd(rows)
  }

  async edit(id: string, value: number): Promise<void> {
    await this.#table.update(id, { a: value })
  }

  async query(): Promise<Row[]> {
    return firstOf(await this.#table.where('b').equals(3).toArray())
  }

  async read(id: string): Promise<unknown> {
    return (await this.#table.get(id))?.a
  }

  async durable(): Promise<void> {}

  async close(): Promise<void> {
    this.#database.close()
  }
}
