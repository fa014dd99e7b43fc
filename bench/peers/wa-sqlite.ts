import { Factory, SQLITE_ROW } from 'wa-sqlite'
import newModule from 'wa-sqlite/dist/wa-sqlite-async.mjs'
import wasmUrl from 'wa-sqlite/dist/wa-sqlite-async.wasm?url'
import { IDBBatchAtomicVFS } from 'wa-sqlite/src/examples/IDBBatchAtomicVFS.js'
import type { Peer } from '../compare/peer.ts'
import { type AsyncSql, SqlStore, TABLE } from './sql-store.ts'

const sqlite = Factory(await newModule({ locateFile: () => wasmUrl }))
sqlite.vfs_register(new IDBBatchAtomicVFS('wa-sqlite', { durability: 'relaxed' }))

/** SQLite on pages in IndexedDB (IDBBatchAtomicVFS), in the page itself, its statements prepared once. */
const waSqlite: Peer = {
  name: 'wa-sqlite',
  title: 'wa-sqlite, IDBBatchAtomicVFS',
  async open(name) {
    const sql = new WaSql(await sqlite.open_v2(name, undefined, 'wa-sqlite'))
    for (const statement of TABLE) await sql.run(statement)
    return new SqlStore(sql)
  },
}
export default waSqlite

class WaSql implements AsyncSql {
  readonly #database: number
  readonly #prepared = new Map<string, { statement: number; text: number }>()

  constructor(database: number) {
    this.#database = database
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<void> {
    await this.all(sql, values)
  }

  async all(sql: string, values: readonly unknown[] = []): Promise<object[]> {
    const { statement } = this.#prepared.get(sql) ?? (await this.#prepare(sql))
    sqlite.bind_collection(statement, values as SQLiteCompatibleType[])
    const rows: object[] = []
    const names = sqlite.column_names(statement)
    while ((await sqlite.step(statement)) === SQLITE_ROW) {
      const cells = sqlite.row(statement)
      rows.push(Object.fromEntries(names.map((name, place) => [name, cells[place]])))
    }
    await sqlite.reset(statement)
    return rows
  }

  async runEach(sql: string, values: readonly (readonly unknown[])[]): Promise<void> {
    await this.run('BEGIN')
    for (const each of values) await this.run(sql, each)
    await this.run('COMMIT')
  }

  async close(): Promise<void> {
    for (const { statement, text } of this.#prepared.values()) {
      await sqlite.finalize(statement)
      sqlite.str_finish(text)
    }
    await sqlite.close(this.#database)
  }

  async #prepare(sql: string) {
    const text = sqlite.str_new(this.#database, sql)
    const found = await sqlite.prepare_v2(this.#database, sqlite.str_value(text))
    if (!found) throw new Error(`There is no statement in "${sql}".`)
    const prepared = { statement: found.stmt, text }
    this.#prepared.set(sql, prepared)
    return prepared
  }
}
