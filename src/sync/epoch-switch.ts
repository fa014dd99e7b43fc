import { applySnapshot, carryOver, InvalidUpdateError, type SpaceId } from 'segue/crdt'
import { entryKey, type Log, type Snapshot, SyncError } from 'segue/supabase'
import type { Device } from './device/index.ts'
import type { OpenSpace } from './open-space.ts'

/** Where the document of a new epoch comes from. */
const SNAPSHOT = Symbol('snapshot of a new epoch')

/**
 * Fills the document of a new epoch from the server's newest snapshot, unless an earlier try (which a crash ended) has
 * done so.
 *
 * @returns `absent` when that cannot be read, or is none of that epoch
 */
async function fillFromSnapshot(
  next: OpenSpace,
  snapshot: Snapshot | undefined,
): Promise<'filled' | 'kept' | 'absent'> {
  await next.ready
  if (next.store.cursor > 0) return 'kept'
  if (snapshot?.epoch !== next.store.epoch) return 'absent'
  try {
    applySnapshot(next.space, snapshot.state, SNAPSHOT)
  } catch (error) {
    if (!(error instanceof InvalidUpdateError)) throw error
    return 'absent'
  }
  await next.store.setCursor(snapshot.seq)
  return 'filled'
}

/** The server's newest snapshot; nothing when it has none, or cannot be asked now. */
export async function newestSnapshot(log: Log, id: SpaceId): Promise<Snapshot | undefined> {
  try {
    return await log.readSnapshot(id)
  } catch (error) {
    if (!(error instanceof SyncError)) throw error
    return undefined
  }
}

/**
 * Fills the document of a new epoch from the server's newest snapshot, and with what waits in the old one.
 *
 * @param complete  the old document holds everything that went into the new epoch
 * @returns whether all of it is stored
 */
export async function prepareEpoch(
  open: OpenSpace,
  next: OpenSpace,
  snapshot: Snapshot | undefined,
  complete: boolean,
): Promise<boolean> {
  const start = await fillFromSnapshot(next, snapshot)
  if (start === 'absent') return false
  // The snapshot may be newer than the old log's end, or that purged: only the same place says the same.
  const isSame = complete && start === 'filled' && next.store.cursor === open.store.cursor
  await carryPending(open, next, isSame)
  return next.store.isStored()
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
