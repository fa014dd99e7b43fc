/** Ways by which updates travel: into the log, from it, as a snapshot, and by broadcast in both directions. */
export type Route = 'pushed' | 'pulled' | 'snapshot' | 'broadcast' | 'heard'

export interface Amount {
  readonly count: number
  /** Bytes of updates, without what HTTP, JSON and frames add. */
  readonly bytes: number
}

const NOTHING: Amount = { count: 0, bytes: 0 }

export type TrafficCounts = Readonly<Record<Route, Amount>>

/** What a space has sent and received since it was opened. */
export class Traffic {
  readonly #amounts: Record<Route, Amount> = {
    pushed: NOTHING,
    pulled: NOTHING,
    snapshot: NOTHING,
    broadcast: NOTHING,
    heard: NOTHING,
  }

  add(route: Route, bytes: number): void {
    const before = this.#amounts[route]
    this.#amounts[route] = { count: before.count + 1, bytes: before.bytes + bytes }
  }

  get counts(): TrafficCounts {
    return { ...this.#amounts }
  }
}
