import type { Database, Statement } from 'sql.js'
import { ByteLog } from './byte-log.ts'
import type { Peer, Store } from './peer.ts'
import { QUERY, type Row } from './rows.ts'
import { sql } from './sqlite.ts'

const COLUMNS = ['title', 'key', 'kind', 'source', 'day', 'a', 'b', 'c', 'd', 'e'] as const
const NOW = '2026-05-01T10:00:00.000Z'

/** SQLite with its defaults and the table that Segue has; the whole database is written to IndexedDB each time. */
const plainSqlJs: Peer = {
  name: 'sqljs',
  title: 'plain sql.js',
  async open(name) {
    const log = await ByteLog.open(name)
    const [image] = await log.readAll()
    return new SqlJsStore(image ? new sql.Database(image) : newDatabase(), log)
  },
}
export default plainSqlJs

function newDatabase(): Database {
  const database = new sql.Database()
  database.run(
    `CREATE TABLE item (id TEXT NOT NULL, space_id TEXT NOT NULL, last_modified_at TEXT, last_modified_by TEXT,
      ${COLUMNS.join(', ')}, PRIMARY KEY (space_id, id)) WITHOUT ROWID`,
  )
  database.run('CREATE INDEX item_by_id ON item (id)')
  database.run('CREATE INDEX item_by_b ON item (b)')
  return database
}

class SqlJsStore implements Store {
  readonly #database: Database
  readonly #log: ByteLog
  #statements: { update: Statement; query: Statement; read: Statement }

  constructor(database: Database, log: ByteLog) {
    this.#database = database
    this.#log = log
    this.#statements = this.#prepared()
  }

  insert(rows: readonly Row[]): void {
    const insert = this.#database.prepare(
      `INSERT INTO item VALUES (?, 's', ?, ?, ${COLUMNS.map(() => '?').join(', ')})`,
    )
    this.#database.run('BEGIN')
    for (const row of rows) insert.run([row.id, NOW, 'somebody', ...COLUMNS.map((name) => row[name])])
    this.#database.run('COMMIT')
    insert.free()
  }

  edit(id: string, value: number): void {
    this.#statements.update.run([value, NOW, id])
  }

  query(): Row[] {
    const { query } = this.#statements
    const rows: unknown[] = []
    while (query.step()) rows.push(query.getAsObject())
    query.reset()
    return rows as Row[]
  }

  read(id: string): unknown {
    return this.#statements.read.get([id])[0]
  }

  async durable(): Promise<void> {
    const image = this.#database.export()
    // The export has closed every statement.
    this.#statements = this.#prepared()
    await this.#log.replace(image)
  }

  async close(): Promise<void> {
    await this.#log.close()
    this.#database.close()
  }

  #prepared() {
    return {
      update: this.#database.prepare(
        "UPDATE item SET a = ?, last_modified_at = ? WHERE space_id = 's' AND id = ?",
      ),
      query: this.#database.prepare(QUERY),
      read: this.#database.prepare("SELECT a FROM item WHERE space_id = 's' AND id = ?"),
    }
  }
}
