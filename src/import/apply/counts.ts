import { IMPORTED_TABLES, type ImportCounts, type ImportPlan, type TableCounts } from '../types.ts'

const none = (skipped: number): TableCounts => ({ insert: 0, update: 0, unchanged: 0, inTrash: 0, skipped })

/** Counts that know only what reading has left out. */
export const startCounts = ({ skipped }: ImportPlan): ImportCounts => ({
  tune: none(skipped.tune),
  playlist: none(skipped.playlist),
  playlist_tune: none(skipped.playlist_tune),
  note: none(skipped.note),
  reference: none(skipped.reference),
  tag: none(skipped.tag),
  practice_record: none(skipped.practice_record),
  tune_override: none(skipped.tune_override),
})

/** All tables together. */
export function totalOf(counts: ImportCounts): TableCounts {
  const total = none(0)
  for (const table of IMPORTED_TABLES) {
    const { insert, update, unchanged, inTrash, skipped } = counts[table]
    total.insert += insert
    total.update += update
    total.unchanged += unchanged
    total.inTrash += inTrash
    total.skipped += skipped
  }
  return total
}

/** Rows that an import has to look at. */
export const rowsIn = ({ tables }: ImportPlan): number =>
  IMPORTED_TABLES.reduce((sum, table) => sum + tables[table].length, 0)
