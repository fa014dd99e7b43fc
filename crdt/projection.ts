import * as Y from 'yjs'
import { type RowMap, storedCell } from './row-parts.ts'
import { type CellValue, type ColumnShape, cellProblem, type TableShape } from './schema/index.ts'

/** Key in a row's Y.Map that marks a removed row: the instant of its removal, or null once restored. */
export const REMOVED_AT = 'removed_at'

/** What one row of a document means under a schema. A function of the document alone. */
export type ProjectedRow =
  | { readonly state: 'absent' }
  | { readonly state: 'live'; readonly cells: readonly CellValue[] }
  | { readonly state: 'removed'; readonly removedAt: string; readonly cells: readonly CellValue[] }
  | { readonly state: 'hidden'; readonly reason: string }

const ABSENT: ProjectedRow = { state: 'absent' }

/**
 * Projects the parts of a row onto its table; cells in the order of `shape.columns`.
 *
 * Whatever does not fit its column (a foreign program, an older or newer app) is read as the column's default;
 * a row that lacks a required value is hidden, with the reason, until the value arrives.
 */
export function projectRow(shape: TableShape, parts: readonly RowMap[]): ProjectedRow {
  if (parts.length === 0) return ABSENT
  const cells: CellValue[] = []
  for (const column of shape.columns) {
    const value = projectCell(column, storedCell(parts, column.name))
    if (value === null && column.notNull) {
      return { state: 'hidden', reason: `${column.name} is required and has no usable value` }
    }
    cells.push(value)
  }
  const removedAt = storedCell(parts, REMOVED_AT)
  return typeof removedAt === 'string' ? { state: 'removed', removedAt, cells } : { state: 'live', cells }
}

/** A row as an object by property names, for callers that want one row and no SQL. */
export function rowObject(
  shape: TableShape,
  spaceId: string,
  rowId: string,
  cells: readonly CellValue[],
): object {
  const row: Record<string, CellValue> = { id: rowId, spaceId }
  shape.columns.forEach((column, index) => {
    row[column.property] = cells[index] ?? null
  })
  return row
}

function projectCell(column: ColumnShape, stored: unknown): CellValue {
  const value = stored instanceof Y.Text ? stored.toString() : stored
  if (value === null) return column.notNull ? column.defaultValue : null
  if (value === undefined || cellProblem(column, value) !== undefined) return column.defaultValue
  return value as CellValue
}
