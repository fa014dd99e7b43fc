import { tune } from 'segue/tables'
import { describe, expect, it } from 'vitest'
import { device, someone } from '../setup/people.ts'

async function shared() {
  const [owner, friend] = await Promise.all([someone('owner'), someone('friend')])
  const [first, second] = await Promise.all([device(owner), device(friend)])
  const list = await first.createSpace({ kind: 'playlist', name: 'Ours' })
  list.insert(tune, { title: 'A' })
  await first.sync?.sync()
  const invite = await first.members?.invite(list.id, 'viewer')
  await second.members?.acceptInvite(invite?.token ?? '')
  await second.refreshSpaces()
  const roleOf = (segue: typeof first) => segue.spaces.find(({ id }) => id === list.id)
  return { owner, friend, first, second, id: list.id, roleOf }
}

describe('a shared list', () => {
  it('can be handed to another member, who then decides about it', async () => {
    const { friend, first, second, id, roleOf } = await shared()
    await first.members?.transfer(id, friend.userId)
    await Promise.all([first.refreshSpaces(), second.refreshSpaces()])
    expect([roleOf(first)?.role, roleOf(second)?.role]).toEqual(['editor', 'owner'])
    await expect(first.members?.invite(id, 'viewer')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(second.members?.invite(id, 'viewer')).resolves.toHaveProperty('token')
  })

  it('goes to nobody who is not a member, and from nobody but its owner', async () => {
    const { friend, first, second, id } = await shared()
    const stranger = await someone('stranger')
    await expect(first.members?.transfer(id, stranger.userId)).rejects.toMatchObject({
      code: 'not_their_space',
    })
    await expect(second.members?.transfer(id, friend.userId)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(second.members?.deleteSpace(id)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('that its owner deletes is gone for everybody, who are told within seconds', async () => {
    const { first, second, id, roleOf } = await shared()
    await first.deleteSpace(id)
    expect(roleOf(first)).toBeUndefined()
    await expect.poll(() => roleOf(second)?.revokedAt, { timeout: 8_000 }).toBeDefined()
    expect(roleOf(second)?.problem?.code).toBe('not_a_member')
  })

  it('stops with a member who is removed while looking at it, within seconds', async () => {
    const { friend, first, second, id, roleOf } = await shared()
    await expect.poll(() => roleOf(second)?.sync?.connected, { timeout: 8_000 }).toBe(true)
    await first.members?.remove(id, friend.userId)
    await expect.poll(() => roleOf(second)?.revokedAt, { timeout: 8_000 }).toBeDefined()
  })

  it('a library cannot be given away or deleted', async () => {
    const { first, friend } = await shared()
    const library = await first.openLibrary()
    await first.sync?.sync()
    await expect(first.members?.transfer(library.id, friend.userId)).rejects.toMatchObject({
      code: 'owner_stays',
    })
    await expect(first.members?.deleteSpace(library.id)).rejects.toMatchObject({ code: 'owner_stays' })
  })
})
