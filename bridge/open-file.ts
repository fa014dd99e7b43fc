import type { Database, SqlJsStatic } from 'sql.js'

/** What sql.js asks of the array in which it keeps a file. */
export interface FileContents {
  /** Bytes for which there is room: to keep more, sql.js copies them into a larger array of its own. */
  readonly length: number
  /** The bytes where they are, or a copy of them. */
  subarray(from: number, to: number): Uint8Array
  set(bytes: Uint8Array, at: number): void
}

/** A database, and whether its file is kept where it was to be. Otherwise sql.js has a copy: as good, and slower. */
export interface OpenedFile {
  readonly database: Database
  readonly isKept: boolean
}

/**
 * Opens the database whose file has these bytes and is kept from then on in `contents`, which begin with the same.
 *
 * sql.js keeps a file in what it gets by slicing the array that it is given. So one that slices into something else is not
 * copied: for large databases that is most of what it takes to open them.
 */
export function openFile(sql: SqlJsStatic, bytes: Uint8Array, contents: FileContents): OpenedFile {
  let isKept = false
  const given = bytes.subarray()
  const slice = (start = 0, end = given.length) => {
    isKept = start === 0 && end === given.length
    return isKept ? contents : bytes.slice(start, end)
  }
  Object.defineProperty(given, 'slice', { value: slice })
  return { database: new sql.Database(given), isKept }
}

const emptyFiles = new WeakMap<SqlJsStatic, Uint8Array>()

/** The bytes of a database of one page, with nothing in it: for no bytes sql.js would make an array of its own. */
export function emptyFile(sql: SqlJsStatic): Uint8Array {
  const known = emptyFiles.get(sql)
  if (known) return known
  const database = new sql.Database()
  try {
    database.run('PRAGMA user_version = 0')
    const bytes = database.export()
    emptyFiles.set(sql, bytes)
    return bytes
  } finally {
    database.close()
  }
}
