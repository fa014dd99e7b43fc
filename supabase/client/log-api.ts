import type { SupabaseClient } from '@supabase/supabase-js'
import { fromBase64, toBase64 } from 'lib0/buffer'
import { type SpaceId, toSpaceId } from 'segue/crdt'
import { count, list, object, optionalText, text, word } from './answers.ts'
import { callFunction } from './rpc.ts'

export const ROLES = ['owner', 'editor', 'viewer'] as const
/** What a member may do: owners also share, editors write, viewers read. */
export type Role = (typeof ROLES)[number]

export const SPACE_KINDS = ['library', 'playlist'] as const
export type SpaceKind = (typeof SPACE_KINDS)[number]

/** A space as the server lists it for a member. */
export interface ListedSpace {
  readonly id: SpaceId
  readonly kind: SpaceKind
  readonly name: string
  readonly role: Role
  readonly ownerId: string
}

/** An edit that waits for the log. (`client`, `n`) names it for ever, so that pushing it twice is harmless. */
export interface OutboxEntry {
  /** UUID of the replica that made it. */
  readonly client: string
  /** Position among the replica's entries, from 1. */
  readonly n: number
  /** Yjs v1 update. */
  readonly update: Uint8Array
}

/** A log row: an entry with its place. */
export interface LogEntry extends OutboxEntry {
  /** Place in the space's log, from 1, without gaps. */
  readonly seq: number
}

export interface LogPage {
  /** Highest place in the log at the time of the answer. */
  readonly head: number
  readonly role: Role
  readonly entries: readonly LogEntry[]
}

export interface Snapshot {
  /** The snapshot holds the log up to this place. */
  readonly seq: number
  /** Yjs v2 encoding of the document. */
  readonly state: Uint8Array
}

/** The durable side of a space: its registration, its log and its snapshots in Postgres. */
export class LogApi {
  readonly #supabase: SupabaseClient

  constructor(supabase: SupabaseClient) {
    this.#supabase = supabase
  }

  /** Registers a space; returns its id, or that of the library the person has already. Idempotent. */
  async createSpace(id: SpaceId, kind: SpaceKind, name: string): Promise<SpaceId> {
    const answer = await this.#call('create_space', { p_id: id, p_kind: kind, p_name: name })
    return toSpaceId(text({ id: answer }, 'id'))
  }

  async mySpaces(): Promise<ListedSpace[]> {
    return list(await this.#call('my_spaces'), 'the list of spaces', (space) => ({
      id: toSpaceId(text(space, 'id')),
      kind: word(space, 'kind', SPACE_KINDS),
      name: text(space, 'name'),
      role: word(space, 'role', ROLES),
      ownerId: optionalText(space, 'ownerId') ?? '',
    }))
  }

  /**
   * Appends entries of one replica to the log and resolves, once they are durable, with the place of each.
   *
   * @param entries  at most 100, oldest first
   * @throws {RefusedError}    `forbidden`, `not_a_member`, `too_large` or `malformed`; none was appended
   * @throws {TransportError}  nothing is known about the outcome; push the same again
   */
  async push(space: SpaceId, client: string, entries: readonly OutboxEntry[]): Promise<Map<number, number>> {
    const updates = entries.map(({ n, update }) => ({ n, update: toBase64(update) }))
    const answer = await this.#call('push_updates', { p_space: space, p_client: client, p_updates: updates })
    const places = list(answer, 'a push', (place) => [count(place, 'n'), count(place, 'seq')] as const)
    return new Map(places)
  }

  /** Log entries after `since`, oldest first; one page. */
  async pull(space: SpaceId, since: number, limit: number): Promise<LogPage> {
    const page = object(
      await this.#call('pull_updates', { p_space: space, p_since: since, p_limit: limit }),
      'a pull',
    )
    return {
      head: count(page, 'head'),
      role: word(page, 'role', ROLES),
      entries: list(page.updates, 'a pull', (row) => ({
        seq: count(row, 'seq'),
        client: text(row, 'client'),
        n: count(row, 'n'),
        update: fromBase64(text(row, 'update')),
      })),
    }
  }

  async readSnapshot(space: SpaceId): Promise<Snapshot | undefined> {
    const answer = await this.#call('read_snapshot', { p_space: space })
    if (answer === null) return undefined
    const snapshot = object(answer, 'a snapshot')
    return { seq: count(snapshot, 'seq'), state: fromBase64(text(snapshot, 'state')) }
  }

  async writeSnapshot(space: SpaceId, { seq, state }: Snapshot): Promise<void> {
    await this.#call('write_snapshot', { p_space: space, p_seq: seq, p_state: toBase64(state) })
  }

  #call(name: string, args?: Record<string, unknown>): Promise<unknown> {
    return callFunction(this.#supabase, name, args)
  }
}
