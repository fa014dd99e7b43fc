import Papa from 'papaparse'
import { ImportError } from '../errors.ts'
import { columnName, knownTable, type RawTable, recognisedTable } from '../raw.ts'
import type { ImportProblem } from '../types.ts'

/**
 * The table of a CSV file, as its name or its first line says, or `undefined` when it is no CSV of ours.
 *
 * A name alone proves nothing: the first line has to name columns.
 */
export function csvTable(file: string, text: string): string | undefined {
  const recognised = recognisedTable(headersOf(text))
  const stem = file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '')
  return recognised && (knownTable(stem) ?? recognised)
}

function headersOf(text: string): string[] {
  const [first = []] = Papa.parse<string[]>(text, { preview: 1, skipEmptyLines: 'greedy' }).data
  return first.map(columnName)
}

/**
 * Reads a CSV file (comma, semicolon or tab) whose first line names the columns. One file is one table.
 *
 * @throws {ImportError} `malformed` when a quote is never closed
 */
export function readCsv(file: string, name: string, text: string): RawTable {
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy' })
  const unclosed = errors.find(({ code }) => code === 'MissingQuotes')
  if (unclosed) {
    throw new ImportError(
      'malformed',
      `${file} has a quote that is never closed, in or after line ${(unclosed.row ?? 0) + 1}.`,
      'Save it again as CSV from the spreadsheet, or close the quote in a text editor.',
    )
  }
  const [first = [], ...records] = data
  const headers = first.map(columnName)
  const problems: ImportProblem[] = []
  const rows = records.map((record, index) => {
    if (record.length > headers.length && record.slice(headers.length).some((value) => value.trim() !== '')) {
      problems.push({
        file,
        table: name,
        row: index + 1,
        severity: 'warning',
        message: `has ${record.length} values for ${headers.length} columns; the last ones are left out`,
      })
    }
    return new Map(headers.map((header, column): [string, unknown] => [header, record[column]]))
  })
  return { file, name, rows, problems }
}
