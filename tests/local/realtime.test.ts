import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import { newSpaceId } from 'segue/crdt'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { type LocalBackend, startLocalBackend } from '../../supabase/local/index.ts'
import { type Someone, someone } from '../setup/people.ts'

let backend: LocalBackend
const dataDir = mkdtempSync(joinPath(tmpdir(), 'segue-realtime-'))

beforeAll(async () => {
  backend = await startLocalBackend({ dataDir, maxPayloadBytes: 1_200_000 })
})
afterAll(() => backend.close())

const EVENT = 'm'
let topics = 0
const newTopic = () => `room-${topics++}`

function client(key = backend.anonKey, options: { heartbeatIntervalMs?: number } = {}): SupabaseClient {
  const supabase = createClient(backend.url, key, {
    auth: { persistSession: false, autoRefreshToken: false, storageKey: `rt-${topics++}` },
    realtime: options,
  })
  onTestFinished(async () => {
    await supabase.removeAllChannels()
    supabase.realtime.disconnect()
  })
  return supabase
}

interface Seen {
  readonly event: string
  readonly payload: unknown
  readonly meta?: unknown
}

interface Joined {
  readonly channel: RealtimeChannel
  readonly seen: Seen[]
  readonly states: { status: string; message: string | undefined }[]
}

type ChannelOptions = Parameters<SupabaseClient['channel']>[1]

/** Subscribes and keeps what happens; resolves at the first state. */
async function join(supabase: SupabaseClient, topic: string, options?: ChannelOptions): Promise<Joined> {
  const joined: Joined = { channel: supabase.channel(topic, options), seen: [], states: [] }
  joined.channel.on('broadcast', { event: '*' }, (message: Seen) => joined.seen.push(message))
  const first = Promise.withResolvers<void>()
  joined.channel.subscribe((status, error) => {
    joined.states.push({ status, message: error?.message })
    first.resolve()
  })
  await first.promise
  return joined
}

const lastState = ({ states }: Joined) => states.at(-1)
const quiet = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms))

async function member(role: 'owner' | 'editor' | 'viewer', owner: Someone, space: string): Promise<Someone> {
  if (role === 'owner') return owner
  const person = await someone(role, backend)
  const { data } = await owner.supabase.rpc('invite_to_space', { p_space: space, p_role: role })
  const { error } = await person.supabase.rpc('accept_invite', { p_token: data.token })
  expect(error).toBeNull()
  return person
}

async function ownedSpace(): Promise<{ owner: Someone; space: string }> {
  const owner = await someone('owner', backend)
  const space = newSpaceId()
  const { error } = await owner.supabase.rpc('create_space', {
    p_id: space,
    p_kind: 'playlist',
    p_name: 'List',
  })
  expect(error).toBeNull()
  return { owner, space }
}

const PRIVATE = { config: { private: true } }

describe('public channels', () => {
  it('C01 a public channel is joined, with apikey and protocol 2.0.0 in the address', async () => {
    const supabase = client()
    const joined = await join(supabase, newTopic())
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    const address = new URL(supabase.realtime.endpointURL())
    expect(address.searchParams.get('vsn')).toBe('2.0.0')
    expect(address.searchParams.get('apikey')).toBe(backend.anonKey)
  })

  it.each([
    ['garbage', 'nonsense'],
    ['unsigned', `${btoa('{"alg":"none"}')}.${btoa('{"role":"anon","exp":9999999999}')}.`],
  ])('C02 a %s key is refused at the upgrade', async (_kind, key) => {
    const socket = new WebSocket(
      `${backend.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${key}&vsn=2.0.0`,
    )
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', () => {})
    })
    expect(status).toBe(401)
    const joined = await join(client(key), newTopic())
    expect(lastState(joined)?.status).toBe('CHANNEL_ERROR')
  })

  it('C03 heartbeats are answered', async () => {
    const supabase = client(backend.anonKey, { heartbeatIntervalMs: 200 })
    const beats: string[] = []
    supabase.realtime.onHeartbeat((status) => beats.push(status))
    await join(supabase, newTopic())
    await expect
      .poll(() => beats.filter((status) => status === 'ok').length, { timeout: 5_000 })
      .toBeGreaterThan(1)
  })

  it('C04 a broadcast reaches the others and not its sender', async () => {
    const topic = newTopic()
    const [a, b] = await Promise.all([join(client(), topic), join(client(), topic)])
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
    const topic = newTopic()
    const [a, b] = await Promise.all([join(client(), topic), join(client(), topic)])
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

  it.each<[string, unknown]>([
    ['an object', { a: { b: null } }],
    ['a list', [1, 'two', null]],
    ['text', 'Sí Beag, Sí Mór 🎻'],
    ['a number', 4.5],
  ])('C07 %s survives the way as JSON, on a topic beyond ASCII', async (_kind, payload) => {
    const topic = `fèis-${newTopic()}-🎶`
    const [a, b] = await Promise.all([join(client(), topic), join(client(), topic)])
    await a.channel.send({ type: 'broadcast', event: 'nótaí', payload })
    await expect.poll(() => b.seen.length).toBe(1)
    expect(b.seen[0]).toMatchObject({ event: 'nótaí', payload })
  })

  it('C08 two thousand messages arrive in order', async () => {
    const topic = newTopic()
    const [a, b] = await Promise.all([join(client(), topic), join(client(), topic)])
    for (let n = 0; n < 2_000; n++) void a.channel.send({ type: 'broadcast', event: EVENT, payload: { n } })
    await expect.poll(() => b.seen.length, { timeout: 15_000 }).toBe(2_000)
    expect(b.seen.map(({ payload }) => payload)).toEqual(Array.from({ length: 2_000 }, (_, n) => ({ n })))
  })

  it('C09 an acknowledged send says ok, or error when it is too large and nobody gets it', async () => {
    const topic = newTopic()
    const [a, b] = await Promise.all([
      join(client(), topic, { config: { broadcast: { ack: true } } }),
      join(client(), topic),
    ])
    expect(await a.channel.send({ type: 'broadcast', event: EVENT, payload: { fits: true } })).toBe('ok')
    expect(
      await a.channel.send({ type: 'broadcast', event: EVENT, payload: new ArrayBuffer(1_300_000) }),
    ).toBe('error')
    await quiet()
    expect(b.seen.length).toBe(1)
  })

  it('C10 a frame above 5 MB closes the socket, and both sides live on', async () => {
    const topic = newTopic()
    const [a, b] = await Promise.all([join(client(), topic), join(client(), topic)])
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

  it('C30 what is no message is passed over and the connection stays', async () => {
    const socket = new WebSocket(
      `${backend.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${backend.anonKey}&vsn=2.0.0`,
    )
    const answers: unknown[] = []
    socket.on('message', (data) => answers.push(JSON.parse(String(data))))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('{nonsense')
    socket.send('[1,2]')
    socket.send(Buffer.from([9, 9, 9]))
    socket.send(Buffer.from([3, 255, 255, 255, 255, 255, 0]))
    socket.send(JSON.stringify(['1', '2', 'realtime:nowhere', 'shout', {}]))
    await expect.poll(() => answers.length).toBe(1)
    expect(answers[0]).toEqual([
      null,
      '2',
      'realtime:nowhere',
      'phx_reply',
      { status: 'error', response: { reason: 'unmatched topic' } },
    ])
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.close()
  })

  it('C31 asking for Postgres Changes is refused in so many words', async () => {
    const channel = client().channel(newTopic())
    const message = await new Promise((resolve) => {
      channel.on('postgres_changes', { event: '*', schema: 'public' }, () => {})
      channel.subscribe((_status, error) => resolve(error?.message))
    })
    expect(message).toContain('PostgresChangesUnsupported')
  })
})

describe('private channels', () => {
  it('C11 the public and the private channel of one name are two', async () => {
    const { owner, space } = await ownedSpace()
    await owner.supabase.realtime.setAuth()
    const inside = await join(owner.supabase, `space:${space}`, PRIVATE)
    const outside = await join(client(), `space:${space}`)
    await outside.channel.send({ type: 'broadcast', event: EVENT, payload: { forged: true } })
    await quiet()
    expect(inside.seen).toEqual([])
  })

  it('C12 a member joins, and no probe row stays behind', async () => {
    const { owner, space } = await ownedSpace()
    await owner.supabase.realtime.setAuth()
    expect(lastState(await join(owner.supabase, `space:${space}`, PRIVATE))?.status).toBe('SUBSCRIBED')
    expect(await backend.sql('select count(*)::int as count from realtime.messages')).toEqual([{ count: 0 }])
  })

  it('C13 a stranger is refused, and let in once a member', async () => {
    const { owner, space } = await ownedSpace()
    const other = await someone('stranger', backend)
    await other.supabase.realtime.setAuth()
    const joined = await join(other.supabase, `space:${space}`, PRIVATE)
    expect(lastState(joined)).toEqual({
      status: 'CHANNEL_ERROR',
      message: `Unauthorized: You do not have permissions to read from this Channel topic: space:${space}`,
    })
    expect(lastState(await join(client(), `space:${space}`, PRIVATE))?.status).toBe('CHANNEL_ERROR')
    const { data } = await owner.supabase.rpc('invite_to_space', { p_space: space, p_role: 'viewer' })
    await other.supabase.rpc('accept_invite', { p_token: data.token })
    await expect.poll(() => lastState(joined)?.status, { timeout: 15_000 }).toBe('SUBSCRIBED')
  })

  it('C14 without waiting for setAuth the first join is refused and a later one succeeds', async () => {
    const { owner, space } = await ownedSpace()
    const fresh = client()
    await fresh.auth.setSession({ access_token: owner.token, refresh_token: 'none' })
    const joined = await join(fresh, `space:${space}`, PRIVATE)
    await expect.poll(() => lastState(joined)?.status, { timeout: 15_000 }).toBe('SUBSCRIBED')
  })

  it('C15 what a viewer broadcasts reaches nobody and is not acknowledged; a viewer still listens', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await member('viewer', owner, space)
    await Promise.all([owner.supabase.realtime.setAuth(), viewer.supabase.realtime.setAuth()])
    const inside = await join(owner.supabase, `space:${space}`, PRIVATE)
    const watching = await join(viewer.supabase, `space:${space}`, {
      config: { private: true, broadcast: { ack: true } },
    })
    const answer = await watching.channel.send(
      { type: 'broadcast', event: EVENT, payload: { x: 1 } },
      { timeout: 400 },
    )
    expect(answer).toBe('timed out')
    expect(inside.seen).toEqual([])
    await inside.channel.send({ type: 'broadcast', event: EVENT, payload: { x: 2 } })
    await expect.poll(() => watching.seen.length).toBe(1)
  })

  it('a viewer speaks on the awareness topic, a stranger does not hear it', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await member('viewer', owner, space)
    await Promise.all([owner.supabase.realtime.setAuth(), viewer.supabase.realtime.setAuth()])
    const topic = `space:${space}:awareness`
    const a = await join(owner.supabase, topic, PRIVATE)
    const b = await join(viewer.supabase, topic, PRIVATE)
    await b.channel.send({ type: 'broadcast', event: EVENT, payload: new ArrayBuffer(3) })
    await expect.poll(() => a.seen.length).toBe(1)
    const other = await someone('stranger', backend)
    await other.supabase.realtime.setAuth()
    expect(lastState(await join(other.supabase, topic, PRIVATE))?.status).toBe('CHANNEL_ERROR')
  })

  it('a member who is removed while listening is cut off at once', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await member('editor', owner, space)
    await editor.supabase.realtime.setAuth()
    const joined = await join(editor.supabase, `space:${space}`, PRIVATE)
    await owner.supabase.rpc('remove_member', { p_space: space, p_user: editor.userId })
    await expect.poll(() => lastState(joined)?.status).toBe('CLOSED')
  })

  it('an editor made a viewer is no longer heard', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await member('editor', owner, space)
    await Promise.all([owner.supabase.realtime.setAuth(), editor.supabase.realtime.setAuth()])
    const inside = await join(owner.supabase, `space:${space}`, PRIVATE)
    const joined = await join(editor.supabase, `space:${space}`, PRIVATE)
    await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => inside.seen.length).toBe(1)
    await owner.supabase.rpc('set_member_role', { p_space: space, p_user: editor.userId, p_role: 'viewer' })
    await quiet()
    await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 2 } })
    await quiet()
    expect(inside.seen.length).toBe(1)
  })
})

describe('presence', () => {
  it('C24 people come, change and go; two devices under one key are two metas', async () => {
    const topic = newTopic()
    const events: string[] = []
    const watcher = client().channel(topic, { config: { presence: { key: 'watcher' } } })
    watcher.on('presence', { event: 'join' }, ({ key }) => events.push(`join ${key}`))
    watcher.on('presence', { event: 'leave' }, ({ key }) => events.push(`leave ${key}`))
    watcher.on('presence', { event: 'sync' }, () => {})
    await new Promise<void>((resolve) => {
      watcher.subscribe((status) => (status === 'SUBSCRIBED' ? resolve() : undefined))
    })
    const options = { config: { presence: { key: 'aoife', enabled: true } } }
    const phone = client()
    const a = await join(phone, topic, options)
    const b = await join(client(), topic, options)
    expect(await a.channel.track({ at: 'reel' })).toBe('ok')
    await expect.poll(() => watcher.presenceState().aoife?.length).toBe(1)
    const before = watcher.presenceState().aoife?.[0]?.presence_ref
    await a.channel.track({ at: 'jig' })
    await expect.poll(() => watcher.presenceState().aoife?.[0]).toMatchObject({ at: 'jig' })
    expect(watcher.presenceState().aoife?.[0]?.presence_ref).not.toBe(before)
    await b.channel.track({ at: 'air' })
    await expect.poll(() => watcher.presenceState().aoife?.length).toBe(2)
    phone.realtime.disconnect()
    await expect.poll(() => watcher.presenceState().aoife?.length).toBe(1)
    await b.channel.untrack()
    await expect.poll(() => watcher.presenceState().aoife).toBeUndefined()
    expect(events.filter((event) => event.startsWith('join'))).not.toHaveLength(0)
    expect(events).toContain('leave aoife')
  })
})

describe('over HTTP', () => {
  it('C26 a send ahead of the join goes by REST and arrives', async () => {
    const topic = newTopic()
    const b = await join(client(), topic)
    const unjoined = client().channel(topic)
    expect(await unjoined.send({ type: 'broadcast', event: EVENT, payload: { by: 'rest' } })).toBe('ok')
    await expect.poll(() => b.seen.length).toBe(1)
    expect(b.seen[0]).toMatchObject({ payload: { by: 'rest' } })
  })

  it('C27 httpSend delivers JSON and bytes, and is refused where the sender may not write', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await member('viewer', owner, space)
    await Promise.all([owner.supabase.realtime.setAuth(), viewer.supabase.realtime.setAuth()])
    const inside = await join(viewer.supabase, `space:${space}`, PRIVATE)
    const sender = owner.supabase.channel(`space:${space}`, PRIVATE)
    await sender.httpSend('a/b c', { x: 1 })
    await sender.httpSend(EVENT, new Uint8Array([1, 2, 3]).buffer)
    await expect.poll(() => inside.seen.length).toBe(2)
    expect(inside.seen[0]).toMatchObject({ event: 'a/b c', payload: { x: 1 } })
    expect(inside.seen[1]?.payload).toBeInstanceOf(ArrayBuffer)
    await expect(inside.channel.httpSend(EVENT, { forged: true })).rejects.toThrow('Unauthorized')
  })
})

describe('a server that goes away', () => {
  it('C22 after a restart on the same port the same channel works again', async () => {
    const { owner, space } = await ownedSpace()
    await owner.supabase.realtime.setAuth()
    const joined = await join(owner.supabase, `space:${space}`, PRIVATE)
    const port = Number(new URL(backend.url).port)
    await backend.close()
    await expect.poll(() => lastState(joined)?.status).toBe('CHANNEL_ERROR')
    backend = await startLocalBackend({ dataDir, port, maxPayloadBytes: 1_200_000 })
    await expect.poll(() => lastState(joined)?.status, { timeout: 25_000 }).toBe('SUBSCRIBED')
    const editor = await member('editor', owner, space)
    await editor.supabase.realtime.setAuth()
    const peer = await join(editor.supabase, `space:${space}`, PRIVATE)
    await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => peer.seen.length).toBe(1)
    await peer.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 2 } })
    await expect.poll(() => joined.seen.length).toBe(1)
  })
})
