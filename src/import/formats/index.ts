/**
 * File formats: bytes of SQLite, JSON, CSV and ABC files flow in, raw tables flow out.
 * What the bytes are is told by their content; a name's ending is nobody's promise.
 * Nothing is checked or typed here: that is the plan's part.
 */
import { decodeText } from '../decode.ts'
import { ImportError } from '../errors.ts'
import type { RawGroup, RawTable } from '../raw.ts'
import { type ImportFile, MAX_FILE_BYTES } from '../types.ts'
import { isAbc, readAbc } from './abc.ts'
import { csvTable, readCsv } from './csv.ts'
import { readJson } from './json.ts'
import { isSqlite, readSqlite, type SqlReader } from './sqlite.ts'

export { ABC_SOURCE } from './abc.ts'
export type { SqlReader } from './sqlite.ts'

/**
 * Reads files into groups of tables. Files of one table each (CSV, a JSON array) are read together as one group.
 *
 * @throws {ImportError} a file is empty, too large, damaged, or nothing that is known
 */
export function readFiles(files: readonly ImportFile[], sql: SqlReader): RawGroup[] {
  if (files.length === 0) {
    throw new ImportError('empty', 'There is no file to import.', 'Choose at least one file.')
  }
  const groups: RawGroup[] = []
  const loose: RawTable[] = []
  for (const file of files) {
    checkSize(file.name, file.bytes.byteLength)
    if (isSqlite(file.bytes)) groups.push(readSqlite(file, sql))
    else readText(file, groups, loose)
  }
  if (loose.length > 0) groups.unshift({ tables: loose })
  return groups
}

/**
 * Refuses a file by its size alone, before it is read.
 *
 * @throws {ImportError} `empty` or `too_large`
 */
export function checkSize(name: string, size: number): void {
  if (size === 0) {
    throw new ImportError('empty', `${name} is empty.`, 'Export it again and look at its size.')
  }
  if (size <= MAX_FILE_BYTES) return
  const [megabytes, most] = [size, MAX_FILE_BYTES].map((count) => Math.ceil(count / 1024 / 1024))
  throw new ImportError(
    'too_large',
    `${name} has ${megabytes} MB; at most ${most} MB can be imported.`,
    'Export it in parts, or leave recordings and pictures out.',
  )
}

function readText(file: ImportFile, groups: RawGroup[], loose: RawTable[]): void {
  const text = decodeText(file.bytes)
  if (text.includes('\u0000')) throw unknownFormat(file)
  if (/^\s*[[{]/.test(text)) {
    const { kind, group } = readJson(file.name, text)
    if (kind === 'tables') groups.push(group)
    else loose.push(...group.tables)
    return
  }
  if (isAbc(text)) {
    groups.push(readAbc(file.name, text))
    return
  }
  const table = csvTable(file.name, text)
  if (table === undefined) throw unknownFormat(file)
  loose.push(readCsv(file.name, table, text))
}

const unknownFormat = ({ name }: ImportFile) =>
  new ImportError(
    'unknown_format',
    `${name} is nothing that can be imported.`,
    'Choose a SQLite database, a JSON export, an ABC file, or a CSV whose first line names the columns, like “id,title,type,mode”.',
  )
