import { describe, expect, it } from 'vitest'
import { client, EVENT, join, lastState, newTopic, quiet } from '../../setup/channels.ts'

/** Two clients on one topic. */
const pair = (topic: string, options?: Parameters<typeof join>[2]) =>
  Promise.all([join(client(), topic, options), join(client(), topic)])

describe('public channels', () => {
  it('C01 a public channel is joined, with apikey and protocol 2.0.0 in the address', async () => {
    const supabase = client()
    const joined = await join(supabase, newTopic())
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    const address = new URL(supabase.realtime.endpointURL())
    expect(address.searchParams.get('vsn')).toBe('2.0.0')
    expect(address.searchParams.get('apikey')).not.toBeNull()
  })

  it('C04 a broadcast reaches the others and not its sender', async () => {
    const [a, b] = await pair(newTopic())
    await a.channel.send({ type: 'broadcast', event: EVENT, payload: { tune: 'Kesh', n: [1, 2] } })
    await expect.poll(() => b.seen.length).toBe(1)
    expect(b.seen[0]).toMatchObject({ event: EVENT, payload: { tune: 'Kesh', n: [1, 2] } })
    expect(a.seen).toEqual([])
  })

  it('C05 with self a broadcast comes back to its sender too', async () => {
    const a = await join(client(), newTopic(), { config: { broadcast: { self: true } } })
    await a.channel.send({ type: 'broadcast', event: EVENT, payload: { x: 1 } })
    await expect.poll(() => a.seen.length).toBe(1)
  })

  it.each([0, 1, 65_536, 1_048_576])('C06 %i bytes arrive byte for byte', async (size) => {
    const [a, b] = await pair(newTopic())
    const bytes = new Uint8Array(size).map((_byte, index) => (index * 31 + 7) % 256)
    await a.channel.send({ type: 'broadcast', event: EVENT, payload: bytes.buffer })
    await expect.poll(() => b.seen.length).toBe(1)
    const [message] = b.seen
    expect(message?.meta).toBeUndefined()
    expect(message?.payload).toBeInstanceOf(ArrayBuffer)
    if (message?.payload instanceof ArrayBuffer) {
      expect(Buffer.compare(Buffer.from(message.payload), Buffer.from(bytes))).toBe(0)
    }
  })

  it.each<[string, unknown, unknown]>([
    ['an object', { a: { b: null } }, { a: { b: null } }],
    ['a list', [1, 'two', null], [1, 'two', null]],
    ['text', 'Sí Beag, Sí Mór 🎻', 'Sí Beag, Sí Mór 🎻'],
    ['a number', 4.5, 4.5],
    ['nothing', undefined, {}],
  ])('C07 %s survives the way as JSON, on a topic beyond ASCII', async (_kind, payload, received) => {
    const [a, b] = await pair(`fèis-${newTopic()}-🎶`)
    await a.channel.send({ type: 'broadcast', event: 'nótaí', payload })
    await expect.poll(() => b.seen.length).toBe(1)
    expect(b.seen[0]).toMatchObject({ event: 'nótaí', payload: received })
  })

  it('C08 two thousand messages arrive in order', async () => {
    const [a, b] = await pair(newTopic())
    for (let n = 0; n < 2_000; n++) void a.channel.send({ type: 'broadcast', event: EVENT, payload: { n } })
    await expect.poll(() => b.seen.length, { timeout: 15_000 }).toBe(2_000)
    expect(b.seen.map(({ payload }) => payload)).toEqual(Array.from({ length: 2_000 }, (_, n) => ({ n })))
  })

  it('C09 an acknowledged send says ok, or error when it is too large and nobody gets it', async () => {
    const [a, b] = await pair(newTopic(), { config: { broadcast: { ack: true } } })
    const payload = new ArrayBuffer(3_100_000)
    expect(await a.channel.send({ type: 'broadcast', event: EVENT, payload: { fits: true } })).toBe('ok')
    expect(await a.channel.send({ type: 'broadcast', event: EVENT, payload })).toBe('error')
    await b.channel.send({ type: 'broadcast', event: EVENT, payload })
    await quiet()
    expect(a.seen).toEqual([])
    expect(b.seen.length).toBe(1)
  })

  it('C10 a frame above 5 MB closes the socket, and both sides live on', async () => {
    const [a, b] = await pair(newTopic())
    await a.channel.send({ type: 'broadcast', event: EVENT, payload: new ArrayBuffer(5_100_000) })
    await expect
      .poll(() => a.states.map(({ status }) => status), { timeout: 10_000 })
      .toContain('CHANNEL_ERROR')
    await expect.poll(() => lastState(a)?.status, { timeout: 10_000 }).toBe('SUBSCRIBED')
    await a.channel.send({ type: 'broadcast', event: EVENT, payload: { back: true } })
    await expect.poll(() => b.seen.length).toBe(1)
  })

  it('C20 a topic can be left and joined again at once', async () => {
    const topic = newTopic()
    const a = client()
    const peer = await join(client(), topic)
    const old = await join(a, topic)
    const leaving = a.removeChannel(old.channel)
    const fresh = await join(a, topic)
    await leaving
    await peer.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => fresh.seen.length).toBe(1)
    expect(lastState(old)?.status).toBe('CLOSED')
    expect(lastState(fresh)?.status).toBe('SUBSCRIBED')
    expect(old.seen).toEqual([])
  })

  it('whoever joins while the last one leaves is heard by those who come later', async () => {
    const topic = newTopic()
    for (let round = 0; round < 5; round++) {
      const last = client()
      const leaving = await join(last, topic)
      const [a] = await Promise.all([join(client(), topic), last.removeChannel(leaving.channel)])
      const b = await join(client(), topic)
      await b.channel.send({ type: 'broadcast', event: EVENT, payload: { round } })
      await expect.poll(() => a.seen.length).toBe(1)
      await a.channel.unsubscribe()
      await b.channel.unsubscribe()
    }
  })
})
