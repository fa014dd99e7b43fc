import type { SpaceId } from 'segue/crdt'
import type { CompactionPolicy, HistoryPolicy } from './policy.ts'

/** A space that needs work: merging its log, or only purging it. */
export interface DueSpace {
  readonly id: SpaceId
  readonly merge: boolean
}

/** A snapshot that a worker has written. */
export interface StoredSnapshot {
  /** The snapshot holds the log up to this place. */
  readonly seq: number
  /** Yjs v2 encoding of the document. */
  readonly state: Uint8Array
  /** Since when the document has waited for updates that the log does not have. */
  readonly waitingSince: Date | null
}

/** Where the work on a space starts. */
export interface Base {
  readonly epoch: number
  /** Place in the log after which the epoch begins. */
  readonly epochSeq: number
  readonly epochStartedAt: Date
  /** Always there in an epoch after the first. */
  readonly snapshot: StoredSnapshot | null
}

/** A log row. */
export interface LoggedUpdate {
  readonly seq: number
  readonly client: string
  readonly n: number
  /** Yjs v1 update, as somebody has pushed it. */
  readonly update: Uint8Array
}

/** What compaction needs of a server. Each step checks that what it was computed from still holds. */
export interface WorkerLog {
  /** Spaces that need work, in the order of their ids, after `after`; one page, empty at the end. */
  due(policy: CompactionPolicy, after: SpaceId | undefined): Promise<DueSpace[]>
  /** The worker's newest snapshot below `before`, if there is one; `undefined` when the space is gone. */
  base(space: SpaceId, before: number | undefined): Promise<Base | undefined>
  /** One epoch's log after `after`, oldest first; one page, empty at the end. */
  tail(space: SpaceId, epoch: number, after: number): Promise<LoggedUpdate[]>
  /** False when it comes too late: the epoch has ended, or another worker has got further. */
  writeSnapshot(space: SpaceId, epoch: number, snapshot: StoredSnapshot): Promise<boolean>
  /** The new epoch, or `undefined` when the log is not at `head` any more. */
  beginEpoch(
    space: SpaceId,
    epoch: number,
    fresh: Pick<StoredSnapshot, 'seq' | 'state'>,
  ): Promise<number | undefined>
  /** Deletes a portion of what is past its time; 0 when nothing is left to delete. */
  purge(space: SpaceId, retentionMs: number): Promise<number>
  /** Deletes checkpoints that history can do without. */
  thin(space: SpaceId, history: HistoryPolicy): Promise<void>
}
