import { desc } from 'drizzle-orm'
import { type ReadDatabase, trash } from 'segue/bridge'

/** Removed rows of every space, the latest first. */
export function removedRows(db: ReadDatabase) {
  return db.select().from(trash).orderBy(desc(trash.removedAt), trash.rowId)
}

export type TrashRow = ReturnType<ReturnType<typeof removedRows>['all']>[number]
