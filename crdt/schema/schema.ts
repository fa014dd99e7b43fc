import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError, UnknownTableError } from '../errors.ts'
import { checkConstraints } from './constraints.ts'
import { type Migration, migrationShapes } from './migration.ts'
import type { ColumnKind, ColumnShape, MigrationShape, TableShape } from './shapes.ts'
import { shapeOf } from './table.ts'
import { cellProblem } from './validate.ts'

/** The tables of an application, declared once; see {@link defineSchema}. */
export interface Schema<Tables extends Record<string, SQLiteTable> = Record<string, SQLiteTable>> {
  readonly tables: Tables
  readonly shapes: readonly TableShape[]
  readonly migrations: readonly MigrationShape[]
  /** @throws {UnknownTableError} the table is not in this schema */
  shape(table: SQLiteTable): TableShape
  shapeNamed(name: string): TableShape | undefined
  /** The table that lies under this name in the document. */
  shapeStoredAs(name: string): TableShape | undefined
}

/**
 * Collects tables into the schema that a space and its mirror are opened with.
 *
 * @throws {InvalidSchemaError} two tables or columns share a name or a place in the document, a column cannot be merged, a default does not fit its
 *   column, a key could be incomplete, migrations lead nowhere, or the constraints could contradict each other
 */
export function defineSchema<Tables extends Record<string, SQLiteTable>>(
  tables: Tables,
  { migrations = [] }: { migrations?: readonly Migration[] } = {},
): Schema<Tables> {
  const byTable = new Map<SQLiteTable, TableShape>()
  const byName = new Map<string, TableShape>()
  const byPlace = new Map<string, TableShape>()
  for (const table of Object.values(tables)) {
    const shape = shapeOf(table)
    for (const name of [shape.name, shape.storedAs]) {
      if (name !== '' && !name.startsWith(OWN_PREFIX)) continue
      throw new InvalidSchemaError(
        `Names like "${name}" are kept for the row store; call the table another way.`,
      )
    }
    if (byName.has(shape.name)) throw new InvalidSchemaError(`Two tables are named "${shape.name}".`)
    const other = byPlace.get(shape.storedAs)
    if (other) throw new InvalidSchemaError(samePlace('tables', other, shape, 'storedAs'))
    checkColumns(shape)
    checkPlaces(shape)
    byPlace.set(shape.storedAs, shape)
    byTable.set(table, shape)
    byName.set(shape.name, shape)
  }
  checkConstraints(byName)
  const shapeIn = (table: SQLiteTable) => {
    const shape = byTable.get(table)
    if (!shape) throw new UnknownTableError(String(table))
    return shape
  }
  return {
    tables,
    shapes: [...byName.values()],
    migrations: migrationShapes(migrations, shapeIn),
    shape: shapeIn,
    shapeNamed: (name) => byName.get(name),
    shapeStoredAs: (name) => byPlace.get(name),
  }
}

/** Tables and roots that the row store keeps for itself. */
export const OWN_PREFIX = 'segue_'

interface Stored {
  readonly name: string
  readonly storedAs: string
}

const samePlace = (what: string, { name, storedAs }: Stored, other: Stored, option: string) =>
  `The ${what} "${name}" and "${other.name}" are both stored as "${storedAs}". One of them has had that name before: give the newer one another place with \`${option}\`.`

function checkPlaces({ name, columns }: TableShape): void {
  const byPlace = new Map<string, ColumnShape>()
  for (const column of columns) {
    const other = byPlace.get(column.storedAs)
    if (other) {
      throw new InvalidSchemaError(samePlace(`columns of "${name}"`, other, column, 'columnsStoredAs'))
    }
    byPlace.set(column.storedAs, column)
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
