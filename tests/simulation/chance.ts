/** Chance that a seed decides: the same seed gives the same numbers, on every machine. */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number in [0, 1); mulberry32. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0, less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** True with a probability. */
  happens(probability: number): boolean {
    return this.next() < probability
  }

  /** A number of milliseconds: mostly short, sometimes up to `most`. */
  delay(least: number, most: number): number {
    const skewed = this.next() ** 3
    return least + skewed * (most - least)
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)]
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.below(16).toString(16))
    hex[12] = '4'
    hex[16] = '8'
    return [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ]
      .map(([from, to]) => hex.slice(from, to).join(''))
      .join('-')
  }

  /** A source of its own, so that what one part of the world draws does not shift what another draws. */
  fork(label: string): Chance {
    let hash = this.#state ^ 0x811c9dc5
    for (const character of label) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
    return new Chance(hash)
  }
}
