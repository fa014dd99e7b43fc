import { count, desc, sql } from 'drizzle-orm'
import { hiddenRow, type ReadDatabase, trash } from 'segue/bridge'
import { note, playlistTune, reference, tag, tune } from 'segue/tables'

/** Removed rows of every space, the latest first. */
export function removedRows(db: ReadDatabase) {
  return db.select().from(trash).orderBy(desc(trash.removedAt), trash.rowId)
}

export type TrashRow = ReturnType<ReturnType<typeof removedRows>['all']>[number]

/** How many rows are in a document and not in their table: one row. `segue_hidden_row` has their reasons. */
export const hiddenCount = (db: ReadDatabase) => db.select({ rows: count() }).from(hiddenRow)

/** How many rows each space has: tunes, and everything else that people write. */
export function rowCounts(db: ReadDatabase) {
  const rows = sql`(
    select ${tune.spaceId}, 1 as is_tune from ${tune}
    union all select ${playlistTune.spaceId}, 0 from ${playlistTune}
    union all select ${note.spaceId}, 0 from ${note}
    union all select ${reference.spaceId}, 0 from ${reference}
    union all select ${tag.spaceId}, 0 from ${tag}
  )`
  return db
    .select({
      spaceId: sql<string>`space_id`,
      tunes: sql<number>`sum(is_tune)`,
      others: sql<number>`sum(1 - is_tune)`,
    })
    .from(rows)
    .groupBy(sql`space_id`)
}
