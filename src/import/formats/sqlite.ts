import { decodeText } from '../decode.ts'
import { ImportError } from '../errors.ts'
import { columnName, knownTable, type RawGroup, type RawRow, type RawTable } from '../raw.ts'
import type { ImportFile, ImportProblem } from '../types.ts'
import { unknownTable } from './unknown-table.ts'

/** What this room needs of sql.js; `SqlJsStatic` fits. */
export interface SqlReader {
  readonly Database: new (bytes: Uint8Array) => SqlDatabase
}

interface SqlDatabase {
  exec(sql: string): { columns: string[]; values: unknown[][] }[]
  close(): void
}

/** Virtual tables need modules that are not here; what SQLite keeps for itself is nobody's data. */
const TABLE_NAMES = `
  SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'
  ORDER BY name`

const MAGIC = 'SQLite format 3\u0000'
/** Bytes of the header that say how the file is written and read: 1 with a rollback journal, 2 with a WAL. */
const WRITE_VERSION = 18
const READ_VERSION = 19

export const isSqlite = (bytes: Uint8Array): boolean =>
  bytes.length >= MAGIC.length && [...MAGIC].every((char, index) => bytes[index] === char.charCodeAt(0))

/**
 * Reads the tables of a SQLite file that are known here.
 *
 * @throws {ImportError} `malformed` when the file is cut off or damaged
 */
export function readSqlite(file: ImportFile, sql: SqlReader): RawGroup {
  let database: SqlDatabase | undefined
  try {
    database = new sql.Database(withoutWal(file.bytes))
    const decode = decoderOf(database)
    const tables: RawTable[] = []
    const problems: ImportProblem[] = []
    for (const name of column(database, TABLE_NAMES)) {
      const known = knownTable(name)
      if (known) tables.push({ file: file.name, name: known, rows: readTable(database, name, decode) })
      else problems.push(unknownTable(file.name, name))
    }
    if (tables.length === 0) throw noKnownTable(file.name)
    return { tables, problems }
  } catch (error) {
    if (error instanceof ImportError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ImportError(
      'malformed',
      `${file.name} is a SQLite database that cannot be read: ${reason}.`,
      'Make a fresh copy while the program that wrote it is closed, and import that.',
      { cause: error },
    )
  } finally {
    database?.close()
  }
}

/** A database in memory cannot have a WAL beside it; what was not checkpointed is not in this file either way. */
function withoutWal(bytes: Uint8Array): Uint8Array {
  if (bytes[WRITE_VERSION] !== 2 && bytes[READ_VERSION] !== 2) return bytes
  const copy = bytes.slice()
  copy[WRITE_VERSION] = 1
  copy[READ_VERSION] = 1
  return copy
}

/** Text is fetched as bytes: SQLite never checks it, and old programs stored Windows-1252 as if it were UTF-8. */
function readTable(database: SqlDatabase, name: string, decode: (bytes: Uint8Array) => string): RawRow[] {
  const headers = column(database, `SELECT name FROM pragma_table_info(${literal(name)}) ORDER BY cid`)
  const cells = headers.map(
    (header) =>
      `CASE typeof(${quoted(header)}) WHEN 'text' THEN CAST(${quoted(header)} AS BLOB) ELSE ${quoted(header)} END`,
  )
  const [result] = database.exec(`SELECT ${cells.join(', ')} FROM ${quoted(name)}`)
  const keys = headers.map(columnName)
  return (result?.values ?? []).map(
    (values) =>
      new Map(
        keys.map((key, index): [string, unknown] => {
          const value = values[index]
          return [key, value instanceof Uint8Array ? decode(value) : value]
        }),
      ),
  )
}

function decoderOf(database: SqlDatabase): (bytes: Uint8Array) => string {
  const [encoding = 'UTF-8'] = column(database, 'PRAGMA encoding')
  if (encoding === 'UTF-8') return decodeText
  const decoder = new TextDecoder(encoding.toLowerCase())
  return (bytes) => decoder.decode(bytes)
}

const noKnownTable = (file: string) =>
  new ImportError(
    'no_known_table',
    `${file} is a SQLite database, but holds no tunes, playlists or notes.`,
    'Expected are tables named tune, playlist, playlist_tune, note, reference, tag or practice_record.',
  )

const column = (database: SqlDatabase, query: string): string[] =>
  (database.exec(query)[0]?.values ?? []).map(([value]) => String(value))

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
