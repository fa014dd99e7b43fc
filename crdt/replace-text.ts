import type * as Y from 'yjs'

/**
 * Turns one text into another by its smallest single splice, so that concurrent typing elsewhere survives.
 *
 * Half an emoji (an unpaired surrogate) becomes U+FFFD, as it would on its way to others.
 */
export function replaceText(text: Y.Text, replacement: string): void {
  const next = replacement.toWellFormed()
  const current = text.toString()
  if (current === next) return
  if (current.length !== text.length) {
    // A foreign program has embedded something that is not text: positions in the string are not those in the text.
    text.delete(0, text.length)
    text.insert(0, next)
    return
  }
  const shorter = Math.min(current.length, next.length)
  let start = 0
  while (start < shorter && current[start] === next[start]) start++
  if (start > 0 && isHighSurrogate(current.charCodeAt(start - 1))) start--
  let tail = 0
  while (tail < shorter - start && current.at(-1 - tail) === next.at(-1 - tail)) tail++
  if (tail > 0 && isLowSurrogate(current.charCodeAt(current.length - tail))) tail--
  const removed = current.length - tail - start
  if (removed > 0) text.delete(start, removed)
  const inserted = next.slice(start, next.length - tail)
  if (inserted) text.insert(start, inserted)
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
