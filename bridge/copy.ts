import type { Database, SqlJsStatic } from 'sql.js'

/**
 * A database as the bytes of its file.
 *
 * Its own `export` closes it and frees the statements of whoever uses it. So SQLite writes a copy (VACUUM INTO) into
 * the still empty file of a second database, and that one is exported.
 *
 * @see https://www.sqlite.org/lang_vacuum.html#vacuuminto
 */
export function copyOf(sql: SqlJsStatic, database: Database): Uint8Array {
  const copy = new sql.Database()
  try {
    const file: unknown = Reflect.get(copy, 'filename')
    if (typeof file !== 'string') throw new TypeError('This version of sql.js does not name its files.')
    database.run('VACUUM INTO ?', [file])
    return copy.export()
  } finally {
    copy.close()
  }
}
