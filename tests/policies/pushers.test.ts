import { toBase64 } from 'lib0/buffer'
import { describe, expect, it } from 'vitest'
import { unpackPage } from '../../supabase/client/log-page.ts'
import type { Someone } from '../setup/people.ts'
import { newMember, ownedSpace } from '../setup/shared-space.ts'

interface Place {
  readonly n: number
  readonly seq: number
}

const updateOf = (n: number) => ({ n, update: Buffer.from(`update ${n}`).toString('base64') })

async function push(
  { supabase }: Someone,
  space: string,
  client: string,
  numbers: number[],
): Promise<Place[]> {
  const { data, error } = await supabase.rpc('push_updates', {
    p_space: space,
    p_client: client,
    p_updates: numbers.map(updateOf),
  })
  if (error) throw new Error(error.message)
  return data
}

describe('many who push at once', () => {
  it('leave a log without holes, each of their updates in it once, however often they try', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await newMember('editor', owner, space)
    const replicas = Array.from({ length: 8 }, (_, index) => ({
      person: index % 2 ? owner : editor,
      client: crypto.randomUUID(),
    }))
    const answers = await Promise.all(
      replicas.flatMap(({ person, client }) =>
        // Each push comes twice, as after a lost answer, and overlaps with the next.
        [[1, 2], [1, 2], [2, 3], [3, 4, 5], [5]].map(async (numbers) => ({
          client,
          places: await push(person, space, client, numbers),
        })),
      ),
    )
    const { data } = await owner.supabase.rpc('pull_updates', { p_space: space, p_since: 0 })
    const log: { seq: number; client: string; n: number; update: string }[] = data.updates
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(data.head).toBe(40)
    expect(new Set(log.map(({ client, n }) => `${client} ${n}`)).size).toBe(40)
    for (const { client, places } of answers) {
      for (const { n, seq } of places) {
        expect(log[seq - 1]).toMatchObject({ client, n, update: updateOf(n).update })
      }
    }
  })

  it('a push of which one part is refused leaves nothing', async () => {
    const { owner, space } = await ownedSpace()
    const { error } = await owner.supabase.rpc('push_updates', {
      p_space: space,
      p_client: crypto.randomUUID(),
      p_updates: [updateOf(1), { n: 2, update: 'not base64!' }],
    })
    expect(error?.details).toBe('malformed')
    const { data } = await owner.supabase.rpc('pull_updates', { p_space: space, p_since: 0 })
    expect(data).toMatchObject({ head: 0, updates: [] })
  })
})

describe('a packed page of the log', () => {
  it('holds what a plain one holds, whoever pushed in whichever order', async () => {
    const { owner, space } = await ownedSpace()
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
    for (const [client, numbers] of [
      [first, [1, 2, 3]],
      [second, [7]],
      [first, [4, 9, 10]],
      [second, [8, 9]],
      // As far along in the log as in its numbers since the entry before, with others between.
      [first, [14, 12, 13]],
    ] as const) {
      await push(owner, space, client, [...numbers])
    }
    const both = async (since: number, limit: number, epoch = 0) => {
      const args = { p_space: space, p_since: since, p_limit: limit, p_epoch: epoch }
      const [plain, packed] = await Promise.all([
        owner.supabase.rpc('pull_updates', args),
        owner.supabase.rpc('pull_log', args),
      ])
      const page = unpackPage(packed.data, since)
      const entries = page.entries.map(({ update, ...name }) => ({ ...name, update: toBase64(update) }))
      const { updates, ...rest } = plain.data
      const named = updates.map(({ author: _, ...entry }: { author: string }) => entry)
      return [
        { ...page, entries },
        { ...rest, entries: named },
      ]
    }
    for (const since of [0, 2, 3, 6, 11, 12]) {
      for (const limit of [1, 4, 100]) {
        const [packed, plain] = await both(since, limit)
        expect(packed).toEqual(plain)
      }
    }
    const [packed] = await both(0, 100, 1)
    expect(packed).toMatchObject({ head: 12, entries: [] })
  })
})
