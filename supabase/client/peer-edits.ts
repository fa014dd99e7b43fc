import { applyUpdates, buildsOn, heldPart, holdsUpdate, type Space } from 'segue/crdt'
import type { Clock } from './clock.ts'
import { broadcastName } from './edit-message.ts'
import type { OutboxEntry } from './remote.ts'
import type { SpaceStore, UnloggedEntry } from './store.ts'

/** A peer's edit that is not in the log after this time is pushed by whoever holds it, in ms. */
const ADOPT_AFTER_MS = 15_000
/** A peer's edit that is not in the log after this time, and that may not be pushed here, is taken for lost, in ms. */
const STRAY_AFTER_MS = 60_000

export interface PeerEditsOptions {
  readonly space: Space
  readonly store: SpaceStore
  readonly clock: Clock
  /** What changes to the document are made in the name of. */
  readonly origin: unknown
}

/**
 * Peers' edits that came by broadcast. A peer that vanishes before its edit has reached the log must not leave others
 * with more than the log holds: they push it themselves, or let go of it.
 */
export class PeerEdits {
  readonly #options: PeerEditsOptions

  constructor(options: PeerEditsOptions) {
    this.#options = options
  }

  /** Merges an edit, and keeps it until the log is known to hold it. */
  receive(entry: OutboxEntry): void {
    const { space, store, origin } = this.#options
    let isNew = false
    const onUpdate = () => {
      isNew = true
    }
    space.doc.on('update', onUpdate)
    const [refused] = applyUpdates(space, [entry.update], origin)
    space.doc.off('update', onUpdate)
    // What the log has brought before need not be looked for in it again.
    if (!refused && (isNew || !holdsUpdate(space, entry.update))) store.keepUnlogged(entry)
  }

  /** Whether what waits here builds on an edit that the log is not known to hold. */
  areNeeded(): boolean {
    const { pending, unlogged } = this.#options.store
    if (pending.length === 0 || unlogged.length === 0) return false
    return buildsOn(updatesOf(pending), updatesOf(unlogged))
  }

  /**
   * Makes them part of what is pushed next. Of an edit that waits for others only that
   * goes into the log which the document has taken in: nothing here can build on more.
   */
  async adopt(): Promise<void> {
    const { space, store } = this.#options
    await store.adopt(
      store.unlogged.flatMap((entry) => {
        if (holdsUpdate(space, entry.update)) return [entry]
        const update = heldPart(space.doc, entry.update)
        return update ? [{ ...broadcastName(update), update }] : []
      }),
    )
  }

  /**
   * Adopts those whose author has had time enough.
   *
   * @returns whether there are strays, which nobody will push: their author has lost the right to, or has dropped what
   *   they build on
   */
  async adoptOrphans(mayPush: boolean): Promise<boolean> {
    const { space, store, clock } = this.#options
    const now = clock.now()
    // A clock that was put back makes an arrival lie in the future.
    const isOver = ({ receivedAt }: UnloggedEntry, ms: number) => receivedAt < now - ms || receivedAt > now
    const orphans = store.unlogged.filter((entry) => isOver(entry, ADOPT_AFTER_MS))
    const adopted = mayPush ? orphans.filter(({ update }) => holdsUpdate(space, update)) : []
    if (adopted.length > 0) await store.adopt(adopted)
    return orphans.some((entry) => !adopted.includes(entry) && isOver(entry, STRAY_AFTER_MS))
  }
}

const updatesOf = (entries: readonly OutboxEntry[]) => entries.map(({ update }) => update)
