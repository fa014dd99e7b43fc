import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalBackend, startLocalBackend } from '../../supabase/local/index.ts'
import { type Someone, someone } from '../setup/people.ts'
import { newMember, ownedSpace } from '../setup/shared-space.ts'

let backend: LocalBackend
const dataDir = mkdtempSync(join(tmpdir(), 'segue-invites-'))

beforeAll(async () => {
  backend = await startLocalBackend({ dataDir, compaction: false, authRequestsPerMinute: 1_000 })
})
afterAll(async () => {
  await backend.close()
  rmSync(dataDir, { recursive: true })
})

async function invited(more: { p_email?: string; p_role?: string } = {}) {
  const { owner, space } = await ownedSpace(backend)
  const { data } = await owner.supabase.rpc('invite_to_space', { p_space: space, p_role: 'editor', ...more })
  return { owner, space, token: String(data.token), id: String(data.id) }
}

const accept = async ({ supabase }: Someone, p_token: string) => supabase.rpc('accept_invite', { p_token })
const newcomer = () => someone('newcomer', backend)

describe('an invite by link', () => {
  it('makes whoever comes first a member, and nobody after', async () => {
    const { space, token } = await invited()
    const [first, second] = [await newcomer(), await newcomer()]
    expect((await accept(first, token)).data).toEqual({ spaceId: space, role: 'editor' })
    expect((await accept(second, token)).error?.details).toBe('invite_used')
    const preview = await second.supabase.rpc('invite_preview', { p_token: token })
    expect(preview.data).toMatchObject({ status: 'used' })
  })

  it('taken by two at once makes one of them a member', async () => {
    const { space, token } = await invited()
    const people = await Promise.all([newcomer(), newcomer(), newcomer()])
    const answers = await Promise.all(people.map((person) => accept(person, token)))
    expect(answers.filter(({ error }) => error === null)).toHaveLength(1)
    expect(answers.flatMap(({ error }) => error?.details ?? [])).toEqual(['invite_used', 'invite_used'])
    expect(
      await backend.sql('select count(*)::int as count from public.space_member where space_id = $1', [
        space,
      ]),
    ).toEqual([{ count: 2 }])
  })

  it('used twice by the same person is no error', async () => {
    const { space, token } = await invited()
    const person = await newcomer()
    await accept(person, token)
    expect((await accept(person, token)).data).toEqual({ spaceId: space, role: 'editor' })
  })

  it('does nothing once it has expired', async () => {
    const { token, id } = await invited()
    await backend.sql(`update public.space_invite set expires_at = now() where id = $1`, [id])
    expect((await accept(await newcomer(), token)).error?.details).toBe('invite_expired')
  })

  it('does nothing once it is withdrawn', async () => {
    const { owner, token, id } = await invited()
    await owner.supabase.rpc('revoke_invite', { p_invite: id })
    expect((await accept(await newcomer(), token)).error?.details).toBe('invite_revoked')
  })

  it('lets nobody back in with a link they have used before', async () => {
    const { owner, space, token } = await invited()
    const person = await newcomer()
    await accept(person, token)
    await owner.supabase.rpc('remove_member', { p_space: space, p_user: person.userId })
    expect((await accept(person, token)).error?.details).toBe('invite_used')
  })

  it('makes a viewer an editor and leaves an editor what they are', async () => {
    const { owner, space, token } = await invited()
    const viewer = await newMember('viewer', owner, space, backend)
    expect((await accept(viewer, token)).data).toMatchObject({ role: 'editor' })
    const { data } = await owner.supabase.rpc('invite_to_space', { p_space: space, p_role: 'viewer' })
    expect((await accept(viewer, data.token)).data).toMatchObject({ role: 'editor' })
  })
})

describe('an invite by address', () => {
  it('is shown to its addressee, whatever the case of the letters, and to nobody else', async () => {
    const person = await newcomer()
    const { space, id } = await invited({ p_email: ` ${person.email.toUpperCase()} ` })
    expect((await person.supabase.rpc('my_invites')).data).toMatchObject([{ id }])
    expect((await (await newcomer()).supabase.rpc('my_invites')).data).toEqual([])
    const { data } = await person.supabase.rpc('accept_email_invite', { p_invite: id })
    expect(data).toEqual({ spaceId: space, role: 'editor' })
    expect((await person.supabase.rpc('my_invites')).data).toEqual([])
  })

  it('is no use to another address, even with its link', async () => {
    const { token } = await invited({ p_email: 'elsewhere@example.test' })
    const other = await newcomer()
    const preview = await other.supabase.rpc('invite_preview', { p_token: token })
    expect(preview.data).toMatchObject({ status: 'other_address' })
    expect(JSON.stringify(preview.data)).not.toContain('elsewhere')
    expect((await accept(other, token)).error?.details).toBe('invite_other_address')
  })

  it('can be declined by its addressee, once', async () => {
    const person = await newcomer()
    const { id, token } = await invited({ p_email: person.email })
    const { error } = await person.supabase.rpc('decline_email_invite', { p_invite: id })
    expect(error).toBeNull()
    expect((await accept(person, token)).error?.details).toBe('invite_revoked')
    const answer = await person.supabase.rpc('accept_email_invite', { p_invite: id })
    expect(answer.error?.details).toBe('invite_revoked')
  })
})

describe('members', () => {
  it('may leave; an owner may not, and stays the owner', async () => {
    const { owner, space } = await ownedSpace(backend)
    const viewer = await newMember('viewer', owner, space, backend)
    const leave = ({ supabase, userId }: Someone) =>
      supabase.rpc('remove_member', { p_space: space, p_user: userId })
    expect((await leave(viewer)).error).toBeNull()
    expect((await viewer.supabase.rpc('my_spaces')).data).toEqual([])
    expect((await leave(owner)).error?.details).toBe('owner_stays')
    const demote = { p_space: space, p_user: owner.userId, p_role: 'viewer' }
    expect((await owner.supabase.rpc('set_member_role', demote)).error?.details).toBe('owner_stays')
  })

  it.each(['owner', 'admin', '', null])('nobody is made "%s"', async (role) => {
    const { owner, space } = await ownedSpace(backend)
    const viewer = await newMember('viewer', owner, space, backend)
    const change = { p_space: space, p_user: viewer.userId, p_role: role }
    expect((await owner.supabase.rpc('set_member_role', change)).error?.details).toBe('malformed')
    const invite = { p_space: space, p_role: role }
    expect((await owner.supabase.rpc('invite_to_space', invite)).error?.details).toBe('malformed')
  })
})
