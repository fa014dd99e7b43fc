import type {
  CellConflict,
  CellValue,
  ColumnShape,
  ProjectedRow,
  Space,
  TableShape,
  WithheldCell,
} from 'segue/crdt'
import type { Database, SqlValue, Statement } from 'sql.js'
import { quoted } from './ddl.ts'
import { Listing } from './listing.ts'
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
  readonly #trash: Listing
  readonly #hiddenRows: Listing
  readonly #hiddenCells: Listing
  readonly #conflicts: Listing

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
    this.#upsert = database.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       ON CONFLICT (space_id, id) DO UPDATE SET ${assignments.join(', ')}`,
    )
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE space_id = ? AND id = ?`)
    this.#trash = new Listing(database, 'segue_trash', shape.name, ['removed_at', 'row'])
    this.#hiddenRows = new Listing(database, 'segue_hidden_row', shape.name, ['reason'])
    this.#hiddenCells = new Listing(database, 'segue_hidden_cell', shape.name, [
      'column_name',
      'value',
      'reason',
    ])
    this.#conflicts = new Listing(database, 'segue_conflict', shape.name, [
      ...['id', 'column_name', 'kept_value', 'kept_by', 'kept_device', 'kept_at'],
      ...['lost_value', 'lost_by', 'lost_device', 'lost_at'],
      ...['rule', 'settled_at', 'settled_by', 'settled_device', 'current_value'],
    ])
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
    const removed = row.state === 'removed' ? [[row.removedAt, this.#json(space.id, rowId, row)]] : NOTHING
    this.#trash.write(space.id, rowId, removed, touched)
    const hidden = row.state === 'hidden' ? [[row.reason]] : NOTHING
    this.#hiddenRows.write(space.id, rowId, hidden, touched)
    const withheld = row.state === 'live' ? row.withheld?.map(withheldValues) : undefined
    this.#hiddenCells.write(space.id, rowId, withheld ?? NOTHING, touched)
    const conflicts =
      row.state === 'absent'
        ? NOTHING
        : space
            .conflicts(this.shape, rowId)
            .map((conflict) => [...conflictValues(conflict), this.#currentValue(row, conflict)])
    this.#conflicts.write(space.id, rowId, conflicts, touched)
  }

  /** Knows nothing any more of the rows of a space, or of all: somebody has emptied the tables. */
  forget(spaceId?: string): void {
    for (const listing of this.#listings) listing.forget(spaceId)
  }

  free(): void {
    for (const each of [this.#upsert, this.#delete, ...this.#listings]) each.free()
  }

  get #listings(): readonly Listing[] {
    return [this.#trash, this.#hiddenRows, this.#hiddenCells, this.#conflicts]
  }

  #currentValue(row: ProjectedRow, { column }: CellConflict): string | null {
    const cell =
      row.state === 'live'
        ? row.cells[this.shape.columns.findIndex(({ name }) => name === column)]
        : undefined
    return cell === undefined ? null : JSON.stringify(jsonValue(cell))
  }

  #json(spaceId: string, rowId: string, row: ProjectedRow & { state: 'removed' }): string {
    const cells = this.shape.columns.map(
      (column, index) => [column.name, jsonValue(row.cells[index] ?? null)] as const,
    )
    return JSON.stringify({ id: rowId, space_id: spaceId, ...Object.fromEntries(cells) })
  }
}

const NOTHING: readonly SqlValue[][] = []

/** A cell as SQLite holds it. */
function sqlValue(column: ColumnShape | undefined, value: CellValue): SqlValue {
  if (typeof value === 'boolean' && column?.kind !== 'json') return Number(value)
  if (typeof value === 'bigint') return String(value)
  if (value !== null && (column?.kind === 'json' || typeof value === 'object')) return JSON.stringify(value)
  return value as SqlValue
}

/** A cell within JSON, which knows no whole numbers of 64 bits. */
const jsonValue = (value: CellValue) => (typeof value === 'bigint' ? String(value) : value)

const withheldValues = ({ column, value, reason }: WithheldCell): SqlValue[] => [
  column,
  JSON.stringify(jsonValue(value)),
  reason,
]

function conflictValues({ id, column, kept, lost, rule, settled }: CellConflict): SqlValue[] {
  const sides = [kept, lost].flatMap(({ value, at, userId, device }) => [
    JSON.stringify(jsonValue(value)),
    ...[userId, device, instantOf(at)],
  ])
  const end = settled ? [instantOf(settled.at), settled.userId, settled.device] : [null, null, null]
  return [id, column, ...sides, rule, ...end]
}

/** Times come from strangers' clocks too. */
function instantOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}
