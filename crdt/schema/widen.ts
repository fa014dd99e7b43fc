import type { ColumnShape } from './shapes.ts'

/**
 * A stored value as the type of its column says it today. What an earlier type has stored stays as it is in the
 * document, and so does what a later one has.
 *
 * Whole numbers are the only values that look different under a wider type: `whole` stores numbers, `bigWhole` bigints.
 */
export function widened({ kind }: ColumnShape, stored: unknown): unknown {
  if (kind === 'bigWhole') return Number.isSafeInteger(stored) ? BigInt(stored as number) : stored
  if (kind !== 'integer' || typeof stored !== 'bigint') return stored
  const number = Number(stored)
  return Number.isSafeInteger(number) ? number : stored
}
