import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing'

/** Bits of chance in a key, so that two people who insert at one place at once get different keys. */
const JITTER_BITS = 20

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
