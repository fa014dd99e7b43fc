import type { InferSelectModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Space } from 'segue/crdt'

/** The table of the app with a name in SQL. */
export function tableNamed({ schema }: Space, name: string): SQLiteTable {
  const table = Object.values(schema.tables).find((each) => schema.shape(each).name === name)
  if (!table) throw new TypeError(`There is no table "${name}" in this app.`)
  return table
}

/** All live rows of a table of one space, in no particular order. */
export function allRows<T extends SQLiteTable>(space: Space, table: T): InferSelectModel<T>[] {
  const rows: InferSelectModel<T>[] = []
  for (const rowId of space.rowIds(space.schema.shape(table))) {
    const row = space.get(table, rowId)
    if (row !== undefined) rows.push(row)
  }
  return rows
}
