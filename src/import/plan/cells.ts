import { type CellValue, type ColumnShape, cellProblem, MAX_TEXT_LENGTH } from 'segue/crdt'
import { type DateOrder, toImportedInstant } from '../dates.ts'
import { cleanText } from '../decode.ts'

/** Longest note: an edit has to fit into one message to the server. */
const MAX_NOTE_LENGTH = 100_000

/** A cell as it will be written, with what had to be changed or given up. */
interface ReadCell {
  readonly value?: CellValue
  readonly problem?: string
}

const TRUE = new Set(['1', 'true', 't', 'yes', 'y'])
const FALSE = new Set(['0', 'false', 'f', 'no', 'n'])

/** Text that stands for no value in exports of databases. */
const isNothing = (raw: unknown): boolean =>
  raw === null || raw === undefined || (typeof raw === 'string' && /^(\s*|NULL|\\N)$/.test(raw))

/** Reads a value of a file as a value of a column. Nothing there gives nothing back. */
export function readCell(column: ColumnShape, raw: unknown, order: DateOrder): ReadCell {
  if (isNothing(raw)) return {}
  const read = readAs(column, raw, order)
  if (read.value === undefined || read.value === null || read.value === '') return read
  const problem = cellProblem(column, read.value)
  return problem === undefined ? read : { problem: `${problem}, not “${shown(raw)}”` }
}

function readAs(column: ColumnShape, raw: unknown, order: DateOrder): ReadCell {
  switch (column.kind) {
    case 'integer':
    case 'real':
      return readNumber(raw)
    case 'boolean':
      return readFlag(raw)
    case 'instant':
    case 'localDate': {
      const instant =
        typeof raw === 'string' || typeof raw === 'number' ? toImportedInstant(raw, order) : undefined
      if (instant === undefined) return { problem: `must be a date or a time, not “${shown(raw)}”` }
      return { value: column.kind === 'instant' ? instant : instant.slice(0, 10) }
    }
    case 'enum':
      return readChoice(column, raw)
    case 'richText':
      return readText(raw, MAX_NOTE_LENGTH)
    default:
      return readText(raw, MAX_TEXT_LENGTH)
  }
}

function readText(raw: unknown, most: number): ReadCell {
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
    return { problem: 'must be text' }
  }
  const text = cleanText(String(raw))
  if (text === '') return {}
  if (text.length <= most) return { value: text }
  return {
    value: text.slice(0, most).toWellFormed(),
    problem: `is longer than ${most.toLocaleString('en')} characters; the rest is left out`,
  }
}

function readNumber(raw: unknown): ReadCell {
  if (typeof raw === 'number') return { value: raw }
  const text = typeof raw === 'string' ? raw.trim() : ''
  // “2,5” is how half of Europe writes it; “1,000” could be either and is neither.
  const plain = /^-?\d+,\d{1,2}$/.test(text) ? text.replace(',', '.') : text
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)
    ? { value: Number(plain) }
    : { problem: `must be a number, not “${shown(raw)}”` }
}

function readFlag(raw: unknown): ReadCell {
  if (typeof raw === 'boolean') return { value: raw }
  const word = String(raw).trim().toLowerCase().replace(/\.0+$/, '')
  if (TRUE.has(word)) return { value: true }
  return FALSE.has(word) ? { value: false } : { problem: `must be true or false, not “${shown(raw)}”` }
}

function readChoice(column: ColumnShape, raw: unknown): ReadCell {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[\s_-]+/g, '')
  const meant = column.enumValues.find((word) => plain(word) === plain(String(raw)))
  return { value: meant ?? cleanText(String(raw)) }
}

/** Whether a flag of a file is set, in any of its spellings. */
export const isSet = (raw: unknown): boolean => !isNothing(raw) && readFlag(raw).value !== false

const SHOWN = 40
const shown = (raw: unknown): string => {
  const text = typeof raw === 'object' ? (JSON.stringify(raw) ?? '') : cleanText(String(raw))
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
