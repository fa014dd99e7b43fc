import * as Y from 'yjs'
import {
  type Candidate,
  candidatesOf,
  readCounter,
  readRegister,
  readSet,
  spreadColumns,
  textEntry,
} from './cells.ts'
import type { Modification } from './modification.ts'
import type { RowMap } from './row-parts.ts'
import {
  type CellValue,
  type ColumnShape,
  type ConcurrentValue,
  cellProblem,
  elementProblem,
  type TableShape,
  widened,
} from './schema/index.ts'
import type { Stamps } from './stamps.ts'

/** Key in a row's Y.Map that marks a removed row: the instant of its removal, or null once restored. */
export const REMOVED_AT = 'removed_at'

/** A cell that reads null among the other rows, though it holds something. */
export interface WithheldCell {
  readonly column: string
  readonly value: CellValue
  readonly reason: string
}

/** What one row of a document means under a schema. A function of the document alone. */
export type ProjectedRow =
  | { readonly state: 'absent' }
  | {
      readonly state: 'live'
      readonly cells: readonly CellValue[]
      /** Cells that read null because of a constraint, and what they hold. */
      readonly withheld?: readonly WithheldCell[]
    }
  | { readonly state: 'removed'; readonly removedAt: string; readonly cells: readonly CellValue[] }
  | { readonly state: 'hidden'; readonly reason: string }

/** How a row is read that a migration has to do with. */
export interface ReadAs {
  /** The columns of its table, with the defaults that they have in it. */
  readonly columns: readonly ColumnShape[]
  /** When the row in which it is read was removed. */
  readonly removedAt?: string | undefined
  /** Why it cannot be read. */
  readonly problem?: string
}

const ABSENT: ProjectedRow = { state: 'absent' }

/**
 * Projects the parts of a row onto its table; cells in the order of `shape.columns`.
 *
 * Whatever does not fit its column (a foreign program, an older or newer app) is read as the column's default;
 * a row that lacks a required value is hidden, with the reason, until the value arrives.
 */
export function projectRow(
  shape: TableShape,
  parts: readonly RowMap[],
  stamps: Stamps,
  readAs?: ReadAs,
): ProjectedRow {
  if (parts.length === 0) return ABSENT
  if (readAs?.problem !== undefined) return { state: 'hidden', reason: readAs.problem }
  const [first] = parts
  const spread = parts.length > 1 ? 'all' : spreadColumns(parts)
  const isSpread = (storedAs: string) => spread === 'all' || spread.has(storedAs)
  const cells: CellValue[] = []
  for (const column of readAs?.columns ?? shape.columns) {
    const value = isSpread(column.storedAs)
      ? projectSpread(column, parts, stamps)
      : projectPlain(column, first)
    if (value === null && column.notNull) {
      return { state: 'hidden', reason: `${column.name} is required and has no usable value` }
    }
    cells.push(value)
  }
  const stored = isSpread(REMOVED_AT) ? readRegister(parts, REMOVED_AT, stamps) : first?.get(REMOVED_AT)
  const removedAt = typeof stored === 'string' ? stored : readAs?.removedAt
  return typeof removedAt === 'string' ? { state: 'removed', removedAt, cells } : { state: 'live', cells }
}

/** A cell as the schema reads it. */
export const projectCell = (column: ColumnShape, parts: readonly RowMap[], stamps: Stamps): CellValue =>
  projectSpread(column, parts, stamps)

/** A row as an object by property names, for callers that want one row and no SQL. */
export function rowObject(
  shape: TableShape,
  spaceId: string,
  rowId: string,
  cells: readonly CellValue[],
  { at, by }: Modification,
): object {
  const row: Record<string, CellValue> = { id: rowId, spaceId, lastModifiedAt: at, lastModifiedBy: by }
  shape.columns.forEach((column, index) => {
    const cell = cells[index] ?? null
    // What is in a document may not change under it.
    row[column.property] = column.kind === 'json' ? structuredClone(cell) : cell
  })
  return row
}

/** A value as its column reads it: the default for what does not fit. */
export function fitted(column: ColumnShape, stored: unknown): CellValue {
  const value = stored instanceof Y.Text ? stored.toString() : widened(column, stored)
  if (value === null) return column.notNull ? column.defaultValue : null
  if (value === undefined || cellProblem(column, value) !== undefined) return column.defaultValue
  return value as CellValue
}

/** Whether a column reads a stored value as it is. */
export function isFitting(column: ColumnShape, stored: unknown): boolean {
  if (stored instanceof Y.Text && column.kind === 'richText') return true
  const value = stored instanceof Y.Text ? stored.toString() : widened(column, stored)
  return value !== undefined && cellProblem(column, value) === undefined
}

function projectPlain(column: ColumnShape, part: RowMap | undefined): CellValue {
  return column.kind === 'stringSet' || column.kind === 'counter'
    ? column.defaultValue
    : fitted(column, part?.get(column.storedAs))
}

function projectSpread(column: ColumnShape, parts: readonly RowMap[], stamps: Stamps): CellValue {
  switch (column.kind) {
    case 'counter':
      return readCounter(parts, column.storedAs)
    case 'stringSet':
      return readSet(parts, column.storedAs).filter((element) => elementProblem(element) === undefined)
    case 'richText':
      return fitted(column, textEntry(parts, column.storedAs)?.value)
  }
  const { conflicts: rule } = column
  if (typeof rule === 'string') return fitted(column, readRegister(parts, column.storedAs, stamps))
  const candidates = candidatesOf(parts, column.storedAs, stamps)
  return candidates.length < 2
    ? fitted(column, candidates[0]?.value)
    : mergedValue(column, rule.merge, candidates)
}

/** What the schema's own function makes of several values; the latest, should it fail. */
function mergedValue(
  column: ColumnShape,
  merge: (values: readonly ConcurrentValue[]) => CellValue,
  candidates: readonly Candidate[],
): CellValue {
  const usable = candidates
    .map((candidate) => ({ ...candidate, value: widened(column, candidate.value) }))
    .filter(({ value }) => cellProblem(column, value) === undefined)
  try {
    const values = usable.map(({ value, at, author }) => ({ value: value as CellValue, at, ...author }))
    const merged = merge(values.reverse())
    if (cellProblem(column, merged) === undefined) return merged
  } catch {
    // An application's function must not take down the projection; what it cannot merge is settled by time.
  }
  return fitted(column, candidates[0]?.value)
}
