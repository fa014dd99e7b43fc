/** Who an event belongs to. What belongs to somebody dead never happens; to somebody frozen, later. */
export interface Owner {
  readonly alive: boolean
  readonly frozenUntil: number
}

interface Event {
  at: number
  readonly order: number
  readonly owner: Owner | undefined
  readonly run: () => unknown
  cancelled: boolean
}

/** Resolves once every promise that can go on has gone on. */
const quiet = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Virtual time: events run one by one in the order of their times, each followed by everything that its promises set
 * off. Whoever schedules draws the delays, so chance decides the order.
 */
export class Scheduler {
  #now: number
  #order = 0
  #ran = 0
  readonly #heap: Event[] = []

  constructor(start: number) {
    this.#now = start
  }

  readonly now = (): number => this.#now

  /** How many events have run. */
  get ran(): number {
    return this.#ran
  }

  /** Runs something after so many milliseconds; an async one holds up the world until it is done. */
  after(ms: number, owner: Owner | undefined, run: () => unknown): () => void {
    const event = { at: this.#now + Math.max(0, ms), order: this.#order++, owner, run, cancelled: false }
    this.#push(event)
    return () => {
      event.cancelled = true
    }
  }

  /** A promise of something that happens after so many milliseconds. For somebody dead it never settles. */
  soon<T>(ms: number, owner: Owner | undefined, work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(ms, owner, async () => {
        try {
          resolve(await work())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Runs everything up to a moment. */
  async runUntil(time: number): Promise<void> {
    for (let next = this.#heap[0]; next && next.at <= time; next = this.#heap[0]) {
      this.#pop()
      const { owner } = next
      if (next.cancelled || owner?.alive === false) continue
      if (owner && owner.frozenUntil > next.at) {
        next.at = owner.frozenUntil
        this.#push(next)
        continue
      }
      this.#now = next.at
      this.#ran += 1
      await next.run()
      await quiet()
    }
    this.#now = Math.max(this.#now, time)
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (!above || !isBefore(event, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = heap[child + 1]
      const left = heap[child]
      if (!left) break
      let least = left
      if (right && isBefore(right, left)) {
        least = right
        child += 1
      }
      if (!isBefore(least, last)) break
      heap[at] = least
      at = child
    }
    heap[at] = last
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order)
