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
