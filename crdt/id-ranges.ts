import type * as Y from 'yjs'

interface Range {
  readonly from: number
  to: number
}

/** A stretch of units that lies in some ranges as a whole, or not at all. */
export interface Stretch {
  readonly length: number
  readonly isInside: boolean
}

/**
 * Units of a document by client, as ranges. An update may claim units without end in a few bytes: nothing here counts
 * them one by one.
 */
export class IdRanges {
  readonly #clients = new Map<number, Range[]>()

  /** @param claims  in any order, overlapping or not */
  constructor(claims: Iterable<readonly [client: number, clock: number, length: number]>) {
    for (const [client, clock, length] of claims) {
      if (length <= 0) continue
      const ranges = this.#clients.get(client)
      const range = { from: clock, to: clock + length }
      if (ranges) ranges.push(range)
      else this.#clients.set(client, [range])
    }
    for (const [client, ranges] of this.#clients) this.#clients.set(client, joined(ranges))
  }

  has({ client, clock }: Y.ID): boolean {
    return this.overlaps(client, clock, 1)
  }

  /** Whether any of the units is inside. */
  overlaps(client: number, clock: number, length: number): boolean {
    const ranges = this.#clients.get(client)
    const range = ranges?.[firstAfter(ranges, clock)]
    return range !== undefined && range.from < clock + length
  }

  /** Cuts units into stretches, in their order. */
  cut(client: number, clock: number, length: number): Stretch[] {
    const stretches: Stretch[] = []
    const end = clock + length
    const ranges = this.#clients.get(client) ?? []
    let at = clock
    for (let index = firstAfter(ranges, clock); at < end; index++) {
      const { from, to } = ranges[index] ?? { from: end, to: end }
      if (from > at) stretches.push({ length: Math.min(from, end) - at, isInside: false })
      if (from < end && to > from)
        stretches.push({ length: Math.min(to, end) - Math.max(from, at), isInside: true })
      at = Math.min(to, end)
    }
    return stretches
  }
}

/** Ranges in their order, none touching another. */
function joined(ranges: Range[]): Range[] {
  const result: Range[] = []
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else result.push(range)
  }
  return result
}

/** The index of the first range that ends after a clock. */
function firstAfter(ranges: readonly Range[], clock: number): number {
  let [low, high] = [0, ranges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.to ?? 0) <= clock) low = middle + 1
    else high = middle
  }
  return low
}
