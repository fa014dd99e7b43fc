import { ImportError } from '../errors.ts'
import { columnName, knownTable, type RawGroup, type RawRow, type RawTable, recognisedTable } from '../raw.ts'
import type { ImportProblem } from '../types.ts'
import { unknownTable } from './unknown-table.ts'

/** Names under which exports wrap their tables. */
const WRAPPERS = ['tables', 'data']

/** An array alone belongs together with other files of one table; an object of tables stands alone. */
export interface JsonContent {
  readonly kind: 'one table' | 'tables'
  readonly group: RawGroup
}

/**
 * Reads JSON: an object of arrays by table name, or one array of rows.
 *
 * @throws {ImportError} `malformed` when it is not JSON, `no_known_table` when it is something else
 */
export function readJson(file: string, text: string): JsonContent {
  const parsed = parse(file, text)
  if (Array.isArray(parsed)) {
    const rows = rowsOf(parsed)
    const name = recognisedTable(new Set(rows.flatMap((row) => [...row.keys()])))
    if (name === undefined) throw unknownContent(file)
    return { kind: 'one table', group: { tables: [{ file, name, rows }] } }
  }
  const arrays = arraysOf(parsed)
  if (arrays.length === 0) throw unknownContent(file)
  const tables: RawTable[] = []
  const problems: ImportProblem[] = []
  for (const [name, rows] of arrays) {
    const known = knownTable(name)
    if (known) tables.push({ file, name: known, rows: rowsOf(rows) })
    else if (rows.length > 0) problems.push(unknownTable(file, name))
  }
  if (tables.length === 0) throw unknownContent(file)
  return { kind: 'tables', group: { tables, problems } }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ImportError(
      'malformed',
      `${file} is not valid JSON.`,
      `It may have been cut off on its way: export it again. (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    )
  }
}

function arraysOf(value: unknown): [name: string, rows: readonly unknown[]][] {
  if (typeof value !== 'object' || value === null) return []
  const entries: [string, unknown][] = Object.entries(value)
  const arrays = entries.flatMap(([name, rows]): [string, readonly unknown[]][] =>
    Array.isArray(rows) ? [[name, rows]] : [],
  )
  if (arrays.length > 0) return arrays
  const wrapped = entries.find(([name]) => WRAPPERS.includes(name))
  return wrapped ? arraysOf(wrapped[1]) : []
}

/** Rows that are no objects stay in the count, empty, so that the numbers in messages hold. */
const rowsOf = (rows: readonly unknown[]): RawRow[] =>
  rows.map((row) =>
    typeof row === 'object' && row !== null && !Array.isArray(row)
      ? new Map(Object.entries(row).map(([name, value]): [string, unknown] => [columnName(name), value]))
      : new Map(),
  )

const unknownContent = (file: string) =>
  new ImportError(
    'no_known_table',
    `${file} is JSON, but holds no tunes, playlists or notes.`,
    'Expected is { "tune": […], "playlist": […] } or an array of tunes with a "title" each.',
  )
