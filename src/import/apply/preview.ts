import type { RowId } from 'segue/crdt'
import {
  IMPORTED_TABLES,
  type ImportCounts,
  type ImportPlan,
  type ImportTarget,
  type Slicing,
} from '../types.ts'
import { rowsIn, startCounts } from './counts.ts'
import { Landing } from './landing.ts'
import { breather } from './pauses.ts'
import { slices } from './slices.ts'

/** What an import would do. */
export interface ImportPreview {
  readonly counts: ImportCounts
  /** Tunes that are not new because the library has one of the same title, type and key. */
  readonly recognised: number
  /**
   * Most ids of these files belong to other tunes that were imported before: they come from another database and need
   * a source of another name.
   */
  readonly clashes: boolean
  /** New id of a plan's tune → id of the tune that it is here, where the two differ or it is here already. */
  readonly tuneIds: ReadonlyMap<RowId, RowId>
}

/** From so many known tunes on, other titles are no accident. */
const FEWEST_FOR_CLASH = 3

/**
 * Says what {@link applyImport} would do now, and writes nothing.
 *
 * @throws the reason of `signal` when it is aborted
 */
export async function previewImport(
  plan: ImportPlan,
  target: ImportTarget,
  { signal, onProgress, pause = breather() }: Slicing = {},
): Promise<ImportPreview> {
  const landing = await Landing.of(plan, target, pause)
  const counts = startCounts(plan)
  const total = rowsIn(plan)
  let done = 0
  for (const table of IMPORTED_TABLES) {
    for (const [home, rows] of await landing.bySpace(table, plan.tables[table])) {
      const space = landing.findSpace(home)
      for await (const slice of slices(rows, pause)) {
        signal?.throwIfAborted()
        for (const row of slice) counts[table][landing.judge(row, space).kind]++
        done += slice.length
        onProgress?.({ done, total })
      }
    }
  }
  const { byFacts, renamed, known, ids } = landing.tunes
  return {
    counts,
    recognised: byFacts,
    clashes: known >= FEWEST_FOR_CLASH && renamed * 2 > known,
    tuneIds: ids,
  }
}
