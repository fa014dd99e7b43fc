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

/** Writes the first cells of a new row. Most defaults are left to the projection. */
export function fillRow(
  row: Y.Map<unknown>,
  { columns }: TableShape,
  cells: ReadonlyMap<ColumnShape, CellValue>,
): void {
  for (const column of columns) {
    const { kind, storedAs } = column
    const value = cells.get(column)
    // A shared text exists from the start, so that two people's first words merge.
    if (kind === 'richText')
      row.set(storedAs, new Y.Text(typeof value === 'string' ? value.toWellFormed() : ''))
    else if (value === undefined || value === column.defaultValue) continue
    else if (kind === 'counter') addToCounter([row], storedAs, Number(value))
    else if (kind === 'stringSet') changeSet([row], storedAs, { add: value as string[] })
    else row.set(storedAs, owned(value))
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

/** What is in a document may not change under it. */
const owned = (value: CellValue): CellValue =>
  typeof value === 'object' && value !== null ? structuredClone(value) : value
