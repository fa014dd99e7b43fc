import type { CellValue, ProjectedRow, Space, TableShape } from 'segue/crdt'
import type { Database, SqlValue, Statement } from 'sql.js'
import { quoted } from './ddl.ts'

/**
 * Writes projected rows of one table into SQLite with prepared statements.
 *
 * A row is in exactly one place: its table while live, the trash while removed, `segue_hidden_row` while it does
 * not fit.
 */
export class TableProjector {
  readonly shape: TableShape
  readonly #upsert: Statement
  readonly #delete: Statement
  readonly #trash: Statement
  readonly #untrash: Statement
  readonly #hide: Statement
  readonly #unhide: Statement

  constructor(database: Database, shape: TableShape) {
    this.shape = shape
    const names = ['space_id', 'id', ...shape.columns.map((column) => column.name)].map(quoted)
    const table = quoted(shape.name)
    const assignments = names.slice(2).map((name) => `${name} = excluded.${name}`)
    const onConflict = assignments.length > 0 ? `UPDATE SET ${assignments.join(', ')}` : 'NOTHING'
    const literal = `'${shape.name.replaceAll("'", "''")}'`
    this.#upsert = database.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT (space_id, id) DO ${onConflict}`,
    )
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE space_id = ? AND id = ?`)
    this.#trash = database.prepare(
      `INSERT OR REPLACE INTO segue_trash (space_id, table_name, row_id, removed_at, row) VALUES (?, ${literal}, ?, ?, ?)`,
    )
    this.#untrash = database.prepare(
      `DELETE FROM segue_trash WHERE space_id = ? AND table_name = ${literal} AND row_id = ?`,
    )
    this.#hide = database.prepare(
      `INSERT OR REPLACE INTO segue_hidden_row (space_id, table_name, row_id, reason) VALUES (?, ${literal}, ?, ?)`,
    )
    this.#unhide = database.prepare(
      `DELETE FROM segue_hidden_row WHERE space_id = ? AND table_name = ${literal} AND row_id = ?`,
    )
  }

  /** Makes SQLite say of a row what the document says of it. */
  write(space: Space, rowId: string): void {
    const row = space.project(this.shape, rowId)
    if (row.state === 'live') {
      this.#upsert.run([space.id, rowId, ...row.cells.map(sqlValue)])
      this.#withdraw(space.id, rowId)
      return
    }
    this.#delete.run([space.id, rowId])
    this.#withdraw(space.id, rowId)
    if (row.state === 'removed') {
      this.#trash.run([space.id, rowId, row.removedAt, this.#json(space.id, rowId, row)])
    } else if (row.state === 'hidden') {
      this.#hide.run([space.id, rowId, row.reason])
    }
  }

  free(): void {
    for (const statement of [
      this.#upsert,
      this.#delete,
      this.#trash,
      this.#untrash,
      this.#hide,
      this.#unhide,
    ]) {
      statement.free()
    }
  }

  #withdraw(spaceId: string, rowId: string): void {
    this.#untrash.run([spaceId, rowId])
    this.#unhide.run([spaceId, rowId])
  }

  #json(spaceId: string, rowId: string, row: ProjectedRow & { state: 'removed' }): string {
    const cells = this.shape.columns.map((column, index) => [column.name, row.cells[index] ?? null] as const)
    return JSON.stringify({ id: rowId, space_id: spaceId, ...Object.fromEntries(cells) })
  }
}

const sqlValue = (value: CellValue): SqlValue => (typeof value === 'boolean' ? Number(value) : value)
