import { type Space, snapshotInSteps } from 'segue/crdt'
import type { Clock } from './clock.ts'
import { RefusedError } from './errors.ts'
import { inSteps } from './in-steps.ts'
import type { Log } from './remote.ts'
import { type Problem, problemOf } from './status.ts'
import type { SpaceStore } from './store.ts'

/** A new device should not have to read a longer tail than this many entries. */
const SNAPSHOT_EVERY = 200

export interface SnapshotWriterOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly log: Log
  readonly clock: Clock
}

/** Offers the server a snapshot now and then, so that new devices open fast where no worker makes any. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  #problem: Problem | undefined
  #isDue = false

  constructor(options: SnapshotWriterOptions) {
    this.#options = options
  }

  /** Why the last snapshot was refused; nothing is lost by that. */
  get problem(): Problem | undefined {
    return this.#problem
  }

  /** To be called when own edits have moved the cursor on from `before`: nobody else's lie between. */
  async moved(before: number): Promise<void> {
    const { space, store, log } = this.#options
    const { cursor: seq, epoch } = store
    if (Math.floor(before / SNAPSHOT_EVERY) < Math.floor(seq / SNAPSHOT_EVERY)) this.#isDue = true
    // What a long time offline has left is sent in many steps: one snapshot at their end will do.
    if (!this.#isDue || store.pending.length > 0) return
    const state = await this.#encoded()
    // Whoever is editing will have edited more by the time of the next.
    if (!state) return
    try {
      await log.writeSnapshot(space.id, { epoch, seq, state })
      this.#problem = undefined
    } catch (error) {
      // Where the network was in the way it is tried again.
      if (!(error instanceof RefusedError)) throw error
      this.#problem = problemOf(error)
    }
    this.#isDue = false
  }

  /** @returns nothing when the document has changed meanwhile */
  async #encoded(): Promise<Uint8Array | undefined> {
    const { space, clock } = this.#options
    const steps = snapshotInSteps(space.doc)
    let state: Uint8Array | undefined
    await inSteps(clock, () => {
      const { done, value } = steps.next()
      if (done) state = value
      return !done
    })
    return state
  }
}
