import { generateKeyBetween } from 'fractional-indexing'
import { type CellProblem, InvalidRowError } from '../errors.ts'
import type { CellValue } from './cell-value.ts'
import type { ColumnShape, TableShape } from './shapes.ts'

/** Longest text of a register, in UTF-16 code units; longer prose belongs in a `richText` column. */
export const MAX_TEXT_LENGTH = 20_000

/** Years 1 to 9999: before them Postgres counts otherwise. */
const INSTANT = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const LOCAL_DATE = /^(?!0000)\d{4}-\d\d-\d\d$/
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
    case 'counter':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'bigWhole':
      return isBigWhole(value) ? undefined : 'must be a whole number of 64 bits (a bigint)'
    case 'stringSet':
      return setProblem(value)
    case 'json':
      return jsonProblem(value)
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
      return characterProblem(value)
  }
}

/** Says why a database could not keep the characters of a text, or nothing when each can. */
function characterProblem(text: string): string | undefined {
  if (text.includes('\u0000')) return 'holds the character U+0000, which Postgres cannot store'
  return text.isWellFormed() ? undefined : 'holds half a character (an unpaired surrogate)'
}

/** Most elements of a set, and the longest one in UTF-16 code units. */
const MAX_ELEMENTS = 1_000
const MAX_ELEMENT_LENGTH = 200
/** Largest JSON of a cell, in UTF-16 code units, and its deepest nesting. */
const MAX_JSON_LENGTH = 100_000
const MAX_JSON_DEPTH = 32

const isBigWhole = (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value

/** Says why something cannot be in a set, or nothing when it can. */
export function elementProblem(element: unknown): string | undefined {
  if (typeof element !== 'string' || element === '') return 'must hold texts that are not empty'
  if (element.length > MAX_ELEMENT_LENGTH) return `holds a text of more than ${MAX_ELEMENT_LENGTH} characters`
  return characterProblem(element)
}

function setProblem(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be a list of texts'
  if (value.length > MAX_ELEMENTS) return `holds more than ${MAX_ELEMENTS} elements`
  return value.map(elementProblem).find((problem) => problem !== undefined)
}

function jsonProblem(value: unknown): string | undefined {
  if (!isJson(value, MAX_JSON_DEPTH)) return `must be JSON, nested at most ${MAX_JSON_DEPTH} deep`
  return JSON.stringify(value).length > MAX_JSON_LENGTH
    ? `is longer than ${MAX_JSON_LENGTH} characters`
    : undefined
}

function isJson(value: unknown, depth: number): boolean {
  if (depth === 0) return false
  switch (typeof value) {
    case 'string':
      return characterProblem(value) === undefined
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
      return true
    case 'object':
      if (value === null) return true
      if (Array.isArray(value)) return value.every((each) => isJson(each, depth - 1))
      if (Object.getPrototypeOf(value) !== Object.prototype) return false
      return Object.entries(value).every(
        ([key, each]) => characterProblem(key) === undefined && isJson(each, depth - 1),
      )
    default:
      return false
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

/** Properties that every row has when it is read; given back, they are left alone. */
const KEPT_PROPERTIES: ReadonlySet<string> = new Set(['id', 'spaceId', 'lastModifiedAt', 'lastModifiedBy'])

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
    const column = shape.byProperty.get(property)
    const problem = column
      ? mode === 'update' && values[property] !== undefined && take(cells, column, values[property])
      : !KEPT_PROPERTIES.has(property) && 'is not a column of this table'
    if (problem) problems.push({ column: column?.name ?? property, message: problem })
  }
  if (mode === 'insert') {
    for (const column of shape.columns) {
      const given: unknown = Object.hasOwn(values, column.property) ? values[column.property] : undefined
      // A default is not stored: the projection supplies it, and a concurrent value for the cell is not overruled.
      const isStored = given !== undefined || column.defaultValue === null
      const problem = isStored && take(cells, column, given ?? null)
      if (problem) problems.push({ column: column.name, message: problem })
    }
  }
  if (problems.length > 0) throw new InvalidRowError(shape.name, problems)
  return cells
}

/** Puts a value among the cells. @returns why it does not fit */
function take(cells: Map<ColumnShape, CellValue>, column: ColumnShape, value: unknown): string | undefined {
  const problem = cellProblem(column, value)
  // Databases know one zero.
  if (!problem) cells.set(column, value === 0 ? 0 : (value as CellValue))
  return problem
}
