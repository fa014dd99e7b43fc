import { describe, expect, inject, it } from 'vitest'
import { client, EVENT, join, joinPrivate, newTopic, PRIVATE, quiet } from '../../setup/channels.ts'
import { newMember, ownedSpace } from '../../setup/shared-space.ts'

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${inject('backend').url}/realtime/v1/api/broadcast${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', apikey: inject('backend').anonKey, ...headers },
    body: JSON.stringify(body),
  })

describe('broadcasting over HTTP', () => {
  it('C26 a send ahead of the join goes by REST and arrives', async () => {
    const topic = newTopic()
    const b = await join(client(), topic)
    const unjoined = client().channel(topic)
    expect(await unjoined.send({ type: 'broadcast', event: EVENT, payload: { by: 'rest' } })).toBe('ok')
    await expect.poll(() => b.seen.length).toBe(1)
    expect(b.seen[0]).toMatchObject({ payload: { by: 'rest' } })
  })

  it('C26 a private message of somebody who may not speak is taken and dropped', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await newMember('viewer', owner, space)
    const inside = await joinPrivate(owner.supabase, `space:${space}`)
    await viewer.supabase.realtime.setAuth()
    const unjoined = viewer.supabase.channel(`space:${space}`, PRIVATE)
    expect(await unjoined.send({ type: 'broadcast', event: EVENT, payload: { forged: true } })).toBe('ok')
    await quiet()
    expect(inside.seen).toEqual([])
  })

  it('C26 a browser on another origin may ask first', async () => {
    const answer = await fetch(`${inject('backend').url}/realtime/v1/api/broadcast?apikey=x&vsn=2.0.0`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,apikey,content-type,x-client-info',
      },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-headers')).toContain('x-client-info')
  })

  it('C27 httpSend delivers JSON and bytes, and is refused where the sender may not write', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await newMember('viewer', owner, space)
    const inside = await joinPrivate(viewer.supabase, `space:${space}`)
    await owner.supabase.realtime.setAuth()
    const sender = owner.supabase.channel(`space:${space}`, PRIVATE)
    await sender.httpSend('a/b c', { x: 1 })
    await sender.httpSend(EVENT, new Uint8Array([1, 2, 3]))
    await expect.poll(() => inside.seen.length).toBe(2)
    expect(inside.seen[0]).toMatchObject({ event: 'a/b c', payload: { x: 1 } })
    expect(inside.seen[1]?.payload).toEqual(new Uint8Array([1, 2, 3]).buffer)
    await expect(inside.channel.httpSend(EVENT, { forged: true })).rejects.toThrow('Unauthorized')
  })

  it('C27 a topic may hold slashes and spaces', async () => {
    const topic = `${newTopic()}/with spaces & more`
    const b = await join(client(), topic)
    await client().channel(topic).httpSend(EVENT, { x: 1 })
    await expect.poll(() => b.seen.length).toBe(1)
  })

  it.each<[number, string, string, unknown, Record<string, string>]>([
    [401, 'no key', '', { messages: [] }, { apikey: '' }],
    [401, 'a key that is no key', '', { messages: [] }, { apikey: 'nonsense' }],
    [422, 'no messages', '', {}, {}],
    [422, 'a message without a topic', '', { messages: [{ event: EVENT, payload: {} }] }, {}],
    [422, 'a payload that is no object', '', { messages: [{ topic: 't', event: EVENT, payload: 1 }] }, {}],
    [422, 'a payload that is too large', '/t/events/e', 'x'.repeat(3_100_000), {}],
    [413, 'a body that is too large', '/t/events/e', 'x'.repeat(9_000_000), {}],
    [415, 'text', '/t/events/e', 'text', { 'Content-Type': 'text/plain' }],
  ])('%i for %s', async (status, _what, path, body, headers) => {
    expect((await post(path, body, headers)).status).toBe(status)
  })
})
