import type { SupabaseClient } from '@supabase/supabase-js'
import { fromBase64, toBase64 } from 'lib0/buffer'
import { isSpaceId, type SpaceId } from 'segue/crdt'
import { count, date, list, object, text, truth } from './answers.ts'
import { CallFailedError, KeyRefusedError, MissingMigrationError, UnreachableError } from './errors.ts'
import type { CompactionPolicy, HistoryPolicy } from './policy.ts'
import type { Base, DueSpace, LoggedUpdate, StoredSnapshot, WorkerLog } from './worker-log.ts'

/** The log of a Supabase project, through the functions of its migrations, with the service role's key. */
export class SupabaseLog implements WorkerLog {
  readonly #supabase: SupabaseClient

  constructor(supabase: SupabaseClient) {
    this.#supabase = supabase
  }

  async due(policy: CompactionPolicy, after: SpaceId | undefined): Promise<DueSpace[]> {
    const answer = await this.#call('spaces_to_compact', {
      p_entries: policy.snapshotEvery.entries,
      p_bytes: policy.snapshotEvery.bytes,
      p_log_seconds: policy.logRetentionMs / 1000,
      p_trash_seconds: policy.tombstoneRetentionMs / 1000,
      p_after: after ?? null,
      p_checkpoint_seconds: policy.checkpointEveryMs / 1000,
    })
    return list(answer, 'the list of spaces', (space) => ({
      id: text(space, 'id', isSpaceId),
      merge: truth(space.merge, 'merge'),
    }))
  }

  async base(space: SpaceId, before: number | undefined): Promise<Base | undefined> {
    const answer = await this.#call('compaction_base', { p_space: space, p_before: before ?? null })
    if (answer === null) return undefined
    const base = object(answer, 'a base')
    return {
      epoch: count(base, 'epoch'),
      epochSeq: count(base, 'epochSeq'),
      epochStartedAt: date(base, 'epochStartedAt'),
      snapshot: base.snapshot === null ? null : snapshotOf(base.snapshot),
    }
  }

  async tail(space: SpaceId, epoch: number, after: number): Promise<LoggedUpdate[]> {
    const answer = await this.#call('compaction_tail', { p_space: space, p_epoch: epoch, p_after: after })
    return list(answer, 'a page of the log', (row) => ({
      seq: count(row, 'seq'),
      client: text(row, 'client'),
      n: count(row, 'n'),
      update: fromBase64(text(row, 'update')),
    }))
  }

  async writeSnapshot(
    space: SpaceId,
    epoch: number,
    { seq, state, waitingSince }: StoredSnapshot,
  ): Promise<boolean> {
    const answer = await this.#call('write_worker_snapshot', {
      p_space: space,
      p_epoch: epoch,
      p_seq: seq,
      p_state: toBase64(state),
      p_waiting_since: waitingSince?.toISOString() ?? null,
    })
    return truth(answer, 'a snapshot')
  }

  async beginEpoch(
    space: SpaceId,
    epoch: number,
    { seq, state }: Pick<StoredSnapshot, 'seq' | 'state'>,
  ): Promise<number | undefined> {
    const answer = await this.#call('begin_epoch', {
      p_space: space,
      p_epoch: epoch,
      p_head: seq,
      p_state: toBase64(state),
    })
    return answer === null ? undefined : count({ epoch: answer }, 'epoch')
  }

  async purge(space: SpaceId, retentionMs: number): Promise<number> {
    const answer = await this.#call('purge_log', { p_space: space, p_seconds: retentionMs / 1000 })
    return count({ purged: answer }, 'purged')
  }

  async thin(space: SpaceId, { hourlyMs, dailyMs, weeklyMs, maxBytes }: HistoryPolicy): Promise<void> {
    await this.#call('thin_history', {
      p_space: space,
      p_hourly_seconds: hourlyMs / 1000,
      p_daily_seconds: dailyMs / 1000,
      p_weekly_seconds: weeklyMs / 1000,
      p_bytes: maxBytes,
    })
  }

  async #call(name: string, args: Record<string, unknown>): Promise<unknown> {
    const { data, error, status } = await this.#supabase.rpc(name, args)
    if (!error) return data
    const reason = error.message || `status ${status}`
    if (status === 0) throw new UnreachableError(reason, error)
    if (status === 401 || status === 403 || error.code === '42501') throw new KeyRefusedError(error)
    if (error.code === 'PGRST202' || error.code === '42883') throw new MissingMigrationError(name)
    throw new CallFailedError(name, reason, error)
  }
}

function snapshotOf(answer: unknown): StoredSnapshot {
  const snapshot = object(answer, 'a snapshot')
  return {
    seq: count(snapshot, 'seq'),
    state: fromBase64(text(snapshot, 'state')),
    waitingSince: snapshot.waitingSince === null ? null : date(snapshot, 'waitingSince'),
  }
}
