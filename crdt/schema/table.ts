import {
  getTableConfig,
  type SQLiteColumn,
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  sqliteTable,
  text,
} from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError } from '../errors.ts'
import { declaredType } from './columns.ts'

/** What a cell holds, and so how it is checked, merged and stored. */
export type ColumnKind =
  | 'text'
  | 'integer'
  | 'real'
  | 'boolean'
  | 'enum'
  | 'richText'
  | 'orderKey'
  | 'instant'
  | 'localDate'

/** A column as the row store and the mirror see it. */
export interface ColumnShape {
  /** Name of the TypeScript property: `titleSort`. */
  readonly property: string
  /** Name in SQL, and key in the row's Y.Map: `title_sort`. */
  readonly name: string
  readonly kind: ColumnKind
  /** Declared type in SQLite: `TEXT`, `INTEGER`, `RICH_TEXT`… */
  readonly sqlType: string
  readonly notNull: boolean
  readonly defaultValue: CellValue
  readonly enumValues: readonly string[]
}

/** A plain value of one cell. */
export type CellValue = string | number | boolean | null

/** A table as the row store and the mirror see it. */
export interface TableShape {
  readonly name: string
  /** All columns except `id` and `space_id`, in the order of their declaration. */
  readonly columns: readonly ColumnShape[]
  readonly byProperty: ReadonlyMap<string, ColumnShape>
  /** Properties whose values make up the row's id, when the id is a natural key. */
  readonly keyProperties: readonly string[]
  /** SQL names of columns that queries look up often. */
  readonly indexes: readonly (readonly string[])[]
}

interface TableOptions {
  /** Properties that make the row's id: two devices that create the same key create the same row. */
  readonly key?: readonly string[]
  /** Properties to index in the mirror, one index an entry. */
  readonly indexes?: readonly (readonly string[])[]
}

const optionsOf = new WeakMap<SQLiteTable, TableOptions>()

/** The columns every table has: the row's id, and the space it lives in. */
const commonColumns = () => ({
  id: text().notNull(),
  spaceId: text('space_id').notNull(),
})

/**
 * Declares a table once, for the row types, the CRDT, the SQLite mirror and validation.
 *
 * `id` and `spaceId` are added to the columns; together they identify a row in the mirror.
 *
 * @example
 * const tag = segueTable('tag', { tuneRef: reference('tune_ref').notNull(), text: string().notNull() },
 *   { key: ['tuneRef', 'text'] })
 */
export function segueTable<
  const Name extends string,
  Columns extends Record<string, SQLiteColumnBuilderBase>,
>(name: Name, columns: Columns, options: TableOptions = {}) {
  const table = sqliteTable(name, { ...commonColumns(), ...columns })
  optionsOf.set(table, options)
  return table
}

/**
 * Reads what the row store and the mirror need from a table made by {@link segueTable}.
 *
 * @throws {InvalidSchemaError} a column type is not one of ours, or the key names an unknown column
 */
export function shapeOf(table: SQLiteTable): TableShape {
  const config = getTableConfig(table)
  const options = optionsOf.get(table)
  if (!options) throw new InvalidSchemaError(`Declare the table "${config.name}" with segueTable(…).`)
  const properties = new Map(Object.entries(table).map(([property, column]) => [column, property]))
  const columns = config.columns
    .filter((column) => column.name !== 'id' && column.name !== 'space_id')
    .map((column) => shapeOfColumn(column, properties.get(column) ?? column.name))
  const byProperty = new Map(columns.map((column) => [column.property, column]))
  const nameOf = (property: string) => {
    const column = byProperty.get(property)
    if (!column)
      throw new InvalidSchemaError(`"${config.name}" has no column for the property "${property}".`)
    return column.name
  }
  const keyProperties = options.key ?? []
  keyProperties.forEach(nameOf)
  const indexes = (options.indexes ?? []).map((index) => index.map(nameOf))
  return { name: config.name, columns, byProperty, keyProperties, indexes }
}

function shapeOfColumn(column: SQLiteColumn, property: string): ColumnShape {
  if (column.name === 'removed_at') {
    throw new InvalidSchemaError('"removed_at" is kept by the row store; give the column another name.')
  }
  const defaultValue: unknown = column.default ?? null
  if (defaultValue !== null && typeof defaultValue === 'object') {
    throw new InvalidSchemaError(
      `The default of "${column.name}" must be a plain value, the same on every device.`,
    )
  }
  return {
    property,
    name: column.name,
    kind: kindOf(column),
    sqlType: column.getSQLType().toUpperCase(),
    notNull: column.notNull,
    defaultValue: defaultValue as CellValue,
    enumValues: column.enumValues ?? [],
  }
}

function kindOf(column: SQLiteColumn): ColumnKind {
  switch (column.columnType) {
    case 'SQLiteText':
      return column.enumValues?.length ? 'enum' : 'text'
    case 'SQLiteInteger':
      return 'integer'
    case 'SQLiteReal':
      return 'real'
    case 'SQLiteBoolean':
      return 'boolean'
  }
  switch (column.getSQLType()) {
    case declaredType.richText:
      return 'richText'
    case declaredType.orderKey:
      return 'orderKey'
    case declaredType.instant:
      return 'instant'
    case declaredType.localDate:
      return 'localDate'
  }
  throw new InvalidSchemaError(
    `"${column.name}" has a column type that cannot be merged: ${column.getSQLType()}.`,
  )
}
