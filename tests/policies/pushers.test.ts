import { describe, expect, it } from 'vitest'
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
