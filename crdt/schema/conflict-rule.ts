import type { CellValue } from './cell-value.ts'

/** One of the values that were written to a cell at the same time. */
export interface ConcurrentValue {
  readonly value: CellValue
  /** Ms since 1970, by the hybrid logical clock. */
  readonly at: number
  readonly userId: string
  /** Which of their devices it was written on; empty where nobody has said. */
  readonly device: string
}

/**
 * What becomes of values that were written to one cell at the same time.
 *
 * - `last-write-wins`: the latest stands, by the hybrid logical clock.
 * - `local-wins`, `remote-wins`: a device keeps what was written on it, or takes what comes, and writes that choice
 *   for everybody to see. Between devices that have chosen differently, the latest choice stands.
 * - `manual`: the latest stands until a person has chosen.
 * - `merge`: a function of all the values, oldest first. It must give the same result on every device.
 */
export type ConflictRule =
  | ConflictStrategy
  | { readonly merge: (values: readonly ConcurrentValue[]) => CellValue }

export type ConflictStrategy = 'last-write-wins' | 'local-wins' | 'remote-wins' | 'manual'

export const DEFAULT_RULE: ConflictRule = 'last-write-wins'

/** The name of a rule, as conflicts are listed with it. */
export const ruleName = (rule: ConflictRule): string => (typeof rule === 'string' ? rule : 'merge')
