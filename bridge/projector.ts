import type { CellConflict, CellValue, ColumnShape, ProjectedRow, Space, TableShape } from 'segue/crdt'
import type { Database, SqlValue, Statement } from 'sql.js'
import { type OWN_TABLE_NAMES, quoted } from './ddl.ts'
import { isSearched, WORDS_COLUMN, wordsOf } from './search.ts'

/**
 * Writes projected rows of one table into SQLite with prepared statements.
 *
 * A row is in exactly one place: its table while live, the trash while removed, `segue_hidden_row` while it does
 * not fit.
 */
export class TableProjector {
  readonly shape: TableShape
  readonly #database: Database
  readonly #upsert: Statement
  readonly #delete: Statement
  readonly #trash: Statement
  readonly #untrash: Statement
  readonly #hide: Statement
  readonly #unhide: Statement
  readonly #contest: Statement
  readonly #uncontest: Statement
  /** The rows that stand in each of the mirror's own tables: few, so that most writes need not look there. */
  readonly #listed = {
    segue_trash: new Set<string>(),
    segue_hidden_row: new Set<string>(),
    segue_conflict: new Set<string>(),
  }

  constructor(database: Database, shape: TableShape) {
    this.shape = shape
    this.#database = database
    const names = [
      'space_id',
      'id',
      'last_modified_at',
      'last_modified_by',
      ...shape.columns.map((column) => column.name),
      ...(isSearched(shape) ? [WORDS_COLUMN] : []),
    ].map(quoted)
    const table = quoted(shape.name)
    const assignments = names.slice(2).map((name) => `${name} = excluded.${name}`)
    const literal = `'${shape.name.replaceAll("'", "''")}'`
    this.#upsert = database.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT (space_id, id) DO UPDATE SET ${assignments.join(', ')}`,
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
    this.#contest = database.prepare(
      `INSERT INTO segue_conflict
         (space_id, table_name, row_id, id, column_name, kept_value, kept_by, kept_at, lost_value, lost_by, lost_at,
          rule, settled_at, settled_by)
       VALUES (?, ${literal}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#uncontest = database.prepare(
      `DELETE FROM segue_conflict WHERE space_id = ? AND table_name = ${literal} AND row_id = ?`,
    )
  }

  /** Makes SQLite say of a row what the document says of it, and adds the names of changed tables to `touched`. */
  write(space: Space, rowId: string, touched: Set<string>): void {
    const row = space.project(this.shape, rowId)
    if (row.state === 'live') {
      const { at, by } = space.modification(this.shape, rowId)
      const cells = row.cells.map((cell, index) => sqlValue(this.shape.columns[index], cell))
      if (isSearched(this.shape)) cells.push(wordsOf(this.shape, row.cells))
      this.#upsert.run([space.id, rowId, at, by, ...cells])
      touched.add(this.shape.name)
    } else {
      this.#delete.run([space.id, rowId])
      if (this.#database.getRowsModified() > 0) touched.add(this.shape.name)
    }
    const list = (table: OwnTable, unlist: Statement, entries: readonly [Statement, ...SqlValue[]][]) => {
      const listed = this.#listed[table]
      const key = listedKey(space.id, rowId)
      if (listed.delete(key)) {
        unlist.run([space.id, rowId])
        touched.add(table)
      }
      for (const [statement, ...values] of entries) {
        statement.run([space.id, rowId, ...values])
        listed.add(key)
        touched.add(table)
      }
    }
    list(
      'segue_trash',
      this.#untrash,
      row.state === 'removed' ? [[this.#trash, row.removedAt, this.#json(space.id, rowId, row)]] : [],
    )
    list('segue_hidden_row', this.#unhide, row.state === 'hidden' ? [[this.#hide, row.reason]] : [])
    const conflicts = row.state === 'absent' ? [] : space.conflicts(this.shape, rowId)
    list(
      'segue_conflict',
      this.#uncontest,
      conflicts.map((conflict) => [this.#contest, ...conflictValues(conflict)]),
    )
  }

  /** Knows nothing any more of the rows of a space, or of all: somebody has emptied the tables. */
  forget(spaceId?: string): void {
    for (const listed of Object.values(this.#listed)) {
      if (spaceId === undefined) listed.clear()
      else for (const key of listed) if (key.startsWith(listedKey(spaceId, ''))) listed.delete(key)
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
      this.#contest,
      this.#uncontest,
    ]) {
      statement.free()
    }
  }

  #json(spaceId: string, rowId: string, row: ProjectedRow & { state: 'removed' }): string {
    const cells = this.shape.columns.map(
      (column, index) => [column.name, jsonValue(row.cells[index] ?? null)] as const,
    )
    return JSON.stringify({ id: rowId, space_id: spaceId, ...Object.fromEntries(cells) })
  }
}

type OwnTable = (typeof OWN_TABLE_NAMES)[number]

const listedKey = (spaceId: string, rowId: string): string => `${spaceId} ${rowId}`

/** A cell as SQLite holds it. */
function sqlValue(column: ColumnShape | undefined, value: CellValue): SqlValue {
  if (typeof value === 'boolean' && column?.kind !== 'json') return Number(value)
  if (typeof value === 'bigint') return String(value)
  if (value !== null && (column?.kind === 'json' || typeof value === 'object')) return JSON.stringify(value)
  return value as SqlValue
}

/** A cell within JSON, which knows no whole numbers of 64 bits. */
const jsonValue = (value: CellValue) => (typeof value === 'bigint' ? String(value) : value)

function conflictValues({ id, column, kept, lost, rule, settled }: CellConflict): SqlValue[] {
  const sides = [kept, lost].flatMap(({ value, at, userId }) => [
    JSON.stringify(jsonValue(value)),
    userId,
    instantOf(at),
  ])
  return [id, column, ...sides, rule, settled ? instantOf(settled.at) : null, settled?.userId ?? null]
}

/** Times come from strangers' clocks too. */
function instantOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}
