import { freshCopy, hasExpiredRows, type SpaceId } from 'segue/crdt'
import * as Y from 'yjs'
import { LogGapError } from './errors.ts'
import { MergedSpace, type PoisonedEntry } from './merge.ts'
import type { CompactionPolicy } from './policy.ts'
import type { DueSpace, WorkerLog } from './worker-log.ts'

export interface CompactionOptions {
  readonly log: WorkerLog
  readonly policy: CompactionPolicy
  /** The wall clock; a parameter so that a test can own it. */
  readonly now: () => Date
  /** Stops between two spaces. */
  readonly signal?: AbortSignal
}

/** What has become of a space's document. */
interface MergeResult {
  /** Updates merged into it since the last snapshot. */
  readonly entriesMerged: number
  /** Its size with all history, and as it is stored now. */
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** The epoch that it has begun, if it has. */
  readonly epochStarted: number | undefined
  /** Updates that were left out. */
  readonly poisoned: readonly PoisonedEntry[]
}

export type SpaceResult =
  | {
      readonly space: SpaceId
      readonly state: 'done'
      /** Nothing when the log was only purged, or the space was deleted meanwhile. */
      readonly document: MergeResult | undefined
      readonly entriesPurged: number
    }
  | { readonly space: SpaceId; readonly state: 'failed'; readonly error: unknown }

/** A space that many people write to may move on while its fresh document is made. The next round is soon. */
const EPOCH_ATTEMPTS = 5

/**
 * Works on every space that needs it, one at a time, so that no more than one document is in memory, and yields a
 * result for each; one that failed does not stop the others.
 *
 * Idempotent, and safe beside other workers: whatever was computed from an outdated state is refused by the log.
 *
 * @throws {WorkerError} the list of spaces could not be read
 */
export async function* compact(options: CompactionOptions): AsyncGenerator<SpaceResult> {
  const { log, policy, signal } = options
  let last: SpaceId | undefined
  for (;;) {
    const page = await log.due(policy, last)
    if (page.length === 0) return
    for (const due of page) {
      if (signal?.aborted) return
      yield await compactSpace(options, due)
      last = due.id
    }
  }
}

async function compactSpace(options: CompactionOptions, { id, merge }: DueSpace): Promise<SpaceResult> {
  const { log, policy } = options
  try {
    const document = merge ? await mergeSpace(options, id) : undefined
    let entriesPurged = 0
    let portion: number
    do {
      portion = await log.purge(id, policy.logRetentionMs)
      entriesPurged += portion
    } while (portion > 0)
    // After the purge, which moves the place from which the log goes on.
    await log.thin(id, policy.history)
    return { space: id, state: 'done', document, entriesPurged }
  } catch (error) {
    return { space: id, state: 'failed', error }
  }
}

async function mergeSpace(options: CompactionOptions, id: SpaceId): Promise<MergeResult | undefined> {
  try {
    return await mergeFromBase(options, id)
  } catch (error) {
    if (!(error instanceof LogGapError)) throw error
    // Another worker has written a newer snapshot, and purged what came before it.
    return await mergeFromBase(options, id)
  }
}

async function mergeFromBase(options: CompactionOptions, id: SpaceId): Promise<MergeResult | undefined> {
  const space = await MergedSpace.load(options.log, id)
  if (!space) return undefined
  try {
    await space.catchUp()
    return (await startEpoch(options, space)) ?? (await writeSnapshot(options, space))
  } finally {
    space.destroy()
  }
}

async function writeSnapshot({ log, now }: CompactionOptions, space: MergedSpace): Promise<MergeResult> {
  const { id, base, doc, seq } = space
  const state = Y.encodeStateAsUpdateV2(doc)
  await log.writeSnapshot(id, base.epoch, { seq, state, waitingSince: space.waitingSince(now()) })
  return resultOf(space, state.byteLength, state.byteLength, undefined)
}

/** Begins an epoch if it is worth it; `undefined` when it is not, or when the space is too busy just now. */
async function startEpoch(options: CompactionOptions, space: MergedSpace): Promise<MergeResult | undefined> {
  let copied = -1
  for (let attempt = 1; attempt <= EPOCH_ATTEMPTS; attempt++) {
    if (attempt > 1) await space.catchUp()
    // Refused though nothing has been logged: somebody else has begun an epoch.
    if (space.seq === copied) return undefined
    copied = space.seq
    const before = Y.encodeStateAsUpdateV2(space.doc).byteLength
    const fresh = worthwhileCopy(options, space, before)
    if (!fresh) return undefined
    const { id, base, seq } = space
    const epoch = await options.log.beginEpoch(id, base.epoch, { seq, state: fresh })
    if (epoch !== undefined) return resultOf(space, before, fresh.byteLength, epoch)
  }
  return undefined
}

function worthwhileCopy(
  { policy, now }: CompactionOptions,
  space: MergedSpace,
  size: number,
): Uint8Array | undefined {
  const { doc, base } = space
  const { tombstoneRetentionMs, logRetentionMs, epochWhen } = policy
  const time = now()
  const ago = (ms: number) => new Date(time.getTime() - ms)
  // An edit that builds on another which is not in the log yet is no part of a copy, but may have been acknowledged.
  const waitingSince = space.waitingSince(time)
  if (waitingSince !== null && waitingSince > ago(logRetentionMs)) return undefined
  const expiry = { removedBefore: ago(tombstoneRetentionMs) }
  // At most one epoch per retention for the sake of the trash: each makes every device load the document again.
  const mustPurge = base.epochStartedAt <= expiry.removedBefore && hasExpiredRows(doc, expiry)
  if (!mustPurge && size < epochWhen.minBytes) return undefined
  const copy = freshCopy(doc, expiry)
  const state = Y.encodeStateAsUpdateV2(copy)
  copy.destroy()
  return mustPurge || size >= epochWhen.ratio * state.byteLength ? state : undefined
}

function resultOf(
  { merged, poisoned }: MergedSpace,
  bytesBefore: number,
  bytesAfter: number,
  epochStarted: number | undefined,
): MergeResult {
  return { entriesMerged: merged, bytesBefore, bytesAfter, epochStarted, poisoned }
}
