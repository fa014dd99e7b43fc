import { fromBase64, toBase64 } from 'lib0/buffer'
import type { SpaceId } from 'segue/crdt'
import type { WorkerLog } from '../../supabase/worker/index.ts'
import type { Args } from './server.ts'

type Call = (name: string, args: Args) => Promise<unknown>

interface Answer {
  readonly [key: string]: unknown
}

/** The worker's functions, called in whatever way is given. */
export function simWorkerLog(call: Call): WorkerLog {
  const one = (name: string, args: Args) => call(name, args) as Promise<Answer | null>
  const many = (name: string, args: Args) => call(name, args) as Promise<Answer[]>
  return {
    due: async ({ snapshotEvery, logRetentionMs, tombstoneRetentionMs }, after) => {
      const due = await many('spaces_to_compact', {
        p_entries: snapshotEvery.entries,
        p_bytes: snapshotEvery.bytes,
        p_log_seconds: logRetentionMs / 1_000,
        p_trash_seconds: tombstoneRetentionMs / 1_000,
        p_after: after ?? null,
      })
      return due.map(({ id, merge }) => ({ id: id as SpaceId, merge: merge === true }))
    },
    base: async (space, before) => {
      const base = await one('compaction_base', { p_space: space, p_before: before ?? null })
      if (!base) return undefined
      const snapshot = base.snapshot as Answer | null
      return {
        epoch: Number(base.epoch),
        epochSeq: Number(base.epochSeq),
        epochStartedAt: new Date(String(base.epochStartedAt)),
        snapshot: snapshot && {
          seq: Number(snapshot.seq),
          state: fromBase64(String(snapshot.state)),
          waitingSince: snapshot.waitingSince === null ? null : new Date(String(snapshot.waitingSince)),
        },
      }
    },
    tail: async (space, epoch, after) => {
      const rows = await many('compaction_tail', { p_space: space, p_epoch: epoch, p_after: after })
      return rows.map(({ seq, client, n, update }) => ({
        ...{ seq: Number(seq), client: String(client), n: Number(n), update: fromBase64(String(update)) },
      }))
    },
    writeSnapshot: async (space, epoch, { seq, state, waitingSince }) =>
      (await call('write_worker_snapshot', {
        ...{ p_space: space, p_epoch: epoch, p_seq: seq, p_state: toBase64(state) },
        p_waiting_since: waitingSince?.toISOString() ?? null,
      })) === true,
    beginEpoch: async (space, epoch, { seq, state }) => {
      const args = { p_space: space, p_epoch: epoch, p_head: seq, p_state: toBase64(state) }
      const begun = await call('begin_epoch', args)
      return begun === null ? undefined : Number(begun)
    },
    purge: async (space, retentionMs) =>
      Number(await call('purge_log', { p_space: space, p_seconds: retentionMs / 1_000 })),
    // Older states are nothing that a replica reads.
    thin: async () => {},
  }
}
