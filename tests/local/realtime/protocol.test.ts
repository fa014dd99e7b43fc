import { createServer } from 'node:http'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import {
  client,
  EVENT,
  join,
  lastState,
  newTopic,
  quiet,
  RawSocket,
  refusal,
  socketUrl,
} from '../../setup/channels.ts'
import { secondsFromNow, signed, unsigned } from '../../setup/tokens.ts'

const joinFrame = (ref: string, topic: string, config: object = {}, more: object = {}) => [
  ref,
  ref,
  `realtime:${topic}`,
  'phx_join',
  { config, ...more },
]
const reply = (ref: string, topic: string, status: string, response: object) => [
  ref,
  ref,
  `realtime:${topic}`,
  'phx_reply',
  { status, response },
]
const welcome = (ref: string, topic: string) => reply(ref, topic, 'ok', { postgres_changes: [] })

/** A proxy in front of Realtime that can swallow what the server says. */
async function proxy() {
  const state = { swallow: false, url: '' }
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (front, { url = '' }) => {
    const back = new WebSocket(inject('backend').url.replace('http', 'ws') + url)
    const waiting: string[] = []
    front.on('message', (data, isBinary) => {
      if (back.readyState === WebSocket.OPEN) back.send(data, { binary: isBinary })
      else waiting.push(String(data))
    })
    back.on('open', () => {
      for (const data of waiting) back.send(data)
    })
    back.on('message', (data, isBinary) => {
      if (!state.swallow) front.send(data, { binary: isBinary })
    })
    front.on('close', () => back.terminate())
    back.on('error', () => front.terminate())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  state.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  return state
}

describe('the way in', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['garbage', () => 'nonsense'],
    ['empty', () => ''],
    ['unsigned', () => unsigned({ role: 'service_role', exp: secondsFromNow(60) })],
    ['foreign', () => signed({ role: 'anon', exp: secondsFromNow(60) }, { secret: 'x'.repeat(40) })],
    ['expired', () => signed({ role: 'anon', exp: secondsFromNow(-5) })],
    ['role-less', () => signed({ exp: secondsFromNow(60) })],
    ['endless', () => signed({ role: 'anon' })],
    ['superuser', () => signed({ role: 'postgres', exp: secondsFromNow(60) })],
    ['wrong audience', () => signed({ role: 'authenticated', aud: 'elsewhere', exp: secondsFromNow(60) })],
  ])('C02 a key that is %s is refused at the upgrade', async (_kind, make) => {
    const { status, body } = await refusal(socketUrl(inject('backend').url, await make()))
    expect(status).toBe(401)
    expect(JSON.parse(body)).toEqual({ error: expect.any(String) })
  })

  it('C02 the client reports a refused key as an error of the channel and tries again', async () => {
    let attempts = 0
    class Counted extends globalThis.WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols)
        attempts++
      }
    }
    const joined = await join(client({ key: 'nonsense', realtime: { transport: Counted } }), newTopic())
    await expect.poll(() => attempts, { timeout: 5_000 }).toBe(2)
    expect(joined.states.map(({ status }) => status)).toEqual(['CHANNEL_ERROR'])
  })

  it('an unknown protocol is refused', async () => {
    const { url, anonKey } = inject('backend')
    expect((await refusal(socketUrl(url, anonKey, '3.0.0'))).status).toBe(403)
  })

  it('C03 heartbeats are answered, with the time it took', async () => {
    const supabase = client({ realtime: { heartbeatIntervalMs: 200 } })
    const beats: { status: string; latency: number | undefined }[] = []
    supabase.realtime.onHeartbeat((status, latency) => beats.push({ status, latency }))
    await join(supabase, newTopic())
    await expect
      .poll(() => beats.filter(({ status }) => status === 'ok').length, { timeout: 5_000 })
      .toBeGreaterThan(1)
    expect(beats.map(({ status }) => status)).toContain('sent')
    expect(beats.find(({ status }) => status === 'ok')?.latency).toBeGreaterThanOrEqual(0)
  })

  it('C03 a client that no longer hears the server notices, and joins again when it does', async () => {
    const between = await proxy()
    const { anonKey } = inject('backend')
    const supabase = client({
      address: { url: between.url, anonKey },
      realtime: { heartbeatIntervalMs: 300 },
    })
    const beats: string[] = []
    supabase.realtime.onHeartbeat((status) => beats.push(status))
    const joined = await join(supabase, newTopic())
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    between.swallow = true
    await expect.poll(() => beats, { timeout: 5_000 }).toContain('timeout')
    between.swallow = false
    const times = () => joined.states.filter(({ status }) => status === 'SUBSCRIBED').length
    await expect.poll(times, { timeout: 15_000 }).toBe(2)
  })
})

describe('by hand', () => {
  it('C19 a token push that changes nothing has no effect and no answer', async () => {
    const topic = newTopic()
    const token = await signed({ role: 'anon', exp: secondsFromNow(60) })
    const raw = await RawSocket.open()
    raw.send(joinFrame('1', topic, {}, { access_token: token }))
    await expect.poll(() => raw.frames).toEqual([welcome('1', topic)])
    for (const access_token of [token, null, 'sb_publishable_x']) {
      raw.send(['1', '2', `realtime:${topic}`, 'access_token', { access_token }])
    }
    raw.send([null, '3', 'phoenix', 'heartbeat', {}])
    await expect.poll(() => raw.frames.length).toBe(2)
    expect(raw.frames[1]).toEqual([null, '3', 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
  })

  it('C19 a token that is no good ends the channel with a reason', async () => {
    const topic = newTopic()
    const raw = await RawSocket.open()
    raw.send(joinFrame('1', topic))
    raw.send(['1', '2', `realtime:${topic}`, 'access_token', { access_token: 'nonsense' }])
    await expect.poll(() => raw.frames.length).toBe(3)
    expect(raw.frames.slice(1)).toEqual([
      [
        '1',
        null,
        `realtime:${topic}`,
        'system',
        expect.objectContaining({ extension: 'system', status: 'error', channel: topic }),
      ],
      ['1', '1', `realtime:${topic}`, 'phx_close', {}],
    ])
  })

  it('C21 joined twice on one socket, the first channel is closed after the second one is welcome', async () => {
    const topic = newTopic()
    const raw = await RawSocket.open()
    raw.send(joinFrame('1', topic))
    raw.send(joinFrame('2', topic))
    await expect
      .poll(() => raw.frames)
      .toEqual([welcome('1', topic), welcome('2', topic), ['1', '1', `realtime:${topic}`, 'phx_close', {}]])
    const sender = await join(client(), topic)
    await sender.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await quiet()
    expect(raw.frames.length).toBe(4)
  })

  it('C21 joined on two sockets, both hear', async () => {
    const topic = newTopic()
    const raws = await Promise.all([RawSocket.open(), RawSocket.open()])
    for (const raw of raws) raw.send(joinFrame('1', topic))
    await expect.poll(() => raws.map(({ frames }) => frames.length)).toEqual([1, 1])
    const sender = await join(client(), topic)
    await sender.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => raws.map(({ frames }) => frames.length)).toEqual([2, 2])
  })

  it('C30 what is no message is passed over and the connection stays', async () => {
    const raw = await RawSocket.open()
    raw.socket.send('{nonsense')
    raw.send([1, 2])
    raw.socket.send(Buffer.from([9, 9, 9]))
    raw.socket.send(Buffer.from([3, 255, 255, 255, 255, 255, 0]))
    raw.send([null, '1', 'phoenix', 'dance', {}])
    raw.send(['1', '2', 'realtime:nowhere', 'shout', {}])
    const unmatched = { status: 'error', response: { reason: 'unmatched topic' } }
    await expect.poll(() => raw.frames).toEqual([[null, '2', 'realtime:nowhere', 'phx_reply', unmatched]])
    expect(raw.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('a join needs a topic', async () => {
    const raw = await RawSocket.open()
    raw.send(joinFrame('1', ''))
    await expect
      .poll(() => raw.frames)
      .toEqual([reply('1', '', 'error', { reason: 'TopicNameRequired: You must provide a topic name' })])
  })

  it('C31 asking for Postgres Changes is refused in so many words', async () => {
    const channel = client().channel(newTopic())
    const message = await new Promise((resolve) => {
      channel.on('postgres_changes', { event: '*', schema: 'public' }, () => {})
      channel.subscribe((_status, error) => resolve(error?.message))
    })
    expect(message).toContain('PostgresChangesUnsupported')
  })

  it('C32 protocol 1.0.0 carries JSON both ways and no bytes', async () => {
    const topic = newTopic()
    const raw = await RawSocket.open({ version: '1.0.0' })
    const wire = `realtime:${topic}`
    raw.send({ topic: wire, event: 'phx_join', payload: { config: {} }, ref: '1', join_ref: '1' })
    const response = { status: 'ok', response: { postgres_changes: [] } }
    await expect
      .poll(() => raw.frames)
      .toEqual([{ topic: wire, event: 'phx_reply', payload: response, ref: '1' }])
    const modern = await join(client(), topic)
    await modern.channel.send({ type: 'broadcast', event: EVENT, payload: new ArrayBuffer(3) })
    await modern.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => raw.frames.length).toBe(2)
    expect(raw.frames[1]).toEqual({
      topic: wire,
      event: 'broadcast',
      payload: { type: 'broadcast', event: EVENT, payload: { n: 1 } },
      ref: null,
    })
    const payload = { type: 'broadcast', event: EVENT, payload: { n: 2 } }
    raw.send({ topic: wire, event: 'broadcast', payload, ref: '2' })
    await expect.poll(() => modern.seen).toEqual([payload])
  })

  it('C32 the official client can be told to speak it', async () => {
    const topic = newTopic()
    const old = await join(client({ realtime: { vsn: '1.0.0' } }), topic)
    expect(lastState(old)?.status).toBe('SUBSCRIBED')
    const modern = await join(client(), topic)
    await old.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await modern.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 2 } })
    await expect.poll(() => modern.seen.map(({ payload }) => payload)).toEqual([{ n: 1 }])
    await expect.poll(() => old.seen.map(({ payload }) => payload)).toEqual([{ n: 2 }])
  })
})
