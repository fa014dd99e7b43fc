import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing'

/** Bits of chance in a key, so that two people who insert at one place at once get different keys. */
const JITTER_BITS = 32

/**
 * An order key that sorts after `before` and ahead of `after` (fractional indexing).
 *
 * `null` stands for the start or the end of the list. Keys compare as plain strings.
 *
 * @param random  a source in [0, 1); a parameter so that a test can own it
 */
export function orderKeyBetween(
  before: string | null,
  after: string | null,
  random: () => number = Math.random,
): string {
  const key = generateKeyBetween(before, after)
  let [low, high] =
    // Ahead of everything there is room below the key, elsewhere above it: a list grows at both ends for free.
    before === null && after !== null
      ? [generateKeyBetween(null, key), key]
      : [key, generateKeyBetween(key, after)]
  for (let bit = 0; bit < JITTER_BITS; bit++) {
    const middle = generateKeyBetween(low, high)
    if (random() < 0.5) low = middle
    else high = middle
  }
  return generateKeyBetween(low, high)
}

/** `count` keys in order, between two neighbours: for imports and whole lists. */
export const orderKeysBetween = (before: string | null, after: string | null, count: number): string[] =>
  generateNKeysBetween(before, after, count)

/**
 * The key that puts an item at `index` of a sorted list that no longer holds it.
 *
 * Equal neighbours (two devices chose the same key) are stepped over, so that a key between always exists.
 */
export function orderKeyAt(sortedKeys: readonly string[], index: number, random?: () => number): string {
  const before = index > 0 ? (sortedKeys[Math.min(index, sortedKeys.length) - 1] ?? null) : null
  const after = sortedKeys.slice(index).find((key) => before === null || key > before) ?? null
  return orderKeyBetween(before, after, random)
}

/** A row of a hand-made list, and where it stands. */
export interface OrderedRow {
  readonly id: string
  readonly key: string
}

/** Keys up to this length are left as they are. */
const COMFORTABLE_LENGTH = 40
/** Rows on either side that are moved first when there is no room, and how much further to go when that is no help. */
const WINDOW = 8
const WIDER = 4

/**
 * The keys that put a row at `index` of a list that does not hold it (any more): its own, and, where thousands of
 * insertions into one gap have made keys long, new ones for the neighbours, spread evenly.
 *
 * Devices that do this at the same time give the same neighbours the same keys; a neighbour that somebody moves
 * meanwhile stands where they have put it if that was later.
 *
 * @param sorted  by key, then by id
 */
export function placeRow(
  sorted: readonly OrderedRow[],
  index: number,
  random?: () => number,
): { readonly key: string; readonly moved: readonly OrderedRow[] } {
  const keys = sorted.map(({ key }) => key)
  const at = Math.max(0, Math.min(index, sorted.length))
  const plain = orderKeyAt(keys, at, random)
  if (plain.length <= COMFORTABLE_LENGTH) return { key: plain, moved: [] }
  for (let reach = WINDOW; ; reach *= WIDER) {
    const from = Math.max(0, at - reach)
    const to = Math.min(sorted.length, at + reach)
    const [before, after] = [keys[from - 1] ?? null, keys[to] ?? null]
    const isWhole = from === 0 && to === sorted.length
    if (!isWhole && before !== null && after !== null && before >= after) continue
    const spread = orderKeysBetween(before, after, to - from + 1)
    const isShort = spread.every((key) => key.length <= COMFORTABLE_LENGTH / 2)
    if (!isShort && !isWhole) continue
    const place = at - from
    const moved = sorted.slice(from, to).map(({ id }, offset) => ({
      id,
      key: spread[offset < place ? offset : offset + 1] ?? '',
    }))
    const key = orderKeyBetween(spread[place - 1] ?? before, spread[place + 1] ?? after, random)
    return { key, moved }
  }
}
