import { newSpaceId } from 'segue/crdt'
import { expect, inject } from 'vitest'
import { type Someone, someone } from './people.ts'

interface Address {
  readonly url: string
  readonly anonKey: string
}

export type MemberRole = 'editor' | 'viewer'

/** A playlist with its owner. */
export async function ownedSpace(
  address: Address = inject('backend'),
): Promise<{ owner: Someone; space: string }> {
  const owner = await someone('owner', address)
  const space = newSpaceId()
  const { error } = await owner.supabase.rpc('create_space', {
    p_id: space,
    p_kind: 'playlist',
    p_name: 'List',
  })
  expect(error).toBeNull()
  return { owner, space }
}

/** Makes somebody a member by an invite of the owner. */
export async function admit(owner: Someone, space: string, person: Someone, role: MemberRole): Promise<void> {
  const { data } = await owner.supabase.rpc('invite_to_space', { p_space: space, p_role: role })
  const { error } = await person.supabase.rpc('accept_invite', { p_token: data.token })
  expect(error).toBeNull()
}

/** Somebody new who is a member. */
export async function newMember(
  role: MemberRole,
  owner: Someone,
  space: string,
  address: Address = inject('backend'),
): Promise<Someone> {
  const person = await someone(role, address)
  await admit(owner, space, person, role)
  return person
}
