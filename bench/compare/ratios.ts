import { quantile } from '../sync/numbers.ts'
import type { Figures } from './work/index.ts'

/** The runs of each peer, by its name. */
export type Runs = ReadonlyMap<string, readonly Figures[]>

/**
 * Segue to its plain parts, run by run, of which the median.
 *
 * Rows and edits are held against Yjs and sql.js together, because Segue does the work of both; a cold start is held
 * against a stored database image that is opened, which is the least that anybody can do.
 */
export function ratios(runs: Runs): Record<string, number> {
  const [segue = [], yjs = [], sqljs = []] = ['segue', 'yjs', 'sqljs'].map((name) => runs.get(name))
  const ratio = (figure: string, parts: readonly (readonly Figures[])[]) =>
    median(
      segue.map((one, run) => {
        const plain = parts.reduce((sum, part) => sum + (part[run]?.[figure] ?? Number.NaN), 0)
        return (one[figure] ?? Number.NaN) / plain
      }),
    )
  const all = {
    editRatio: ratio('editUs', [yjs, sqljs]),
    bulkRatio: ratio('insertDurableMs', [yjs, sqljs]),
    coldStartRatio: ratio('coldMs', [sqljs]),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => Number.isFinite(value)))
}

/** The median of each figure over some runs. */
export function medians(runs: readonly Figures[]): Record<string, number> {
  const names = Object.keys(runs[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? Number.NaN))]))
}

const median = (figures: readonly number[]) => quantile(figures, 0.5)
