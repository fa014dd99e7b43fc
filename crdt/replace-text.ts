import type * as Y from 'yjs'

/**
 * Turns one text into another by its smallest single splice, so that concurrent typing elsewhere survives, and so do
 * the marks and embeds of what stays.
 *
 * Half an emoji (an unpaired surrogate) becomes U+FFFD, as it would on its way to others.
 */
export function replaceText(text: Y.Text, replacement: string): void {
  const next = replacement.toWellFormed()
  const current = text.toString()
  if (current === next) return
  const shorter = Math.min(current.length, next.length)
  let start = 0
  while (start < shorter && current[start] === next[start]) start++
  if (start > 0 && isHighSurrogate(current.charCodeAt(start - 1))) start--
  let tail = 0
  while (tail < shorter - start && current.at(-1 - tail) === next.at(-1 - tail)) tail++
  if (tail > 0 && isLowSurrogate(current.charCodeAt(current.length - tail))) tail--
  const removed = current.length - tail - start
  const place = current.length === text.length ? (index: number) => index : placesOf(text)
  const from = removed > 0 ? place(start) : start > 0 ? place(start - 1) + 1 : 0
  if (removed > 0) text.delete(from, place(start + removed - 1) + 1 - from)
  const inserted = next.slice(start, next.length - tail)
  if (inserted) text.insert(from, inserted)
}

/** Where the characters of a text's string lie in the text, in which embeds of a foreign program take places too. */
function placesOf(text: Y.Text): (index: number) => number {
  const stretches: { index: number; place: number }[] = []
  let [index, place] = [0, 0]
  for (const { insert } of text.toDelta()) {
    const length = typeof insert === 'string' ? insert.length : 1
    if (typeof insert === 'string') {
      stretches.push({ index, place })
      index += length
    }
    place += length
  }
  return (wanted) => {
    const stretch = stretches.findLast((each) => each.index <= wanted)
    return stretch ? stretch.place + wanted - stretch.index : wanted
  }
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
