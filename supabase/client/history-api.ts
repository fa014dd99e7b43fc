import type { SupabaseClient } from '@supabase/supabase-js'
import type { SpaceId } from 'segue/crdt'
import { count, list, optionalText } from './answers.ts'
import { UnexpectedAnswerError } from './errors.ts'
import { unpackPage } from './log-page.ts'
import type { LogPage, Snapshot } from './remote.ts'
import { callFunction } from './rpc.ts'
import { readInParts, SNAPSHOT_PART_BYTES } from './snapshot-parts.ts'

/** Edits of one person without a pause, or, where the log has been purged, a checkpoint. */
export interface LoggedMoment {
  readonly epoch: number
  /** The place in the log before its first edit; null for a checkpoint. */
  readonly from: number | null
  /** The place of its last edit: what the space was then. */
  readonly seq: number
  /** Who pushed the edits, as the server knows by their session; null for a deleted account and for a checkpoint. */
  readonly author: string | null
  /** When the first and the last edit reached the server, in ms since 1970. */
  readonly since: number
  readonly until: number
  /** How many updates. */
  readonly edits: number
}

/** Older states of a space, for its members. Every method needs the network and throws the errors of {@link callFunction}. */
export class HistoryApi {
  readonly #supabase: SupabaseClient

  constructor(supabase: SupabaseClient) {
    this.#supabase = supabase
  }

  /** Moments before a place in the log, newest first; none at the beginning. */
  async moments(
    space: SpaceId,
    before: number | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<LoggedMoment[]> {
    const args = { p_space: space, p_before: before ?? null, p_limit: limit }
    return momentsIn(await callFunction(this.#supabase, 'space_moments', args, signal), before)
  }

  /** The newest checkpoint of an epoch at a place in the log or before it. Progress is from 0 to 1. */
  async checkpoint(
    space: SpaceId,
    epoch: number,
    at: number,
    { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (share: number) => void } = {},
  ): Promise<Snapshot | undefined> {
    const found = await readInParts(
      (offset, of) =>
        callFunction(
          this.#supabase,
          'read_checkpoint',
          {
            ...{ p_space: space, p_epoch: epoch, p_at: of?.seq ?? at },
            ...{ p_offset: offset, p_length: SNAPSHOT_PART_BYTES },
          },
          signal,
        ),
      onProgress,
    )
    if (found && (found.epoch !== epoch || found.seq > at)) throw new UnexpectedAnswerError('a checkpoint')
    return found
  }

  /** A page of an epoch's log after `since`. */
  async log(
    space: SpaceId,
    epoch: number,
    since: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<LogPage> {
    const args = { p_space: space, p_epoch: epoch, p_since: since, p_limit: limit }
    return unpackPage(await callFunction(this.#supabase, 'pull_log', args, signal), since)
  }
}

/**
 * Reads an answer of `space_moments`.
 *
 * @throws {UnexpectedAnswerError} it is no list of moments that go back from `before`
 */
export function momentsIn(answer: unknown, before: number | undefined): LoggedMoment[] {
  const moments = list(answer, 'the history', (moment) => ({
    epoch: count(moment, 'epoch'),
    from: moment.from === null ? null : count(moment, 'from'),
    seq: count(moment, 'seq'),
    author: optionalText(moment, 'author'),
    since: time(count(moment, 'since')),
    until: time(count(moment, 'until')),
    edits: count(moment, 'edits'),
  }))
  let next = before ?? Number.POSITIVE_INFINITY
  for (const { from, seq } of moments) {
    // A page that leads nowhere would be asked for again and again.
    if (seq >= next || (from !== null && from >= seq)) throw new UnexpectedAnswerError('the history')
    next = from === null ? seq : from + 1
  }
  return moments
}

/** Latest time that a Date can tell. */
const MAX_TIME = 8_640_000_000_000_000

function time(value: number): number {
  if (value > MAX_TIME) throw new UnexpectedAnswerError('a time')
  return value
}
