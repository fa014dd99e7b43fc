import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Schema, TableShape } from 'segue/crdt'

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

const OWN_TABLES = [
  `CREATE TABLE segue_trash (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, removed_at TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (space_id, table_name, row_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE segue_hidden_row (
    space_id TEXT NOT NULL, table_name TEXT NOT NULL, row_id TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (space_id, table_name, row_id)
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

function tableDdl(shape: TableShape): string[] {
  const columns = shape.columns.map(
    (column) => `${quoted(column.name)} ${column.sqlType}${column.notNull ? ' NOT NULL' : ''}`,
  )
  const table = `CREATE TABLE ${quoted(shape.name)} (
    ${['id TEXT NOT NULL', 'space_id TEXT NOT NULL', ...columns].join(', ')},
    PRIMARY KEY (space_id, id)
  ) WITHOUT ROWID`
  const indexed = [['id'], ...shape.indexes]
  const indexes = indexed.map(
    (names) =>
      `CREATE INDEX ${quoted(`${shape.name}_by_${names.join('_')}`)} ON ${quoted(shape.name)} (${names.map(quoted).join(', ')})`,
  )
  return [table, ...indexes]
}
