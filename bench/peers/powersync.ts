import { column, PowerSyncDatabase, Schema, Table, WASQLiteVFS } from '@powersync/web'
import type { Peer } from '../compare/peer.ts'
import { type AsyncSql, SqlStore } from './sql-store.ts'

const { text, integer } = column
const item = new Table(
  {
    ...{ title: text, key: text, kind: text, source: text, day: text },
    ...{ a: integer, b: integer, c: integer, d: integer, e: integer },
  },
  { indexes: { byB: ['b'] } },
)

/** Views on JSON with an index on `b`, and a queue for the server, in a file of the page's own (OPFS) behind a worker. */
const powerSync: Peer = {
  name: 'powersync',
  title: 'PowerSync, OPFSCoopSyncVFS',
  async open(name) {
    const database = new PowerSyncDatabase({
      schema: new Schema({ item }),
      database: { dbFilename: `${name}.db`, vfs: WASQLiteVFS.OPFSCoopSyncVFS, enableMultiTabs: false },
    })
    await database.waitForReady()
    return new SqlStore(new PowerSql(database))
  },
}
export default powerSync

class PowerSql implements AsyncSql {
  readonly #database: PowerSyncDatabase

  constructor(database: PowerSyncDatabase) {
    this.#database = database
  }

  run(sql: string, values: readonly unknown[] = []): Promise<unknown> {
    return this.#database.execute(sql, [...values])
  }

  all(sql: string, values: readonly unknown[] = []): Promise<object[]> {
    return this.#database.getAll(sql, [...values])
  }

  async runEach(sql: string, values: readonly (readonly unknown[])[]): Promise<void> {
    await this.#database.executeBatch(
      sql,
      values.map((each) => [...each]),
    )
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}
