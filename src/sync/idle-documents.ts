import type { Space, SpaceId } from 'segue/crdt'
import { type Clock, inSteps } from 'segue/supabase'

/** A document that nobody has used for this time is closed, in ms; at the latest after twice that. */
const IDLE_MS = 60_000

export interface IdleDocumentsOptions {
  readonly clock: Clock
  readonly spaces: () => readonly Space[]
  /** See {@link IDLE_MS}. */
  readonly idleMs?: number | undefined
}

/**
 * Closes documents that nobody uses: their rows can still be queried, and they are read again with the next edit, wherever
 * it comes from. Those of spaces on the screen stay open.
 */
export class IdleDocuments {
  readonly #options: IdleDocumentsOptions
  /** How often each had been used when it was last looked at. */
  readonly #uses = new WeakMap<Space, number>()
  readonly #kept = new Map<SpaceId, number>()
  #cancel: () => void
  #isOver = false

  constructor(options: IdleDocumentsOptions) {
    this.#options = options
    this.#cancel = this.#wait()
  }

  /** Keeps the document of a space open, whichever that is. Returns the way to let go of it. */
  keep(id: SpaceId): () => void {
    this.#kept.set(id, this.#keepers(id) + 1)
    let isKept = true
    return () => {
      if (isKept) this.#kept.set(id, this.#keepers(id) - 1)
      isKept = false
    }
  }

  /** May be called twice. */
  destroy(): void {
    this.#isOver = true
    this.#cancel()
  }

  #wait(): () => void {
    const { clock, idleMs = IDLE_MS } = this.#options
    return clock.after(idleMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    for (const space of this.#options.spaces()) {
      if (!space.isLoaded || this.#keepers(space.id) > 0) continue
      if (this.#uses.get(space) === space.uses) await this.#close(space)
      this.#uses.set(space, space.uses)
    }
    if (!this.#isOver) this.#cancel = this.#wait()
  }

  async #close(space: Space): Promise<void> {
    const steps = space.closing()
    const isWanted = () => this.#isOver || this.#keepers(space.id) > 0
    await inSteps(this.#options.clock, () => !isWanted() && !steps.next().done)
    // What has not come to its end is given up.
    steps.return(false)
  }

  #keepers(id: SpaceId): number {
    return this.#kept.get(id) ?? 0
  }
}
