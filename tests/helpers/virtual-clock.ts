import type { Clock } from 'segue/supabase'

/** Time that passes only when it is told to, and chance that a seed decides. */
export class VirtualClock implements Clock {
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>()
  #now = 1_700_000_000_000
  #state: number
  #made = 0

  constructor(seed: number) {
    this.#state = seed
  }

  now(): number {
    return this.#now
  }

  /** Mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  after(ms: number, run: () => void): () => void {
    const id = this.#made++
    this.#timers.set(id, { at: this.#now + ms, run })
    return () => this.#timers.delete(id)
  }

  /** Resolves after so many milliseconds of this clock. */
  readonly pause = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve))

  /** Lets so much time pass, everything that follows from it included. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      // What a timer has set off goes on by promises alone: all of that is over after a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve))
      let next: number | undefined
      for (const [id, { at }] of this.#timers) {
        if (at <= until && (next === undefined || at < (this.#timers.get(next)?.at ?? 0))) next = id
      }
      const timer = next === undefined ? undefined : this.#timers.get(next)
      if (next === undefined || !timer) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, timer.at)
      timer.run()
    }
    this.#now = until
  }
}
