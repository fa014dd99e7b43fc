import { generateKeyBetween } from 'fractional-indexing'
import { type CellProblem, InvalidRowError } from '../errors.ts'
import type { CellValue, ColumnShape, TableShape } from './table.ts'

/** Longest text of a register, in UTF-16 code units; longer prose belongs in a `richText` column. */
export const MAX_TEXT_LENGTH = 20_000

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const LOCAL_DATE = /^\d{4}-\d\d-\d\d$/
/** Longest order key: room for thousands of insertions into one and the same gap. */
const MAX_ORDER_KEY_LENGTH = 1_000

/** A moment in the one form that is stored: ISO 8601, UTC, milliseconds. */
export const toInstant = (date: Date): string => date.toISOString()

/**
 * Says why a value does not fit a column, or nothing when it does.
 *
 * `richText` cells are checked as the text they hold. `null` is judged by `notNull` alone.
 */
export function cellProblem(column: ColumnShape, value: unknown): string | undefined {
  if (value === null || value === undefined) return column.notNull ? 'is required' : undefined
  switch (column.kind) {
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number'
    case 'real':
      return Number.isFinite(value) ? undefined : 'must be a number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
  }
  if (typeof value !== 'string') return 'must be text'
  switch (column.kind) {
    case 'richText':
      return undefined
    case 'enum':
      return column.enumValues.includes(value) ? undefined : `must be one of ${column.enumValues.join(', ')}`
    case 'orderKey':
      return isOrderKey(value) ? undefined : 'must be an order key'
    case 'instant':
      return isInstant(value) ? undefined : 'must be a time like 2026-05-01T18:30:00.000Z'
    case 'localDate':
      return isLocalDate(value) ? undefined : 'must be a date like 2026-05-01'
    case 'text':
      if (value.length > MAX_TEXT_LENGTH) return `is longer than ${MAX_TEXT_LENGTH} characters`
      return value.isWellFormed() ? undefined : 'holds half a character (an unpaired surrogate)'
  }
}

const isInstant = (text: string) => INSTANT.test(text) && isExactly(text)

const isLocalDate = (text: string) => LOCAL_DATE.test(text) && isExactly(`${text}T00:00:00.000Z`)

/** Browsers disagree whether 30 February is no date or 2 March; here it is no date. */
function isExactly(instant: string): boolean {
  const date = new Date(instant)
  return !Number.isNaN(date.getTime()) && date.toISOString() === instant
}

/** A key that no other can be made before or after would block its list for everybody. */
function isOrderKey(text: string): boolean {
  if (text.length > MAX_ORDER_KEY_LENGTH || !/^[0-9A-Za-z]+$/.test(text)) return false
  try {
    generateKeyBetween(null, generateKeyBetween(null, text))
    return true
  } catch {
    return false
  }
}

/**
 * Checks values for a new row, or a patch of one, and returns them by SQL column name.
 *
 * `undefined` means "not given": a default applies on insert, nothing changes on update.
 *
 * @throws {InvalidRowError} naming every column that does not fit; unknown properties count as such
 */
export function checkedCells(
  shape: TableShape,
  values: Readonly<Record<string, unknown>>,
  mode: 'insert' | 'update',
): Map<ColumnShape, CellValue> {
  const cells = new Map<ColumnShape, CellValue>()
  const problems: CellProblem[] = []
  for (const property of Object.keys(values)) {
    if (property === 'id' || property === 'spaceId') continue
    if (!shape.byProperty.has(property))
      problems.push({ column: property, message: 'is not a column of this table' })
  }
  for (const column of shape.columns) {
    const given = Object.hasOwn(values, column.property) ? values[column.property] : undefined
    // A default is not stored: the projection supplies it, and a concurrent value for the cell is not overruled.
    if (given === undefined && (mode === 'update' || column.defaultValue !== null)) continue
    const value = given ?? null
    const problem = cellProblem(column, value)
    if (problem) problems.push({ column: column.name, message: problem })
    else cells.set(column, value as CellValue)
  }
  if (problems.length > 0) throw new InvalidRowError(shape.name, problems)
  return cells
}
