import type { Clock } from './clock.ts'

/** Edits within this time go out together, in ms. */
const SHORTEST_WINDOW_MS = 50
/** Where edits would have to wait longer than this, the log alone carries them, in ms. */
const LONGEST_WINDOW_MS = 2_000
/** Somebody who has been silent for so long is not counted any more, in ms. */
const FORGET_AFTER_MS = 60_000
/** Where edits go by the log alone, words that it has moved may take up this share of the limit. */
const SHARE_OF_WORDS = 0.5

/**
 * How often this replica may broadcast, so that a space stays within what Realtime allows.
 *
 * Realtime counts each message once and again for everybody it is delivered to: n people who each send every w
 * seconds cost n²/w. Beyond the limit it closes the channel; so w grows with n², and past two seconds the edits go by
 * the log alone. A word that there is something to read is still said, by whoever comes first, and for everybody.
 */
export class SendBudget {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #heard = new Map<string, number>()
  #wordAt = Number.NEGATIVE_INFINITY

  /** @param perSecond  messages and deliveries a second that the server allows for one space */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
  }

  /** Takes note of another replica, by {@link senderOf}. */
  heard(sender: string): void {
    this.#heard.set(sender, this.#clock.now())
  }

  /** Takes note of a word that the log has moved, said here or by another replica. */
  heardWord(): void {
    this.#wordAt = this.#clock.now()
  }

  /** Whether another such word fits in; by chance, so that one says it and not all at once. */
  hasWord(): boolean {
    if (!this.logOnly) return true
    const apart = (1_000 * this.#people()) / (this.#perSecond * SHARE_OF_WORDS)
    return this.#clock.now() - this.#wordAt >= apart * (1 + this.#clock.random())
  }

  /** Time over which edits are gathered into one message, in ms. */
  get window(): number {
    return Math.min(LONGEST_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, this.#fairWindow()))
  }

  /** True where broadcasting would exceed the limit however much is gathered. */
  get logOnly(): boolean {
    return this.#fairWindow() > LONGEST_WINDOW_MS
  }

  #fairWindow(): number {
    return (1_000 * this.#people() ** 2) / this.#perSecond
  }

  #people(): number {
    const since = this.#clock.now() - FORGET_AFTER_MS
    for (const [sender, at] of this.#heard) if (at < since) this.#heard.delete(sender)
    return this.#heard.size + 1
  }
}
