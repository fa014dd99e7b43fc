import { Mirror } from 'segue/bridge'
import type { Schema } from 'segue/crdt'
import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js'
import { sampleSchema } from './sample-schema.ts'

export const sql: SqlJsStatic = await initSqlJs()

export const openMirror = (schema: Schema = sampleSchema): Mirror => new Mirror(sql, schema)

/** A mirror together with its connection, for a test that has to get behind the guard. */
export function openMirrorWithConnection(schema: Schema = sampleSchema): {
  mirror: Mirror
  connection: Database
} {
  const connections: Database[] = []
  class Recorded extends sql.Database {
    constructor() {
      super()
      connections.push(this)
    }
  }
  const mirror = new Mirror({ ...sql, Database: Recorded }, schema)
  const connection = connections[0]
  if (!connection) throw new Error('The mirror opened no database.')
  return { mirror, connection }
}
