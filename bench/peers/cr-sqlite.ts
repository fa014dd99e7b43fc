import initWasm, { type DB } from '@vlcn.io/crsqlite-wasm'
import wasmUrl from '@vlcn.io/crsqlite-wasm/crsqlite.wasm?url'
import type { StmtAsync, TXAsync } from '@vlcn.io/xplat-api'
import type { Peer } from '../compare/peer.ts'
import { type AsyncSql, SqlStore, TABLE } from './sql-store.ts'

const sqlite = await initWasm(() => wasmUrl)

/** A table that merges, on pages in IndexedDB (IDBBatchAtomicVFS), in the page itself. */
const crSqlite: Peer = {
  name: 'cr-sqlite',
  title: 'cr-sqlite, IDBBatchAtomicVFS',
  open: (name) => open(name),
}
export default crSqlite

async function open(name?: string): Promise<CrSqliteStore> {
  const database = await sqlite.open(name)
  for (const statement of TABLE) await database.exec(statement)
  await database.exec("SELECT crsql_as_crr('item')")
  return new CrSqliteStore(new CrSql(database))
}

const CHANGES = ['table', 'pk', 'cid', 'val', 'col_version', 'db_version', 'site_id', 'cl', 'seq']
  .map((name) => `"${name}"`)
  .join(', ')
const APPLY = `INSERT INTO crsql_changes (${CHANGES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

class CrSqliteStore extends SqlStore {
  /** The version up to which the other replica has what is here. */
  #shared = 0

  async fork(): Promise<CrSqliteStore> {
    const fork = await open()
    await this.exchange(fork)
    return fork
  }

  async exchange(other: CrSqliteStore): Promise<void> {
    const [mine, theirs] = [await this.#changes(), await other.#changes()]
    await this.#apply(theirs)
    await other.#apply(mine)
  }

  #changes(): Promise<object[]> {
    const own = `SELECT ${CHANGES} FROM crsql_changes WHERE db_version > ? AND site_id = crsql_site_id()`
    return this.sql.all(own, [this.#shared])
  }

  async #apply(changes: readonly object[]): Promise<void> {
    await this.sql.runEach(
      APPLY,
      changes.map((change) => Object.values(change)),
    )
    const [{ version } = { version: 0 }] = (await this.sql.all('SELECT crsql_db_version() AS version')) as {
      version: number
    }[]
    this.#shared = version
  }
}

class CrSql implements AsyncSql {
  readonly #database: DB
  readonly #prepared = new Map<string, StmtAsync>()

  constructor(database: DB) {
    this.#database = database
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<void> {
    await this.#run(null, sql, values)
  }

  async all(sql: string, values: readonly unknown[] = []): Promise<object[]> {
    return (await this.#statement(sql)).all(null, ...values)
  }

  async runEach(sql: string, values: readonly (readonly unknown[])[]): Promise<void> {
    await this.#database.tx(async (tx) => {
      for (const each of values) await this.#run(tx, sql, each)
    })
  }

  async close(): Promise<void> {
    await this.#database.exec('SELECT crsql_finalize()')
    await this.#database.close()
  }

  async #run(tx: TXAsync | null, sql: string, values: readonly unknown[]): Promise<void> {
    await (await this.#statement(sql, tx)).run(tx, ...values)
  }

  async #statement(sql: string, tx: TXAsync | null = null): Promise<StmtAsync> {
    const known = this.#prepared.get(sql)
    if (known) return known
    const prepared = await (tx ?? this.#database).prepare(sql)
    this.#prepared.set(sql, prepared)
    return prepared
  }
}
