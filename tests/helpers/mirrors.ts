import { type FileParts, Mirror } from 'segue/bridge'
import type { Schema } from 'segue/crdt'
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js'
import { sampleSchema } from './sample-schema.ts'

export const sql: SqlJsStatic = await initSqlJs()

export const openMirror = (schema: Schema = sampleSchema): Mirror => new Mirror(sql, schema)

/** SQLite that remembers the connections that are opened through it, for a test that has to get behind a guard. */
export function recordingSql(): { sql: SqlJsStatic; connections: Database[] } {
  const connections: Database[] = []
  class Recorded extends sql.Database {
    constructor(...args: ConstructorParameters<SqlJsStatic['Database']>) {
      super(...args)
      connections.push(this)
    }
  }
  return { sql: { ...sql, Database: Recorded }, connections }
}

/** A mirror together with its connection. */
export function openMirrorWithConnection(schema: Schema = sampleSchema): {
  mirror: Mirror
  connection: Database
} {
  const { sql, connections } = recordingSql()
  const mirror = new Mirror(sql, schema)
  const connection = connections.at(-1)
  if (!connection) throw new Error('The mirror opened no database.')
  return { mirror, connection }
}

/** The bytes of a database in which the first page of a table says nothing any more. */
export function withDamage(parts: FileParts, table: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(Buffer.concat(parts))
  const database = new sql.Database(bytes)
  const [found] = database.exec(
    'SELECT (rootpage - 1) * page_size, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?',
    [table],
  )
  database.close()
  const [at, size] = found?.values[0] ?? []
  if (typeof at !== 'number' || typeof size !== 'number') throw new Error(`There is no table ${table}.`)
  return bytes.fill(0xff, at, at + size)
}
