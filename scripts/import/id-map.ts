import { IMPORTED_TABLES, type ImportPlan, type ImportPreview } from '../../src/import/index.ts'

/** The new id of every row that had an id before, by table and legacy id, as JSON. */
export function legacyIdMap({ source, tables }: ImportPlan, { tuneIds }: ImportPreview): string {
  const ids = Object.fromEntries(
    IMPORTED_TABLES.map((table) => [
      table,
      Object.fromEntries(
        tables[table].flatMap(({ legacyId, id }) =>
          legacyId === undefined ? [] : [[legacyId, tuneIds.get(id) ?? id]],
        ),
      ),
    ]),
  )
  return `${JSON.stringify({ source, ids }, null, 2)}\n`
}
