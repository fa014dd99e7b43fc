import { createRxDatabase, type RxCollection, type RxDatabase, type RxJsonSchema } from 'rxdb/plugins/core'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import type { Peer, Store } from '../compare/peer.ts'
import type { Row } from '../compare/rows.ts'

const text = { type: 'string' } as const
const whole = { type: 'integer' } as const
const schema: RxJsonSchema<Row> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 36 },
    ...{ title: text, key: text, kind: text, source: text, day: text },
    ...{ a: whole, c: whole, d: whole, e: whole },
    b: { type: 'integer', minimum: 0, maximum: 6, multipleOf: 1 },
  },
  required: ['id', 'title', 'b'],
  indexes: ['b'],
}

/** A collection over Dexie with an index on `b`; it answers a query it has answered before from its cache. */
const rxdb: Peer = {
  name: 'rxdb',
  title: 'RxDB, Dexie storage',
  async open(name) {
    const database = await createRxDatabase({ name, storage: getRxStorageDexie(), multiInstance: false })
    const { item } = await database.addCollections({ item: { schema } })
    return new RxStore(database, item)
  },
}
export default rxdb

class RxStore implements Store {
  readonly #database: RxDatabase
  readonly #items: RxCollection<Row>

  constructor(database: RxDatabase, items: RxCollection<Row>) {
    this.#database = database
    this.#items = items
  }

  async insert(rows: readonly Row[]): Promise<void> {
    const { error } = await this.#items.bulkInsert([...rows])
    if (error.length > 0) throw new Error(`RxDB has refused ${error.length} rows.`)
  }

  async edit(id: string, value: number): Promise<void> {
    const row = await this.#items.findOne(id).exec()
    await row?.incrementalPatch({ a: value })
  }

  async query(): Promise<Row[]> {
    const found = await this.#items
      .find({ selector: { b: 3 }, sort: [{ c: 'desc' }, { a: 'asc' }], limit: 50 })
      .exec()
    return found.map((row) => row.toJSON())
  }

  async read(id: string): Promise<unknown> {
    return (await this.#items.findOne(id).exec())?.a
  }

  async durable(): Promise<void> {}

  async close(): Promise<void> {
    await this.#database.close()
  }
}
