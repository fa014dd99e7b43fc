/**
 * Compaction: keeps the log, the snapshots and the documents of a server from growing without end.
 * The log flows in; snapshots, fresh documents for new epochs and the purge of what nobody needs any more flow out.
 * It never trusts a member's snapshot, never knows a schema, and never drops an update that no document holds.
 */
export { type CompactionOptions, compact, type SpaceResult } from './compact.ts'
export * from './errors.ts'
export type { PoisonedEntry } from './merge.ts'
export { type CompactionPolicy, DEFAULT_POLICY } from './policy.ts'
export { summaryOf } from './summary.ts'
export { SupabaseLog } from './supabase-log.ts'
export { runRound, startWorker, type Worker, type WorkerOptions } from './worker.ts'
export type { Base, DueSpace, LoggedUpdate, StoredSnapshot, WorkerLog } from './worker-log.ts'
