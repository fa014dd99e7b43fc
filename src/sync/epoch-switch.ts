import { applySnapshot, carryOver } from 'segue/crdt'
import { entryKey, type Log } from 'segue/supabase'
import type { Device } from './device/index.ts'
import type { OpenSpace } from './open-space.ts'

/** Where the document of a new epoch comes from. */
const SNAPSHOT = Symbol('snapshot of a new epoch')

/**
 * Fills the document of a new epoch from its snapshot, unless an earlier try (which a crash ended) has done so.
 *
 * @returns `absent` when the server has no snapshot of that epoch to give (any more)
 * @throws the errors of {@link Log}
 */
export async function fillFromSnapshot(next: OpenSpace, log: Log): Promise<'filled' | 'kept' | 'absent'> {
  await next.ready
  if (next.store.cursor > 0) return 'kept'
  const snapshot = await log.readSnapshot(next.space.id)
  if (snapshot?.epoch !== next.store.epoch) return 'absent'
  applySnapshot(next.space, snapshot.state, SNAPSHOT)
  await next.store.setCursor(snapshot.seq)
  return 'filled'
}

/**
 * Re-applies edits that the log has not acknowledged onto the document of the new epoch, as edits made there, and
 * remembers which: each is carried over once, however often a crash lets this begin anew.
 *
 * Changes `next` before it returns; resolves once that is durable.
 *
 * @param complete  `from` holds everything that went into the snapshot, and `next` nothing but that
 */
export function carryPending(from: OpenSpace, next: OpenSpace, complete = false): Promise<unknown> {
  const { pending, unlogged } = from.store
  // What was adopted is carried over by its author.
  const entries = pending.filter((entry) => !entry.adopted && !next.store.carried.has(entryKey(entry)))
  const others = [...unlogged, ...pending.filter(({ adopted }) => adopted)]
  if (entries.length === 0) return Promise.resolve()
  next.store.keepCarried(entries)
  carryOver({
    from: from.space.doc,
    updates: entries.map(({ update }) => update),
    others: others.map(({ update }) => update),
    onto: next.space.doc,
    complete: complete && others.length === 0,
    origin: next.space,
  })
  return next.store.seal()
}

/**
 * Brings home what a crash left in the stores of earlier epochs, and deletes them.
 *
 * @param reopen  opens the space as it was in an epoch
 */
export async function clearOldEpochs(
  device: Device,
  current: OpenSpace,
  reopen: (epoch: number) => OpenSpace,
): Promise<void> {
  const { id, epoch } = current.entry
  for (let old = epoch - 1; old >= 0; old--) {
    if (!(await device.hasStore(id, old))) continue
    const left = reopen(old)
    await left.ready
    await carryPending(left, current)
    await left.store.destroy()
    left.space.destroy()
    await device.deleteStore(id, old)
  }
}
