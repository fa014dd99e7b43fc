import type { RowId, Schema, Space, TableShape } from 'segue/crdt'
import type { BindParams, Database, SqlJsStatic } from 'sql.js'
import { ddl } from './ddl.ts'
import { PRAGMAS, type SqlRow } from './mirror.ts'
import { TableProjector } from './projector.ts'

/** Runs a query and returns its rows by column name. */
export type RowQuery = (sql: string, params?: BindParams) => SqlRow[]

/** A database as a mirror has it, in which a few rows at a time are projected, read and forgotten. */
export class FreshRows {
  readonly #database: Database
  readonly #projectors: ReadonlyMap<TableShape, TableProjector>

  constructor(sql: SqlJsStatic, schema: Schema) {
    this.#database = new sql.Database()
    for (const pragma of PRAGMAS) this.#database.run(`PRAGMA ${pragma}`)
    for (const statement of ddl(schema)) this.#database.run(statement)
    this.#projectors = new Map(
      schema.shapes.map((shape) => [shape, new TableProjector(this.#database, shape)]),
    )
  }

  readonly query: RowQuery = (sql, params = []) => {
    const statement = this.#database.prepare(sql, params)
    try {
      const rows: SqlRow[] = []
      while (statement.step()) rows.push(statement.getAsObject())
      return rows
    } finally {
      statement.free()
    }
  }

  /** Lets somebody read while these rows are here, and no others. */
  holding<R>(space: Space, shape: TableShape, rowIds: ReadonlySet<RowId>, read: () => R): R {
    const projector = this.#projectors.get(shape)
    this.#database.run('BEGIN')
    try {
      projector?.write(space, rowIds, new Set())
      return read()
    } finally {
      this.#database.run('ROLLBACK')
      projector?.forget()
    }
  }

  close(): void {
    for (const projector of this.#projectors.values()) projector.free()
    this.#database.close()
  }
}
