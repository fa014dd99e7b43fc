import { applySnapshot, applyUpdates, InvalidUpdateError, type Space } from 'segue/crdt'
import type { Clock } from './clock.ts'
import { broadcastName, senderOf } from './edit-message.ts'
import { UnexpectedAnswerError } from './errors.ts'
import { inSteps } from './in-steps.ts'
import type { Log, LogPage, OutboxEntry, Role } from './remote.ts'
import type { SendBudget } from './send-budget.ts'
import type { Problem } from './status.ts'
import { entryKey, type SpaceStore } from './store.ts'
import type { Traffic } from './traffic.ts'

const PAGE = 2_000
/** So many entries are merged at a stretch: a long page should not keep the screen waiting. */
const SLICE = 500

export interface LogReaderOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly log: Log
  readonly clock: Clock
  readonly budget: SendBudget
  readonly traffic: Traffic
  /** Origin of the transactions in which the log is merged. */
  readonly origin: unknown
  readonly onRole: (role: Role) => void
  /** How much of a snapshot has arrived, from 0 to 1. */
  readonly onProgress: (share: number) => void
}

/** What one reading found. */
export interface Reading {
  readonly taken: number
  /** Set when the epoch this replica is in has ended: the one that the space is in now. */
  readonly newEpoch?: number
  /** The log of this replica's epoch was read to its end. */
  readonly complete: boolean
}

/**
 * Merges a space's log into its document, from the cursor on.
 *
 * Bytes that cannot be read are skipped, kept in the log, and reported: one poisoned entry stops nothing.
 */
export class LogReader {
  readonly #options: LogReaderOptions
  readonly #problems = new Map<string, Problem>()

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** Entries and snapshots that could not be read. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()]
  }

  /** Reads everything that is new. Stopped by `signal` between two pages. */
  async read(signal: AbortSignal): Promise<Reading> {
    const { space, store, log, onRole } = this.#options
    let taken = 0
    // A snapshot would not tell by what names the log holds edits that wait here.
    if (store.cursor === 0 && store.pending.length === 0) await this.#fillFromSnapshot(1)
    while (!signal.aborted) {
      const page = await log.pull(space.id, store.epoch, store.cursor, PAGE)
      if (signal.aborted) break
      onRole(page.role)
      const ended = page.epoch !== store.epoch
      const [first] = page.entries
      // The rest of an ended epoch is read for the sake of edits that have to be carried over from it.
      const isOfUse = !ended || (first?.seq === store.cursor + 1 && store.pending.length > 0)
      // What lies between was purged, and nothing has been logged since that would show the gap.
      if (!first && !ended && page.head > store.cursor) {
        await this.#fillFromSnapshot(page.head + 1)
        continue
      }
      if (!first || !isOfUse) {
        return { taken, ...(ended && { newEpoch: page.epoch }), complete: !first }
      }
      if (first.seq !== store.cursor + 1) await this.#fillFromSnapshot(first.seq)
      else {
        await this.#mergeInSlices(page)
        taken += page.entries.length
        if (!ended && store.cursor >= page.head) break
      }
    }
    return { taken, complete: !signal.aborted }
  }

  /**
   * Merges a page that came with the answer to a push.
   *
   * @returns false when there is more to read than it holds
   */
  async take(page: LogPage): Promise<boolean> {
    const { store, onRole } = this.#options
    if (page.epoch !== store.epoch || page.entries[0]?.seq !== store.cursor + 1) return false
    onRole(page.role)
    await this.#mergeInSlices(page)
    return store.cursor >= page.head
  }

  async #mergeInSlices(page: LogPage): Promise<void> {
    const { space, clock } = this.#options
    if (page.entries.length > 0) await inSteps(clock, () => space.loadNext())
    for (let at = 0; at < page.entries.length; at += SLICE) {
      await this.#merge({ ...page, entries: page.entries.slice(at, at + SLICE) })
    }
  }

  async #merge({ entries }: LogPage): Promise<void> {
    const { space, store, budget, traffic, origin } = this.#options
    const updates = entries.map(({ update }) => update)
    for (const { index, error } of applyUpdates(space, updates, origin)) {
      const entry = entries[index]
      if (entry) this.#report(`Entry ${entry.seq} of the log`, `entry ${entry.seq}`, error)
    }
    // A peer that has adopted an edit pushes it under the name that its bytes give it.
    const pending = new Map(
      store.pending.flatMap((entry) => [
        [entryKey(entry), entry] as const,
        [entryKey(broadcastName(entry.update)), entry] as const,
      ]),
    )
    const own: OutboxEntry[] = []
    for (const entry of entries) {
      traffic.add('pulled', entry.update.byteLength)
      const found = pending.get(entryKey(entry))
      if (found) own.push(found)
      else budget.heard(senderOf(entry.client))
    }
    if (own.length > 0) await store.acknowledge(own)
    // Names are made of bytes, which takes a while for a long log; and most often there is nothing to forget.
    if (store.unlogged.length > 0) await store.forgetUnlogged(updates.map(broadcastName))
    await store.setCursor(entries.at(-1)?.seq ?? store.cursor)
  }

  /**
   * Merges the newest readable snapshot, which must reach the entry at `first` or, for a new device, may be missing.
   *
   * @throws {UnexpectedAnswerError} the log begins later than any snapshot that can be read
   */
  async #fillFromSnapshot(first: number): Promise<void> {
    const { space, store, log, traffic, origin, onProgress } = this.#options
    let before: number | undefined
    for (;;) {
      const snapshot = await log.readSnapshot(space.id, { before, onProgress })
      if (!snapshot || snapshot.epoch !== store.epoch || snapshot.seq <= store.cursor) break
      traffic.add('snapshot', snapshot.state.byteLength)
      try {
        applySnapshot(space, snapshot.state, origin)
        await store.setCursor(snapshot.seq)
        return
      } catch (error) {
        if (!(error instanceof InvalidUpdateError)) throw error
        this.#report(`The snapshot at ${snapshot.seq}`, `snapshot ${snapshot.seq}`, error)
        before = snapshot.seq
      }
    }
    if (first > store.cursor + 1) throw new UnexpectedAnswerError('a log with a hole')
  }

  #report(what: string, key: string, error: InvalidUpdateError): void {
    this.#problems.set(key, {
      code: 'unreadable_entry',
      message: `${what} could not be read and was skipped. ${error.message}`,
      action: 'Tell the person who maintains the app; everything else works on.',
    })
  }
}
