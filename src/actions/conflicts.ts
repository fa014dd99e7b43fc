import type { Space } from 'segue/crdt'
import { tableNamed } from './rows.ts'

/** A conflict, as the mirror names it within its space. */
interface ConflictPlace {
  readonly tableName: string
  readonly rowId: string
  readonly id: string
}

/**
 * Settles a conflict with one of its values, for everybody, as an ordinary edit. One that is settled already can be
 * decided the other way like this too. Nothing happens when it is not known any more.
 *
 * @throws {RowNotFoundError} the row is in the trash
 */
export function settleConflict(
  space: Space,
  { tableName, rowId, id }: ConflictPlace,
  choice: 'kept' | 'lost',
): void {
  const table = tableNamed(space, tableName)
  const shape = space.schema.shape(table)
  const conflict = space.conflicts(shape, rowId).find((each) => each.id === id)
  const column = shape.columns.find(({ name }) => name === conflict?.column)
  if (conflict && column) space.resolveConflict(table, rowId, { [column.property]: conflict[choice].value })
}

/** What a cell of a live row says now, as JSON. */
export function standingValue(
  space: Space,
  { tableName, rowId, columnName }: { tableName: string; rowId: string; columnName: string },
): string | undefined {
  const shape = space.schema.shape(tableNamed(space, tableName))
  const row = space.project(shape, rowId)
  if (row.state !== 'live') return undefined
  const cell = row.cells[shape.columns.findIndex(({ name }) => name === columnName)]
  return JSON.stringify(typeof cell === 'bigint' ? String(cell) : cell)
}
