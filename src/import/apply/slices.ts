import type { LandedRow } from './landing.ts'

/** Rows that are written in one transaction, and so in one update: well below what the server takes at once. */
const MOST_ROWS = 100
const MOST_CHARACTERS = 100_000

/** As long as nobody notices that the screen stands still. */
const MOST_MS = 12

/** So many rows are looked at between two thoughts of a pause. */
const ROWS_AT_ONCE = 200

/** Pauses when enough time has gone since the last pause: many small slices need no pause each. */
export function breather(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < MOST_MS) return
    await new Promise<void>((resolve) => setTimeout(resolve))
    since = performance.now()
  }
}

/** Does something with each of many, and pauses between some of them. */
export async function forEach<T>(
  items: Iterable<T>,
  pause: () => Promise<void>,
  work: (item: T) => void,
): Promise<void> {
  let done = 0
  for (const item of items) {
    work(item)
    if (++done % ROWS_AT_ONCE === 0) await pause()
  }
}

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
