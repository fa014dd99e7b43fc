import type { Store } from '../compare/peer.ts'
import { QUERY, type Row } from '../compare/rows.ts'

/** A SQLite that answers later. Its transactions are stored when they are done. */
export interface AsyncSql {
  run(sql: string, values?: readonly unknown[]): Promise<unknown>
  all(sql: string, values?: readonly unknown[]): Promise<object[]>
  /** One statement with many values, in one transaction. */
  runEach(sql: string, values: readonly (readonly unknown[])[]): Promise<void>
  close(): Promise<void>
}

export const COLUMNS = ['title', 'key', 'kind', 'source', 'day', 'a', 'b', 'c', 'd', 'e'] as const

/** A table with an index on `b`. */
export const TABLE = [
  `CREATE TABLE IF NOT EXISTS item (id TEXT NOT NULL PRIMARY KEY, ${COLUMNS.join(', ')})`,
  'CREATE INDEX IF NOT EXISTS item_by_b ON item (b)',
]

const INSERT = `INSERT INTO item (id, ${COLUMNS.join(', ')}) VALUES (?, ${COLUMNS.map(() => '?').join(', ')})`

/** Rows in a table of such a SQLite; each edit is a transaction of its own. */
export class SqlStore implements Store {
  protected readonly sql: AsyncSql

  constructor(sql: AsyncSql) {
    this.sql = sql
  }

  insert(rows: readonly Row[]): Promise<void> {
    return this.sql.runEach(
      INSERT,
      rows.map((row) => [row.id, ...COLUMNS.map((name) => row[name])]),
    )
  }

  async edit(id: string, value: number): Promise<void> {
    await this.sql.run('UPDATE item SET a = ? WHERE id = ?', [value, id])
  }

  query(): Promise<Row[]> {
    return this.sql.all(QUERY) as Promise<Row[]>
  }

  async read(id: string): Promise<unknown> {
    const [row] = (await this.sql.all('SELECT a FROM item WHERE id = ?', [id])) as Pick<Row, 'a'>[]
    return row?.a
  }

  async durable(): Promise<void> {}

  /** The size of the database, which lies beside others in one place. */
  async storedBytes(): Promise<number> {
    const size = 'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()'
    const [found] = (await this.sql.all(size)) as { bytes: number }[]
    return found?.bytes ?? 0
  }

  close(): Promise<void> {
    return this.sql.close()
  }
}
