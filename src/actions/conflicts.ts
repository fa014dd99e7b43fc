import type { Modification, Space } from 'segue/crdt'
import { tableNamed } from './rows.ts'

/** A conflict, as the mirror names it within its space. */
interface ConflictPlace {
  readonly tableName: string
  readonly rowId: string
  readonly id: string
}

/**
 * Settles a conflict with one of its values, for everybody, as an ordinary edit. One that is settled already can be
 * decided the other way like this too, whatever the cell says by now. Nothing happens when it is not known any more.
 *
 * @throws {RowNotFoundError} the row is in the trash
 * @throws {ForeignKeyError | UniqueError | CheckError} the value would break a constraint as things are by now
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

/** Who wrote what a cell says now, and when; nothing for one that this version of the app does not know. */
export function lastChange(
  space: Space,
  { tableName, rowId, columnName }: { tableName: string; rowId: string; columnName: string },
): Modification | undefined {
  const table = tableNamed(space, tableName)
  const column = space.schema.shape(table).columns.find(({ name }) => name === columnName)
  return column && space.attribution(table, rowId).get(column.property)
}
