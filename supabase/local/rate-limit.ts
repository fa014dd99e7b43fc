/** Counts calls in windows of fixed length, per key: enough against guessing one-time codes on one machine. */
export class RateLimit {
  readonly #most: number
  readonly #windowMs: number
  readonly #now: () => number
  #window = 0
  #counts = new Map<string, number>()

  constructor(most: number, windowMs: number, now: () => number = Date.now) {
    this.#most = most
    this.#windowMs = windowMs
    this.#now = now
  }

  /** Counts one call; false when there were too many. */
  allows(key: string): boolean {
    const window = Math.floor(this.#now() / this.#windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#counts = new Map()
    }
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= this.#most
  }
}
