import type { Difference } from 'segue/bridge'
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
