import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError, UnknownTableError } from '../errors.ts'
import { checkConstraints } from './constraints.ts'
import type { ColumnKind, TableShape } from './shapes.ts'
import { shapeOf } from './table.ts'
import { cellProblem } from './validate.ts'

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
 * @throws {InvalidSchemaError} two tables share a name, a column cannot be merged, a default does not fit its
 *   column, a key could be incomplete, or the constraints could contradict each other
 */
export function defineSchema<Tables extends Record<string, SQLiteTable>>(tables: Tables): Schema<Tables> {
  const byTable = new Map<SQLiteTable, TableShape>()
  const byName = new Map<string, TableShape>()
  for (const table of Object.values(tables)) {
    const shape = shapeOf(table)
    if (shape.name.startsWith('segue_')) {
      throw new InvalidSchemaError(
        `Names like "${shape.name}" are kept for the row store; call the table another way.`,
      )
    }
    if (byName.has(shape.name)) throw new InvalidSchemaError(`Two tables are named "${shape.name}".`)
    checkColumns(shape)
    byTable.set(table, shape)
    byName.set(shape.name, shape)
  }
  checkConstraints(byName)
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

const KEY_KINDS: ReadonlySet<ColumnKind> = new Set([
  'text',
  'integer',
  'real',
  'boolean',
  'enum',
  'instant',
  'localDate',
])

function checkColumns(shape: TableShape): void {
  for (const column of shape.columns) {
    const { name, kind, notNull, defaultValue } = column
    if (kind === 'richText' && defaultValue !== null) {
      throw new InvalidSchemaError(
        `"${shape.name}.${name}" is a richText, which starts empty: take its default out.`,
      )
    }
    const problem = defaultValue === null ? undefined : cellProblem(column, defaultValue)
    if (problem) throw new InvalidSchemaError(`The default of "${shape.name}.${name}" ${problem}.`)
    if (kind === 'counter' && defaultValue !== 0) {
      throw new InvalidSchemaError(`"${shape.name}.${name}" is a counter, which starts at 0.`)
    }
    const isKey = shape.keyProperties.includes(column.property)
    if (isKey && (!notNull || defaultValue !== null || !KEY_KINDS.has(kind))) {
      throw new InvalidSchemaError(
        `"${shape.name}.${name}" is part of the key: make it notNull, without a default, and a plain value.`,
      )
    }
  }
}
