import type { Clock } from 'segue/supabase'
import type { Change, SpaceDatabase } from './space-database.ts'

/** What storage has refused is tried again after this time, in ms. */
const RETRY_MS = 5_000

export interface WriteQueueOptions {
  readonly clock: Clock
  /** Storage has taken updates, under these keys. */
  readonly onStored: (keys: readonly IDBValidKey[]) => void
  /** Storage has refused a write. */
  readonly onRefused: (cause: unknown) => void
  /** Storage has taken these, after it had refused some of them. */
  readonly onRecovered: (changes: readonly Change[]) => void
}

/**
 * Writes to a database one after the other, each with everything that has gathered meanwhile: what storage refuses
 * keeps its place in the order, and goes along with the next one.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  #database: SpaceDatabase | undefined
  #waiting: Change[] = []
  #writing: readonly Change[] = []
  #isFailing = false
  #last: Promise<void> = Promise.resolve()
  /** The write that has not begun. */
  #next: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined

  constructor(options: WriteQueueOptions) {
    this.#options = options
  }

  /** Storage has refused the last write. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Everything is in storage. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#writing.length === 0
  }

  /** The keys of the values that are on their way into storage. */
  get keysOnTheirWay(): ReadonlySet<string> {
    const changes = [...this.#writing, ...this.#waiting]
    return new Set(changes.flatMap(({ put = [] }) => put.map(([key]) => key)))
  }

  /** Resolves once every write so far was tried. */
  get settled(): Promise<void> {
    return this.#last
  }

  open(database: SpaceDatabase): void {
    this.#database = database
  }

  /** Adds a change that goes along with the next write. */
  hold(change: Change): void {
    this.#waiting.push(change)
  }

  /** Resolves once the change, and all before it, are durable or were refused. */
  write(change?: Change): Promise<void> {
    if (change) this.#waiting.push(change)
    this.#next ??= this.#last.then(() => this.#store())
    this.#last = this.#next
    return this.#next
  }

  /** Tries nothing again. */
  close(): void {
    this.#cancelRetry?.()
    this.#waiting = []
    this.#database = undefined
  }

  async #store(): Promise<void> {
    this.#next = undefined
    if (!this.#database) return
    const changes = this.#waiting
    this.#waiting = []
    this.#writing = changes
    try {
      this.#options.onStored(await this.#database.write(changes))
      if (this.#isFailing) {
        this.#isFailing = false
        this.#options.onRecovered(changes)
      }
    } catch (cause) {
      this.#waiting = [...changes, ...this.#waiting]
      this.#isFailing = true
      this.#cancelRetry?.()
      this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => void this.write())
      this.#options.onRefused(cause)
    } finally {
      this.#writing = []
    }
  }
}
