import type { LandedRow } from './landing.ts'

/** Rows that are written in one transaction, and so in one update: well below what the server takes at once. */
const MOST_ROWS = 100
const MOST_CHARACTERS = 100_000

/** Cuts rows into slices and pauses between them. */
export async function* slices(
  rows: readonly LandedRow[],
  pause: () => Promise<void>,
): AsyncGenerator<readonly LandedRow[]> {
  let slice: LandedRow[] = []
  let characters = 0
  for (const row of rows) {
    const size = sizeOf(row)
    if (slice.length > 0 && (slice.length >= MOST_ROWS || characters + size > MOST_CHARACTERS)) {
      yield slice
      await pause()
      slice = []
      characters = 0
    }
    slice.push(row)
    characters += size
  }
  if (slice.length > 0) {
    yield slice
    await pause()
  }
}

const sizeOf = ({ cells }: LandedRow): number =>
  Object.values(cells).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)
