import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Schema, TableShape } from 'segue/crdt'
import { isSearched, WORDS_COLUMN } from './search.ts'

/** Removed rows of all tables, so that no query ever has to remember to leave them out. */
export const trash = sqliteTable('segue_trash', {
  spaceId: text('space_id').notNull(),
  tableName: text('table_name').notNull(),
  rowId: text('row_id').notNull(),
  removedAt: text('removed_at').notNull(),
  /** The row as JSON, keys are SQL column names: `json_extract(row, '$.title')`. */
  row: text('row').notNull(),
})

/** Rows that a document holds but that do not fit their table, and why. */
export const hiddenRow = sqliteTable('segue_hidden_row', {
  spaceId: text('space_id').notNull(),
  tableName: text('table_name').notNull(),
  rowId: text('row_id').notNull(),
  reason: text('reason').notNull(),
})

/** Cells of rows that are shown, which read null because what they refer to is not shown. */
export const hiddenCell = sqliteTable('segue_hidden_cell', {
  spaceId: text('space_id').notNull(),
  tableName: text('table_name').notNull(),
  rowId: text('row_id').notNull(),
  columnName: text('column_name').notNull(),
  /** What the document holds, as JSON; it is shown again when what it refers to is. */
  value: text('value').notNull(),
  reason: text('reason').notNull(),
})

/** Values that were written to one cell at the same time: which one stood, what it replaced, and who wrote them. */
export const conflict = sqliteTable('segue_conflict', {
  spaceId: text('space_id').notNull(),
  tableName: text('table_name').notNull(),
  rowId: text('row_id').notNull(),
  /** Names the conflict within its row. */
  id: text('id').notNull(),
  columnName: text('column_name').notNull(),
  /** JSON, as is `lostValue`. */
  keptValue: text('kept_value').notNull(),
  keptBy: text('kept_by').notNull(),
  /** Which device of theirs; empty where nobody has said, as is `lostDevice`. */
  keptDevice: text('kept_device').notNull(),
  keptAt: text('kept_at').notNull(),
  lostValue: text('lost_value').notNull(),
  lostBy: text('lost_by').notNull(),
  lostDevice: text('lost_device').notNull(),
  lostAt: text('lost_at').notNull(),
  /** The rule that chose: `last-write-wins`, `manual`… */
  rule: text('rule').notNull(),
  /** When a later write has replaced both values, and whose; null as long as the other value can still be taken. */
  settledAt: text('settled_at'),
  settledBy: text('settled_by'),
  settledDevice: text('settled_device'),
  /** What the cell says now, as JSON: one of both, or what somebody has written since; null while its row is not shown. */
  currentValue: text('current_value'),
})

/** The tables that the mirror has for itself. */
export const OWN_TABLE_NAMES = [
  'segue_trash',
  'segue_hidden_row',
  'segue_hidden_cell',
  'segue_conflict',
] as const

const OWN_TABLES = [
  `CREATE TABLE segue_trash (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, removed_at TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (space_id, table_name, row_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE segue_hidden_row (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (space_id, table_name, row_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE segue_hidden_cell (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, column_name TEXT NOT NULL,
    value TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (space_id, table_name, row_id, column_name)
  ) WITHOUT ROWID`,
  `CREATE TABLE segue_conflict (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, id TEXT NOT NULL,
    column_name TEXT NOT NULL,
    kept_value TEXT NOT NULL, kept_by TEXT NOT NULL, kept_device TEXT NOT NULL, kept_at TEXT NOT NULL,
    lost_value TEXT NOT NULL, lost_by TEXT NOT NULL, lost_device TEXT NOT NULL, lost_at TEXT NOT NULL,
    rule TEXT NOT NULL, settled_at TEXT, settled_by TEXT, settled_device TEXT, current_value TEXT,
    PRIMARY KEY (space_id, table_name, row_id, id)
  ) WITHOUT ROWID`,
]

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * SQLite DDL of a schema, one statement an entry.
 *
 * Tables are clustered by (space_id, id), so the database is the same whatever order rows arrived in.
 */
export function ddl(schema: Schema): string[] {
  return [...OWN_TABLES, ...schema.shapes.flatMap(tableDdl)]
}

const COMMON_COLUMNS = [
  'id TEXT NOT NULL',
  'space_id TEXT NOT NULL',
  'last_modified_at INSTANT_TEXT',
  'last_modified_by TEXT',
]

function tableDdl(shape: TableShape): string[] {
  const columns = shape.columns.map(
    (column) => `${quoted(column.name)} ${column.sqlType}${column.notNull ? ' NOT NULL' : ''}`,
  )
  const table = `CREATE TABLE ${quoted(shape.name)} (
    ${[...COMMON_COLUMNS, ...columns, ...(isSearched(shape) ? [`${WORDS_COLUMN} TEXT NOT NULL`] : [])].join(', ')},
    PRIMARY KEY (space_id, id)
  ) WITHOUT ROWID`
  return [table, ...indexDdl(shape).map(({ create }) => create)]
}

/** How each index of a table is taken away, and made. */
export function indexDdl(shape: TableShape): { readonly drop: string; readonly create: string }[] {
  const index = (name: string, columns: readonly string[]) => ({
    drop: `DROP INDEX ${quoted(name)}`,
    create: `CREATE INDEX ${quoted(name)} ON ${quoted(shape.name)} (${columns.join(', ')})`,
  })
  const indexes = [['id'], ...shape.indexes].map((names) =>
    index(`${shape.name}_by_${names.join('_')}`, names.map(quoted)),
  )
  // The key of the table ends each of them: rows that are equal come by id.
  const orders = shape.orders.map((names) =>
    index(`${shape.name}_in_order_of_${names.join('_')}`, [
      'space_id',
      ...names.map((name) => `${quoted(name)} COLLATE NOCASE`),
    ]),
  )
  return [...indexes, ...orders]
}
