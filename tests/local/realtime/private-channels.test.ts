import { describe, expect, inject, it } from 'vitest'
import {
  client,
  EVENT,
  join,
  joinPrivate,
  lastState,
  newTopic,
  PRIVATE,
  quiet,
} from '../../setup/channels.ts'
import { someone } from '../../setup/people.ts'
import { admit, newMember, ownedSpace } from '../../setup/shared-space.ts'
import { secondsFromNow, signed, tokenOf } from '../../setup/tokens.ts'

const unauthorized = (topic: string) => ({
  status: 'CHANNEL_ERROR',
  message: `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
})

/** A client whose token the test can change, as a session's changes when it is refreshed. */
function withToken(token: string, heartbeatIntervalMs = 25_000) {
  const session = { token }
  const supabase = client({ accessToken: async () => session.token, realtime: { heartbeatIntervalMs } })
  return { supabase, session }
}

describe('who may join', () => {
  it('C11 the public and the private channel of one name are two', async () => {
    const { owner, space } = await ownedSpace()
    const inside = await joinPrivate(owner.supabase, `space:${space}`)
    const outside = await join(client(), `space:${space}`)
    await outside.channel.send({ type: 'broadcast', event: EVENT, payload: { forged: true } })
    await inside.channel.send({ type: 'broadcast', event: EVENT, payload: { secret: true } })
    await quiet()
    expect(inside.seen).toEqual([])
    expect(outside.seen).toEqual([])
  })

  it('C13 a stranger is refused, and let in once a member', async () => {
    const { owner, space } = await ownedSpace()
    const other = await someone('stranger')
    const joined = await joinPrivate(other.supabase, `space:${space}`)
    expect(lastState(joined)).toEqual(unauthorized(`space:${space}`))
    expect(lastState(await join(client(), `space:${space}`, PRIVATE))).toEqual(unauthorized(`space:${space}`))
    await admit(owner, space, other, 'viewer')
    await expect.poll(() => lastState(joined)?.status, { timeout: 15_000 }).toBe('SUBSCRIBED')
  })

  it('C14 without waiting for setAuth the first join is refused and a later one succeeds', async () => {
    const { owner, space } = await ownedSpace()
    const fresh = withToken(owner.token)
    const joined = await join(fresh.supabase, `space:${space}`, PRIVATE)
    expect(lastState(joined)).toEqual(unauthorized(`space:${space}`))
    await expect.poll(() => lastState(joined)?.status, { timeout: 15_000 }).toBe('SUBSCRIBED')
  })

  it('a private channel is refused to a token of somebody who is no user', async () => {
    const { space } = await ownedSpace()
    const claims = { aud: 'authenticated', role: 'authenticated', exp: secondsFromNow(60) }
    for (const sub of [undefined, crypto.randomUUID()]) {
      const { supabase } = withToken(await signed({ ...claims, ...(sub ? { sub } : {}) }))
      const joined = await joinPrivate(supabase, `space:${space}`)
      expect(lastState(joined)).toEqual(unauthorized(`space:${space}`))
    }
  })
})

describe('who may speak', () => {
  it('C15 what a viewer broadcasts reaches nobody and is not acknowledged; a viewer still listens', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await newMember('viewer', owner, space)
    const inside = await joinPrivate(owner.supabase, `space:${space}`)
    const watching = await joinPrivate(viewer.supabase, `space:${space}`, { broadcast: { ack: true } })
    const answer = await watching.channel.send(
      { type: 'broadcast', event: EVENT, payload: { x: 1 } },
      { timeout: 400 },
    )
    expect(answer).toBe('timed out')
    expect(inside.seen).toEqual([])
    await inside.channel.send({ type: 'broadcast', event: EVENT, payload: { x: 2 } })
    await expect.poll(() => watching.seen.length).toBe(1)
  })

  // The hosted service keeps the old rights until the next token; here a change of membership is noticed at once.
  it('C16 an editor made a viewer is no longer heard, a viewer made an editor is', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await newMember('editor', owner, space)
    const inside = await joinPrivate(owner.supabase, `space:${space}`)
    const joined = await joinPrivate(editor.supabase, `space:${space}`)
    const setRole = (p_role: string) =>
      owner.supabase.rpc('set_member_role', { p_space: space, p_user: editor.userId, p_role })
    const speak = async (n: number) => {
      await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { n } })
      await quiet()
    }
    await speak(1)
    await setRole('viewer')
    await speak(2)
    await setRole('editor')
    await speak(3)
    expect(inside.seen.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 3 }])
  })
})

describe('rights that end', () => {
  it('C17 who is removed while listening is told so, cut off, and refused when joining anew', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await newMember('editor', owner, space)
    const joined = await joinPrivate(editor.supabase, `space:${space}`)
    await owner.supabase.rpc('remove_member', { p_space: space, p_user: editor.userId })
    await expect.poll(() => lastState(joined)?.status).toBe('CLOSED')
    expect(joined.system).toEqual([
      expect.objectContaining({
        extension: 'system',
        status: 'error',
        message: `You do not have permissions to read from this Channel topic: space:${space}`,
      }),
    ])
    expect(editor.supabase.getChannels()).toEqual([])
    const again = await join(editor.supabase, `space:${space}`, PRIVATE)
    expect(lastState(again)).toEqual(unauthorized(`space:${space}`))
  })

  it('C17 a new token without the right to listen ends the channel', async () => {
    const { owner, space } = await ownedSpace()
    const { supabase, session } = withToken(owner.token)
    const joined = await joinPrivate(supabase, `space:${space}`)
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    session.token = inject('backend').anonKey
    await supabase.realtime.setAuth()
    await expect.poll(() => lastState(joined)?.status).toBe('CLOSED')
    expect(joined.system).toEqual([
      expect.objectContaining({ message: expect.stringContaining('permission') }),
    ])
    expect(supabase.getChannels()).toEqual([])
  })

  it('C18 a channel ends with its token', async () => {
    const { owner, space } = await ownedSpace()
    const { supabase } = withToken(await tokenOf(owner, 2))
    const joined = await joinPrivate(supabase, `space:${space}`)
    expect(lastState(joined)?.status).toBe('SUBSCRIBED')
    await expect.poll(() => lastState(joined)?.status, { timeout: 4_000 }).toBe('CLOSED')
    expect(joined.system).toEqual([
      expect.objectContaining({ message: expect.stringContaining('Token has expired') }),
    ])
  })

  it('C18 a public channel ends with its token too', async () => {
    const { supabase } = withToken(await signed({ role: 'anon', exp: secondsFromNow(2) }))
    await supabase.realtime.setAuth()
    const joined = await join(supabase, newTopic())
    await expect.poll(() => lastState(joined)?.status, { timeout: 4_000 }).toBe('CLOSED')
  })

  it('C18 a channel whose token is renewed in time stays', async () => {
    const { owner, space } = await ownedSpace()
    const rotating = client({
      accessToken: () => tokenOf(owner, 2),
      realtime: { heartbeatIntervalMs: 400 },
    })
    const joined = await joinPrivate(rotating, `space:${space}`)
    await quiet(3_500)
    expect(joined.states).toEqual([{ status: 'SUBSCRIBED', message: undefined }])
  })

  it('a closed channel is not joined again by itself', async () => {
    const { owner, space } = await ownedSpace()
    const editor = await newMember('editor', owner, space)
    const joined = await joinPrivate(editor.supabase, `space:${space}`)
    await owner.supabase.rpc('remove_member', { p_space: space, p_user: editor.userId })
    await expect.poll(() => lastState(joined)?.status).toBe('CLOSED')
    await admit(owner, space, editor, 'editor')
    await quiet(2_500)
    expect(lastState(joined)?.status).toBe('CLOSED')
  })
})
