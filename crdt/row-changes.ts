import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { isSameValue } from './conflicts.ts'
import type { RowId } from './ids.ts'
import { type Modification, NEVER } from './modification.ts'
import type { CellValue, TableShape } from './schema/index.ts'
import type { Space } from './space.ts'
import { isSameText } from './text-runs.ts'

/** What a cell said before and says after, and who has changed it last. */
export interface CellChange extends Modification {
  readonly property: string
  readonly before: CellValue
  readonly after: CellValue
}

type Row = Readonly<Record<string, unknown>>

/** What has become of a row between two states of a space: of what is shown of it. */
export type RowChange = { readonly table: string; readonly rowId: RowId } & (
  | { readonly kind: 'added'; readonly after: Row }
  | { readonly kind: 'removed'; readonly before: Row }
  | {
      readonly kind: 'changed'
      readonly before: Row
      readonly after: Row
      readonly cells: readonly CellChange[]
    }
)

/**
 * Which rows two states of a space show otherwise. They may be of different epochs: what counts is what is read.
 *
 * @param among  rows to be compared; all, if left out
 */
export function rowChanges(
  before: Space,
  after: Space,
  among?: ReadonlyMap<TableShape, ReadonlySet<RowId>>,
): RowChange[] {
  const changes: RowChange[] = []
  for (const table of Object.values(after.schema.tables)) {
    const shape = after.schema.shape(table)
    const rowIds = among
      ? (among.get(shape) ?? [])
      : new Set([...before.rowIds(shape), ...after.rowIds(shape)])
    for (const rowId of rowIds) {
      const change = changeOf(before, after, table, rowId)
      if (change) changes.push(change)
    }
  }
  return changes
}

/** What has become of one row; `undefined` when it reads the same. */
export function changeOf(
  before: Space,
  after: Space,
  table: SQLiteTable,
  rowId: RowId,
): RowChange | undefined {
  const shape = after.schema.shape(table)
  const place = { table: shape.name, rowId }
  const [was, is] = [before.get(table, rowId), after.get(table, rowId)] as [Row | undefined, Row | undefined]
  if (!was && !is) return undefined
  if (!was) return is && { ...place, kind: 'added', after: is }
  if (!is) return { ...place, kind: 'removed', before: was }
  const cells = shape.columns.flatMap(({ property, kind }): CellChange[] => {
    const [old, now] = [was[property] as CellValue, is[property] as CellValue]
    const isSame =
      kind === 'richText'
        ? isSameText(before.runs(table, rowId, property), after.runs(table, rowId, property))
        : isSameValue(old, now)
    if (isSame) return []
    const last = after.attribution(table, rowId).get(property) ?? NEVER
    return [{ property, before: old, after: now, ...last }]
  })
  return cells.length > 0 ? { ...place, kind: 'changed', before: was, after: is, cells } : undefined
}
