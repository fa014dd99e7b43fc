import { describe, expect, it } from 'vitest'
import { client, join, joinPrivate, newTopic } from '../../setup/channels.ts'
import { newMember, ownedSpace } from '../../setup/shared-space.ts'

const as = (key: string) => ({ config: { presence: { key, enabled: true } } })

describe('presence', () => {
  it('C24 people come, change and go; two devices under one key are two metas', async () => {
    const topic = newTopic()
    const events: string[] = []
    const watcher = client().channel(topic, { config: { presence: { key: 'watcher' } } })
    watcher.on('presence', { event: 'join' }, ({ key }) => events.push(`join ${key}`))
    watcher.on('presence', { event: 'leave' }, ({ key }) => events.push(`leave ${key}`))
    watcher.on('presence', { event: 'sync' }, () => events.push('sync'))
    await new Promise<void>((resolve) => {
      watcher.subscribe((status) => (status === 'SUBSCRIBED' ? resolve() : undefined))
    })
    const phone = client()
    const a = await join(phone, topic, as('aoife'))
    const b = await join(client(), topic, as('aoife'))
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
    expect(events).toEqual(expect.arrayContaining(['sync', 'join aoife', 'leave aoife']))
  })

  it('C24 whoever comes later sees who is there', async () => {
    const topic = newTopic()
    const a = await join(client(), topic, as('aoife'))
    await a.channel.track({ at: 'reel' })
    const b = await join(client(), topic, as('brendan'))
    await expect.poll(() => b.channel.presenceState().aoife).toMatchObject([{ at: 'reel' }])
  })

  it('C25 who did not ask for presence gets no list, and is seen by others all the same', async () => {
    const topic = newTopic()
    const watcher = await join(client(), topic, as('watcher'))
    const silent = await join(client(), topic, { config: { presence: { key: 'silent' } } })
    expect(await silent.channel.track({ at: 'reel' })).toBe('ok')
    await expect.poll(() => watcher.channel.presenceState().silent?.length).toBe(1)
    expect(silent.channel.presenceState()).toEqual({})
  })

  it('a viewer shows their presence in a space', async () => {
    const { owner, space } = await ownedSpace()
    const viewer = await newMember('viewer', owner, space)
    const presence = { presence: { key: 'viewer', enabled: true } }
    const watcher = await joinPrivate(owner.supabase, `space:${space}`, { presence: { enabled: true } })
    const shown = await joinPrivate(viewer.supabase, `space:${space}`, presence)
    expect(await shown.channel.track({ at: 'reel' })).toBe('ok')
    await expect.poll(() => watcher.channel.presenceState().viewer?.length).toBe(1)
  })
})
