/** Work that has to be done before anybody asks for its outcome: all at once, or a part at a time. */
export class Gradual {
  readonly #parts: Generator<void>
  #isUnderWay = false
  #hasBegun = false
  #isDone = false

  /** @param parts  does a moment's work up to each `yield` */
  constructor(parts: Generator<void>) {
    this.#parts = parts
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Does the next part. @returns whether there is more */
  next(): boolean {
    // The work itself may ask for what it has made so far.
    if (this.#isUnderWay || this.#isDone) return false
    this.#hasBegun = true
    this.#isUnderWay = true
    try {
      this.#isDone = this.#parts.next().done === true
      return !this.#isDone
    } finally {
      this.#isUnderWay = false
    }
  }

  finish(): void {
    while (this.next()) {}
  }
}

/** Goes through something, and pauses after so many. */
export function* pausing<T>(all: Iterable<T>, many: number, visit: (each: T) => void): Generator<void> {
  let count = 0
  for (const each of all) {
    visit(each)
    if (++count % many === 0) yield
  }
}
