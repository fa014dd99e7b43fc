import { encodeSnapshot, type Space } from 'segue/crdt'
import { RefusedError } from './errors.ts'
import type { Log } from './remote.ts'
import { type Problem, problemOf } from './status.ts'
import type { SpaceStore } from './store.ts'

/** A new device should not have to read a longer tail than this many entries. */
const SNAPSHOT_EVERY = 200

export interface SnapshotWriterOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly log: Log
}

/** Offers the server a snapshot now and then, so that new devices open fast where no worker makes any. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  #problem: Problem | undefined

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
    if (Math.floor(before / SNAPSHOT_EVERY) >= Math.floor(seq / SNAPSHOT_EVERY)) return
    try {
      await log.writeSnapshot(space.id, { epoch, seq, state: encodeSnapshot(space) })
      this.#problem = undefined
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.#problem = problemOf(error)
    }
  }
}
