import type { Database, SqlJsStatic } from 'sql.js'
import { FileInPieces, type FileParts } from './file-in-pieces.ts'

/** A database, and the file that it is in. */
export interface OpenedFile {
  readonly database: Database
  /** None where sql.js has made one of its own: as good, and slower. */
  readonly file: FileInPieces | undefined
}

/**
 * Opens the database in a file of these bytes, which are given away; without any, one with nothing in it.
 *
 * sql.js keeps a file in what it gets by slicing the array that it is given. So one that slices into pieces is not copied:
 * for large databases that is most of what it takes to open them, and to fill them.
 */
export function openFile(sql: SqlJsStatic, parts: FileParts = [emptyFile(sql)]): OpenedFile {
  const file = new FileInPieces(parts)
  let isKept = false
  const slice = (start: number, end: number) => {
    isKept = start === 0 && end === file.size
    return isKept ? file : file.subarray(start, end).slice()
  }
  const given = Object.defineProperties(new Uint8Array(), {
    length: { value: file.size },
    slice: { value: slice },
  })
  const database = new sql.Database(given)
  if (isKept) return { database, file }
  database.close()
  return { database: new sql.Database(file.subarray(0, file.size)), file: undefined }
}

const emptyFiles = new WeakMap<SqlJsStatic, Uint8Array<ArrayBuffer>>()

/** The bytes of a database of one page, with nothing in it: for no bytes sql.js would make an array of its own. */
function emptyFile(sql: SqlJsStatic): Uint8Array<ArrayBuffer> {
  const known = emptyFiles.get(sql)
  if (known) return known
  const database = new sql.Database()
  try {
    database.run('PRAGMA user_version = 0')
    const bytes = new Uint8Array(database.export())
    emptyFiles.set(sql, bytes)
    return bytes
  } finally {
    database.close()
  }
}
