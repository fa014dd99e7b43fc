import { causalOrder, type Space } from 'segue/crdt'
import { RefusedError } from './errors.ts'
import { pushBatches } from './push-batches.ts'
import type { Log, LogPage, OutboxEntry } from './remote.ts'
import type { SpaceStore } from './store.ts'
import type { Traffic } from './traffic.ts'

export interface LogWriterOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly log: Log
  readonly batchSize: number
  readonly traffic: Traffic
  /** Whether a push should bring what is new in the log as well. */
  readonly readsAlong: () => boolean
  /** What is new in the log has come with the answer to a push. */
  readonly onPage: (page: LogPage) => Promise<void>
  /** Everything that waits is durable here, and about to be pushed. */
  readonly onSealed: (entries: readonly OutboxEntry[]) => void
  /** Entries are in the log, at these places in ascending order. */
  readonly onAcknowledged: (entries: readonly OutboxEntry[], places: readonly number[]) => Promise<void>
}

/**
 * Pushes what waits in the outbox into the log, oldest first; of several tabs' and peers' edits, first what others
 * build on.
 *
 * It stops at the first entry that the server refuses: later edits may build on it, and must not reach people
 * without it. What is refused stays in the outbox until somebody retries or drops it.
 */
export class LogWriter {
  readonly #options: LogWriterOptions
  #refusal: RefusedError | undefined
  #acknowledged = 0

  constructor(options: LogWriterOptions) {
    this.#options = options
  }

  /** Why nothing is pushed until {@link retry}. */
  get refusal(): RefusedError | undefined {
    return this.#refusal
  }

  /** Lets refused entries be tried again. */
  retry(): void {
    this.#refusal = undefined
  }

  /**
   * @returns how many entries were acknowledged
   * @throws {RefusedError}  `old_epoch` alone; any other refusal is kept in {@link refusal}
   */
  async write(signal: AbortSignal): Promise<number> {
    const { store, batchSize, onSealed } = this.#options
    const pending = await store.seal()
    this.#acknowledged = 0
    // What was refused is in the log after all (a peer has adopted it), or was dropped.
    if (pending.length === 0) this.#refusal = undefined
    if (this.#refusal || signal.aborted) return 0
    onSealed(pending)
    try {
      for (const batch of pushBatches(inOrder(pending), batchSize)) {
        if (signal.aborted) break
        await this.#push(batch)
      }
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code === 'old_epoch') throw error
      this.#refusal = error
    }
    return this.#acknowledged
  }

  async #push(batch: readonly OutboxEntry[]): Promise<void> {
    const { store, traffic, onAcknowledged } = this.#options
    const [first, ...rest] = batch
    if (!first) return
    let places: ReadonlyMap<number, number>
    try {
      places = await this.#append(first.client, batch)
    } catch (error) {
      const unfit =
        error instanceof RefusedError && (error.code === 'too_large' || error.code === 'malformed')
      if (!unfit || rest.length === 0) throw error
      // All or nothing: one by one up to the entry that is meant.
      for (const entry of batch) await this.#push([entry])
      return
    }
    // Only what has a place is acknowledged, whatever else the answer left out.
    const logged = batch.filter(({ n }) => places.has(n))
    await store.acknowledge(logged)
    this.#acknowledged += logged.length
    for (const { update } of logged) traffic.add('pushed', update.byteLength)
    await onAcknowledged(
      logged,
      [...places.values()].sort((a, b) => a - b),
    )
  }

  async #append(client: string, batch: readonly OutboxEntry[]): Promise<ReadonlyMap<number, number>> {
    const { space, store, log, readsAlong, onPage } = this.#options
    if (!readsAlong()) return log.push(space.id, store.epoch, client, batch)
    const { places, page } = await log.exchange(space.id, store.epoch, client, batch, store.cursor)
    await onPage(page)
    return places
  }
}

/** One replica's entries are in order as they are. */
function inOrder(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  if (entries.every(({ client }) => client === entries[0]?.client)) return entries
  return causalOrder(entries.map(({ update }) => update)).flatMap((index) => entries[index] ?? [])
}
