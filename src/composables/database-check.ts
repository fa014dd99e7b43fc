import type { Difference, VerifyProgress } from 'segue/bridge'
import { counted } from './tune-words.ts'

/** What a comparison of the database with the documents has found. */
export interface DatabaseCheck {
  /** ISO 8601. */
  readonly at: string
  readonly rows: number
  /** How many rows differ, by table; a table that is itself not as it should be counts as one. */
  readonly differing: Readonly<Record<string, number>>
}

export function databaseCheckOf(rows: number, differences: readonly Difference[], at: Date): DatabaseCheck {
  const byTable = Object.groupBy(differences, ({ table }) => table)
  const counts = Object.entries(byTable).map(([table, some = []]): [string, number] => [table, some.length])
  return { at: at.toISOString(), rows, differing: Object.fromEntries(counts) }
}

export const differingRows = ({ differing }: DatabaseCheck): number =>
  Object.values(differing).reduce((sum, count) => sum + count, 0)

export function checkInWords(check: DatabaseCheck): string {
  const count = differingRows(check)
  if (count === 0) return `The database matches your data: ${counted(check.rows, 'row')} compared.`
  return `${counted(count, 'row')} ${count === 1 ? 'differs' : 'differ'} from your data. Rebuild the database: your data is safe, only what searches read is made anew.`
}

/** Ms of work until the page gets its turn. */
const TURN = 12

/**
 * Takes the steps of a comparison, and lets the page breathe between them.
 *
 * @param isOver  whether nobody waits for it any more
 * @returns       nothing when it was over before its end
 */
export async function inTurns(
  steps: Generator<VerifyProgress, Difference[]>,
  onProgress: (progress: VerifyProgress) => void,
  isOver: () => boolean,
): Promise<readonly Difference[] | undefined> {
  try {
    let start = performance.now()
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value
      onProgress(step.value)
      if (performance.now() - start < TURN) continue
      await new Promise((resolve) => setTimeout(resolve))
      if (isOver()) return undefined
      start = performance.now()
    }
  } finally {
    steps.return([])
  }
}
