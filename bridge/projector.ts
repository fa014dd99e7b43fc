import type {
  CellConflict,
  CellValue,
  ColumnShape,
  ProjectedRow,
  RowId,
  Space,
  TableShape,
  WithheldCell,
} from 'segue/crdt'
import type { Database, SqlValue } from 'sql.js'
import { Listing } from './listing.ts'
import { RowTable } from './row-table.ts'
import { isSearched, wordsOf } from './search.ts'

/**
 * Writes projected rows of one table into SQLite.
 *
 * A row is in exactly one place: its table while live, the trash while removed, `segue_hidden_row` while it does
 * not fit.
 */
export class TableProjector {
  readonly shape: TableShape
  readonly #table: RowTable
  readonly #trash: Listing
  readonly #hiddenRows: Listing
  readonly #hiddenCells: Listing
  readonly #conflicts: Listing

  constructor(database: Database, shape: TableShape) {
    this.shape = shape
    this.#table = new RowTable(database, shape)
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

  /** Makes SQLite say of rows what the document says of them, and adds the names of changed tables to `touched`. */
  write(space: Space, rowIds: ReadonlySet<RowId>, touched: Set<string>): void {
    this.#table.filling(rowIds.size, () => {
      for (const rowId of rowIds) this.#write(space, rowId, touched)
    })
  }

  /** Knows nothing any more of the rows of a space, or of all: somebody has emptied the tables. */
  forget(spaceId?: string): void {
    for (const listing of this.#listings) listing.forget(spaceId)
  }

  free(): void {
    for (const each of [this.#table, ...this.#listings]) each.free()
  }

  #write(space: Space, rowId: RowId, touched: Set<string>): void {
    const { row, modification, conflicts } = space.reading(this.shape, rowId)
    if (row.state === 'live') {
      const { at, by } = modification
      const values: SqlValue[] = [space.id, rowId, at, by]
      row.cells.forEach((cell, index) => {
        values.push(sqlValue(this.shape.columns[index], cell))
      })
      if (isSearched(this.shape)) values.push(wordsOf(this.shape, row.cells))
      this.#table.put(values)
      touched.add(this.shape.name)
    } else if (this.#table.delete(space.id, rowId)) touched.add(this.shape.name)
    const removed = row.state === 'removed' ? [[row.removedAt, this.#json(space.id, rowId, row)]] : NOTHING
    this.#trash.write(space.id, rowId, removed, touched)
    const hidden = row.state === 'hidden' ? [[row.reason]] : NOTHING
    this.#hiddenRows.write(space.id, rowId, hidden, touched)
    const withheld = row.state === 'live' ? row.withheld?.map(withheldValues) : undefined
    this.#hiddenCells.write(space.id, rowId, withheld ?? NOTHING, touched)
    const contested = conflicts.map((conflict) => [
      ...conflictValues(conflict),
      this.#currentValue(row, conflict),
    ])
    this.#conflicts.write(space.id, rowId, contested, touched)
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
