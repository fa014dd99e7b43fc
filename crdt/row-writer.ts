import * as Y from 'yjs'
import { addToCounter, changeSet, entriesOf, readSet, writeRegister } from './cells.ts'
import { type Conflicts, type ContestedRow, isSameValue } from './conflicts.ts'
import { fitted, projectCell } from './projection.ts'
import { replaceText } from './replace-text.ts'
import type { RowMap } from './row-parts.ts'
import {
  type CellValue,
  type ColumnShape,
  type ConflictRule,
  isRegister,
  type TableShape,
} from './schema/index.ts'
import { sharedText } from './shared-text.ts'

/** A row to be written to, and what has to be kept in mind meanwhile. */
export interface WrittenRow extends ContestedRow {
  /** With the defaults that they have in this row. */
  readonly columns: readonly ColumnShape[]
  readonly conflicts: Conflicts
}

/** A new row's map with its first cells. It has to be put into the document afterwards: see {@link fillRow}. */
export function newRowMap(shape: TableShape, cells: ReadonlyMap<ColumnShape, CellValue>): Y.Map<unknown> {
  const row = new Y.Map<unknown>()
  for (const column of shape.columns) {
    const value = cells.get(column)
    // A shared text exists from the start, so that two people's first words merge.
    if (column.kind === 'richText') {
      row.set(column.storedAs, new Y.Text(typeof value === 'string' ? value.toWellFormed() : ''))
    } else if (isAdditive(column) || value === undefined || value === column.defaultValue) continue
    else row.set(column.storedAs, owned(value))
  }
  return row
}

/** Writes the first cells that need a document to be written to: shares of sums, elements of sets. */
export function fillRow(row: RowMap, cells: ReadonlyMap<ColumnShape, CellValue>): void {
  for (const [column, value] of cells) {
    if (column.kind === 'counter') addToCounter([row], column.storedAs, Number(value))
    if (column.kind === 'stringSet') changeSet([row], column.storedAs, { add: value as string[] })
  }
}

/** Writes a cell, unless it has the value already. Returns what it was before, `undefined` when nothing changed. */
export function writeCell(
  row: WrittenRow,
  declared: ColumnShape,
  value: CellValue,
): { before: CellValue } | undefined {
  const { parts, stamps } = row
  const { columns } = row.shape
  const column = row.columns === columns ? declared : (row.columns[columns.indexOf(declared)] ?? declared)
  if (isRegister(column)) {
    const entries = entriesOf(parts, column.storedAs)
    const before = entries.length < 2 ? fitted(column, entries[0]?.value) : projectCell(column, parts, stamps)
    if (isSameValue(before, value)) return undefined
    if (entries.length > 1) row.conflicts.settle(row, column, column.conflicts)
    writeRegister(parts, column.storedAs, owned(value), { entries })
    return { before }
  }
  const before = projectCell(column, parts, stamps)
  if (isSameValue(before, value)) return undefined
  if (column.kind === 'richText') writeText(parts, column.storedAs, typeof value === 'string' ? value : '')
  else if (column.kind === 'counter') addToCounter(parts, column.storedAs, Number(value) - Number(before))
  else {
    const wanted = new Set(value as string[])
    const remove = readSet(parts, column.storedAs).filter((element) => !wanted.has(element))
    changeSet(parts, column.storedAs, { add: wanted, remove })
  }
  return { before }
}

/** Writes a register whatever it holds, and writes down what it replaces of concurrent values. */
export function overwrite(
  row: WrittenRow,
  column: ColumnShape,
  value: CellValue,
  { isResolution = false, rule = column.conflicts }: { isResolution?: boolean; rule?: ConflictRule } = {},
): void {
  row.conflicts.settle(row, column, rule)
  writeRegister(row.parts, column.storedAs, owned(value), { isResolution })
}

function writeText(parts: readonly RowMap[], column: string, next: string): void {
  replaceText(sharedText(parts, column), next)
}

const isAdditive = ({ kind }: ColumnShape) => kind === 'counter' || kind === 'stringSet'

/** What is in a document may not change under it. */
const owned = (value: CellValue): CellValue =>
  typeof value === 'object' && value !== null ? structuredClone(value) : value
