import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError, UnknownTableError } from '../errors.ts'
import { shapeOf, type TableShape } from './table.ts'

/** The tables of an application, declared once; see {@link defineSchema}. */
export interface Schema<Tables extends Record<string, SQLiteTable> = Record<string, SQLiteTable>> {
  readonly tables: Tables
  readonly shapes: readonly TableShape[]
  /** @throws {UnknownTableError} the table is not in this schema */
  shape(table: SQLiteTable): TableShape
  shapeNamed(name: string): TableShape | undefined
}

/**
 * Collects tables into the schema that a space and its mirror are opened with.
 *
 * @throws {InvalidSchemaError} two tables share a name, or a column cannot be merged
 */
export function defineSchema<Tables extends Record<string, SQLiteTable>>(tables: Tables): Schema<Tables> {
  const byTable = new Map<SQLiteTable, TableShape>()
  const byName = new Map<string, TableShape>()
  for (const table of Object.values(tables)) {
    const shape = shapeOf(table)
    if (byName.has(shape.name)) throw new InvalidSchemaError(`Two tables are named "${shape.name}".`)
    byTable.set(table, shape)
    byName.set(shape.name, shape)
  }
  return {
    tables,
    shapes: [...byName.values()],
    shape(table) {
      const shape = byTable.get(table)
      if (!shape) throw new UnknownTableError(String(table))
      return shape
    },
    shapeNamed: (name) => byName.get(name),
  }
}
