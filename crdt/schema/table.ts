import type { BuildColumns, InferSelectModel } from 'drizzle-orm'
import {
  getTableConfig,
  type SQLiteColumn,
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  type SQLiteTableWithColumns,
  sqliteTable,
  text,
} from 'drizzle-orm/sqlite-core'
import { isColumnName } from '../cells.ts'
import { InvalidSchemaError } from '../errors.ts'
import type { CellValue } from './cell-value.ts'
import { declaredType, instant } from './columns.ts'
import { type ConflictRule, DEFAULT_RULE } from './conflict-rule.ts'
import { foreignKeysOf } from './constraints.ts'
import { MIGRATED_MARK } from './migration.ts'
import type { Check, ColumnKind, ColumnShape, TableShape } from './shapes.ts'

interface TableOptions<Row = never> {
  /** Where a renamed table lies in the document: the name that it had first, and that older apps still use. */
  readonly storedAs?: string
  /** The same for renamed columns: the SQL names that they had first, by property. */
  readonly columnsStoredAs?: Readonly<Record<string, string>>
  /** Properties that make the row's id: two devices that create the same key create the same row. */
  readonly key?: readonly string[]
  /** Properties to index in the mirror, one index an entry. */
  readonly indexes?: readonly (readonly string[])[]
  /** Properties that lists are sorted by, without regard to case: each a list of its own, within a space. */
  readonly orders?: readonly (readonly string[])[]
  /** Properties whose words a row is found by in the mirror. */
  readonly search?: readonly string[]
  /** What becomes of values written at the same time, for all columns or by property; the latest stands otherwise. */
  readonly conflicts?: ConflictRule | Readonly<Record<string, ConflictRule>>
  /**
   * Properties that no two shown rows of a space share, one key an entry. Of rows that came to share one in a merge,
   * the oldest is shown.
   */
  readonly unique?: readonly (readonly string[])[]
  /** What is true of every shown row, by name. Pure functions of the row: a row that breaks one in a merge is hidden. */
  readonly checks?: Readonly<Record<string, (row: Row) => boolean>>
}

/** The values of a row by property, as its checks see them. */
type CheckedRow<Name extends string, Columns extends Record<string, SQLiteColumnBuilderBase>> = Omit<
  InferSelectModel<
    SQLiteTableWithColumns<{
      name: Name
      schema: undefined
      columns: BuildColumns<Name, Columns, 'sqlite'>
      dialect: 'sqlite'
    }>
  >,
  'spaceId' | 'lastModifiedAt' | 'lastModifiedBy'
>

/** Names of columns that every mirror has anyway. */
const RESERVED: ReadonlySet<string> = new Set(['removed_at', 'segue_words'])

const optionsOf = new WeakMap<SQLiteTable, TableOptions>()

/** The columns every table has: the row's id, the space it lives in, and who changed it last, if anybody has said. */
const commonColumns = () => ({
  id: text().notNull(),
  spaceId: text('space_id').notNull(),
  lastModifiedAt: instant('last_modified_at'),
  lastModifiedBy: text('last_modified_by'),
})

const COMMON: ReadonlySet<string> = new Set(['id', 'space_id', 'last_modified_at', 'last_modified_by'])

/**
 * Declares a table once, for the row types, the CRDT, the SQLite mirror and validation.
 *
 * `id` and `spaceId` are added to the columns, and together identify a row in the mirror; `lastModifiedAt` and
 * `lastModifiedBy` say when and by whom it was changed last.
 *
 * @example
 * const tag = segueTable('tag', { tuneRef: reference('tune_ref').notNull(), text: string().notNull() },
 *   { key: ['tuneRef', 'text'] })
 */
export function segueTable<
  const Name extends string,
  Columns extends Record<string, SQLiteColumnBuilderBase>,
>(name: Name, columns: Columns, options: TableOptions<CheckedRow<Name, Columns>> = {}) {
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
    .filter((column) => !COMMON.has(column.name))
    .map((column) => {
      const property = properties.get(column) ?? column.name
      const storedAs = ownOf(options.columnsStoredAs, property) ?? column.name
      return shapeOfColumn(column, { property, storedAs, conflicts: ruleOf(options, property) })
    })
  const byProperty = new Map(columns.map((column) => [column.property, column]))
  const nameOf = (property: string) => {
    const column = byProperty.get(property)
    if (!column)
      throw new InvalidSchemaError(`"${config.name}" has no column for the property "${property}".`)
    return column.name
  }
  if (isRuleByProperty(options.conflicts)) Object.keys(options.conflicts).forEach(nameOf)
  Object.keys(options.columnsStoredAs ?? {}).forEach(nameOf)
  const keyProperties = options.key ?? []
  keyProperties.forEach(nameOf)
  const indexes = (options.indexes ?? []).map((index) => index.map(nameOf))
  const orders = (options.orders ?? []).map((order) => order.map(nameOf))
  const searched = new Set((options.search ?? []).map(nameOf))
  const search = columns.filter(({ name }) => searched.has(name))
  const unique = (options.unique ?? []).map((key) => {
    const names = new Set(key.map(nameOf))
    return { columns: columns.filter(({ name }) => names.has(name)) }
  })
  const checks = Object.entries(options.checks ?? {}).map(([name, holds]) => ({
    name,
    holds: holds as Check['holds'],
  }))
  const foreignKeys = foreignKeysOf(table, columns)
  return {
    ...{ name: config.name, storedAs: options.storedAs ?? config.name, columns, byProperty, keyProperties },
    ...{ indexes, orders, search, foreignKeys, unique, checks },
  }
}

const isRuleByProperty = (
  rules: TableOptions['conflicts'],
): rules is Readonly<Record<string, ConflictRule>> => typeof rules === 'object' && !('merge' in rules)

function ruleOf({ conflicts }: TableOptions, property: string): ConflictRule {
  if (!isRuleByProperty(conflicts)) return conflicts ?? DEFAULT_RULE
  return ownOf(conflicts, property) ?? DEFAULT_RULE
}

const ownOf = <T>(record: Readonly<Record<string, T>> | undefined, property: string): T | undefined =>
  record && Object.hasOwn(record, property) ? record[property] : undefined

function shapeOfColumn(
  column: SQLiteColumn,
  own: Pick<ColumnShape, 'property' | 'storedAs' | 'conflicts'>,
): ColumnShape {
  for (const name of [column.name, own.storedAs]) {
    if (RESERVED.has(name) || name.startsWith(MIGRATED_MARK)) {
      throw new InvalidSchemaError(`"${name}" is kept by the row store; give the column another name.`)
    }
    if (!isColumnName(name)) {
      throw new InvalidSchemaError(`The name of the column "${name}" is empty or holds a control character.`)
    }
  }
  const kind = kindOf(column)
  const defaultValue: unknown = kind === 'stringSet' ? [] : (column.default ?? null)
  if (defaultValue !== null && typeof defaultValue === 'object' && kind !== 'stringSet' && kind !== 'json') {
    throw new InvalidSchemaError(
      `The default of "${column.name}" must be a plain value, the same on every device.`,
    )
  }
  return {
    ...own,
    name: column.name,
    kind,
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
    case declaredType.counter:
      return 'counter'
    case declaredType.bigWhole:
      return 'bigWhole'
    case declaredType.stringSet:
      return 'stringSet'
    case declaredType.json:
      return 'json'
  }
  throw new InvalidSchemaError(
    `"${column.name}" has a column type that cannot be merged: ${column.getSQLType()}.`,
  )
}
