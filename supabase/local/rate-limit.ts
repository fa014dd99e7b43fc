/** Counts calls per key, in windows that start with a call: enough against guessing on one machine. */
export class RateLimit {
  readonly #most: number
  readonly #windowMs: number
  readonly #now: () => number
  #since = Number.NEGATIVE_INFINITY
  #counts = new Map<string, number>()

  constructor(most: number, windowMs: number, now: () => number = Date.now) {
    this.#most = most
    this.#windowMs = windowMs
    this.#now = now
  }

  /** Counts one call; false when there were too many. */
  allows(key: string): boolean {
    const now = this.#now()
    if (now - this.#since >= this.#windowMs) {
      this.#since = now
      this.#counts = new Map()
    }
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= this.#most
  }
}
