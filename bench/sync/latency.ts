import { setTimeout as pause } from 'node:timers/promises'
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { type SpaceId, toSpaceId } from 'segue/crdt'
import { tune } from 'segue/tables'
import { quantile, rounded } from './numbers.ts'
import type { Pair } from './pair.ts'
import { opened, secondClient, shown } from './people.ts'

/** Edits are gathered for so long before they leave, among few people. */
const COALESCE_MS = 50

/**
 * From an edit on one device to the other's mirror, in turns with a bare broadcast of the same bytes between the same
 * people on a channel under the same policy.
 */
export async function latency(pair: Pair, edits: number) {
  const echo = await echoBetween(pair)
  const took: number[] = []
  const left: number[] = []
  const echoed: number[] = []
  for (let n = 0; n < edits; n++) {
    const [from, to] = n % 2 === 0 ? [pair.first, pair.second] : [pair.second, pair.first]
    const title = `edit ${n} of many`
    const started = performance.now()
    const arrival = shown(to.segue, () => titleOf(to.segue, pair.id) === title)
    opened(from.segue, pair.id).update(tune, 'A', { title })
    await arrival
    took.push(performance.now() - started)
    const sent = from.person.wire.lastSent
    if (!sent || sent.at < started) throw new Error('An edit came by another way than by broadcast.')
    left.push(sent.at - started)
    await pause(20)
    echoed.push(await echo.once(n % 2, sent.payload))
    await pause(20)
  }
  await echo.close()
  const median = (values: readonly number[]) => quantile(values, 0.5)
  const [latencyMs, echoMs] = [median(took), median(echoed)]
  return {
    edits,
    ...rounded({
      latencyMs,
      latencyP95Ms: quantile(took, 0.95),
      echoMs,
      echoP95Ms: quantile(echoed, 0.95),
      coalesceMs: COALESCE_MS,
      /** Until the broadcast left, as measured: the window, and the lateness of timers. */
      leftMs: median(left),
      latencyRatio: (latencyMs - COALESCE_MS) / echoMs,
    }),
  }
}

const titleOf = (segue: Pair['first']['segue'], id: SpaceId) =>
  segue.mirror.query('select title from tune where space_id = ? and id = ?', [id, 'A'])[0]?.title

async function echoBetween({ address, first, second, elsewhere }: Pair) {
  const topic = `space:${toSpaceId(elsewhere)}`
  const clients = await Promise.all([first, second].map(({ person }) => secondClient(address, person)))
  const channels = await Promise.all(clients.map((client) => join(client, topic)))
  return {
    once: (sender: number, payload: Uint8Array<ArrayBuffer>) =>
      new Promise<number>((resolve, reject) => {
        const started = performance.now()
        const receiver = channels[1 - sender]
        const from = channels[sender]
        if (!receiver || !from) return
        receiver.heard = () => resolve(performance.now() - started)
        from.channel.send({ type: 'broadcast', event: 'm', payload: payload.buffer }).catch(reject)
      }),
    close: async () => {
      for (const client of clients) {
        await client.removeAllChannels()
        client.realtime.disconnect()
      }
    },
  }
}

interface Joined {
  readonly channel: RealtimeChannel
  heard: () => void
}

async function join(client: SupabaseClient, topic: string): Promise<Joined> {
  await client.realtime.setAuth()
  const channel = client.channel(topic, { config: { private: true, broadcast: { self: false, ack: false } } })
  const joined: Joined = { channel, heard: () => {} }
  channel.on('broadcast', { event: 'm' }, () => joined.heard())
  await new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === 'SUBSCRIBED') resolve()
      else reject(error ?? new Error(status))
    })
  })
  return joined
}
