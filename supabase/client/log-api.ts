import { toBase64 } from 'lib0/buffer'
import { type SpaceId, toSpaceId } from 'segue/crdt'
import { count, list, object, optionalText, text, word } from './answers.ts'
import { unpackPage } from './log-page.ts'
import {
  type Exchange,
  type ListedSpace,
  type Log,
  type LogPage,
  type OutboxEntry,
  ROLES,
  type Snapshot,
  SPACE_KINDS,
  type SpaceKind,
} from './remote.ts'
import type { FunctionCaller } from './rpc.ts'
import { readInParts, SNAPSHOT_PART_BYTES } from './snapshot-parts.ts'

/** The log in Postgres, through the functions of the migrations. */
export class LogApi implements Log {
  readonly #call: FunctionCaller

  constructor(call: FunctionCaller) {
    this.#call = call
  }

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
      epoch: count(space, 'epoch'),
    }))
  }

  async push(
    space: SpaceId,
    epoch: number,
    client: string,
    entries: readonly OutboxEntry[],
  ): Promise<ReadonlyMap<number, number>> {
    return placesIn(await this.#call('push_updates', pushOf(space, epoch, client, entries)))
  }

  async exchange(
    space: SpaceId,
    epoch: number,
    client: string,
    entries: readonly OutboxEntry[],
    since: number,
  ): Promise<Exchange> {
    const args = { ...pushOf(space, epoch, client, entries), p_since: since }
    const { places, page } = object(await this.#call('exchange_updates', args), 'an exchange')
    return { places: placesIn(places), page: unpackPage(page, since) }
  }

  async pull(space: SpaceId, epoch: number, since: number, limit: number): Promise<LogPage> {
    const args = { p_space: space, p_epoch: epoch, p_since: since, p_limit: limit }
    return unpackPage(await this.#call('pull_log', args), since)
  }

  async readSnapshot(
    space: SpaceId,
    {
      before,
      onProgress,
    }: { before?: number | undefined; onProgress?: ((share: number) => void) | undefined } = {},
  ): Promise<Snapshot | undefined> {
    return readInParts(
      (offset, of) =>
        this.#call('read_snapshot', {
          p_space: space,
          p_before: of ? of.seq + 1 : (before ?? null),
          p_offset: offset,
          p_length: SNAPSHOT_PART_BYTES,
        }),
      onProgress,
    )
  }

  async writeSnapshot(space: SpaceId, { epoch, seq, state }: Snapshot): Promise<void> {
    await this.#call('write_snapshot', {
      p_space: space,
      p_seq: seq,
      p_state: toBase64(state),
      p_epoch: epoch,
    })
  }
}

const pushOf = (space: SpaceId, epoch: number, client: string, entries: readonly OutboxEntry[]) => ({
  p_space: space,
  p_epoch: epoch,
  p_client: client,
  p_updates: entries.map(({ n, update }) => ({ n, update: toBase64(update) })),
})

const placesIn = (answer: unknown): ReadonlyMap<number, number> =>
  new Map(list(answer, 'a push', (place) => [count(place, 'n'), count(place, 'seq')] as const))
