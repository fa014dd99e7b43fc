import type { InferSelectModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Space } from 'segue/crdt'

/** All live rows of a table of one space, in no particular order. */
export function allRows<T extends SQLiteTable>(space: Space, table: T): InferSelectModel<T>[] {
  const rows: InferSelectModel<T>[] = []
  for (const rowId of space.rowIds(space.schema.shape(table))) {
    const row = space.get(table, rowId)
    if (row !== undefined) rows.push(row)
  }
  return rows
}
