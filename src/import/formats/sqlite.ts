import { decodeText } from '../decode.ts'
import { ImportError } from '../errors.ts'
import { columnName, type RawGroup, type RawRow } from '../raw.ts'
import type { ImportFile } from '../types.ts'

/** What this room needs of sql.js; `SqlJsStatic` fits. */
export interface SqlReader {
  readonly Database: new (bytes: Uint8Array) => SqlDatabase
}

interface SqlDatabase {
  exec(sql: string): { columns: string[]; values: unknown[][] }[]
  close(): void
}

const MAGIC = 'SQLite format 3\u0000'
/** Bytes of the header that say how the file is written and read: 1 with a rollback journal, 2 with a WAL. */
const WRITE_VERSION = 18
const READ_VERSION = 19

export const isSqlite = (bytes: Uint8Array): boolean =>
  bytes.length >= MAGIC.length && [...MAGIC].every((char, index) => bytes[index] === char.charCodeAt(0))

/**
 * Reads all tables of a SQLite file.
 *
 * @throws {ImportError} `malformed` when the file is cut off or damaged
 */
export function readSqlite(file: ImportFile, sql: SqlReader): RawGroup {
  let database: SqlDatabase | undefined
  try {
    database = new sql.Database(withoutWal(file.bytes))
    const decode = decoderOf(database)
    const names = column(database, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    const tables: RawGroup['tables'][number][] = []
    for (const name of names) {
      if (name.startsWith('sqlite_')) continue
      tables.push({ file: file.name, name: columnName(name), rows: readTable(database, name, decode) })
    }
    return { tables }
  } catch (error) {
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

const column = (database: SqlDatabase, query: string): string[] =>
  (database.exec(query)[0]?.values ?? []).map(([value]) => String(value))

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
