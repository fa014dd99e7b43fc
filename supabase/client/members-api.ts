import type { SupabaseClient } from '@supabase/supabase-js'
import { type SpaceId, toSpaceId } from 'segue/crdt'
import { type Json, list, object, optionalText, text, word } from './answers.ts'
import { RefusedError } from './errors.ts'
import { ROLES, type Role, SPACE_KINDS, type SpaceKind } from './remote.ts'
import { callFunction } from './rpc.ts'

export type InvitedRole = Exclude<Role, 'owner'>
const INVITED_ROLES = ['editor', 'viewer'] as const

export interface Member {
  readonly userId: string
  readonly email: string | null
  readonly displayName: string | null
  readonly role: Role
}

/** What became of an invite, from the point of view of the one who opens it. */
export type InviteStatus = 'open' | 'used' | 'expired' | 'revoked' | 'other_address' | 'member'
const INVITE_STATUSES = ['open', 'used', 'expired', 'revoked', 'other_address', 'member'] as const

export interface InvitePreview {
  readonly spaceName: string
  readonly kind: SpaceKind
  readonly role: InvitedRole
  readonly invitedBy: string | null
  readonly status: InviteStatus
}

/** An invite addressed to the signed-in person. */
export interface ReceivedInvite {
  readonly id: string
  readonly spaceName: string
  readonly role: InvitedRole
  readonly invitedBy: string | null
  readonly expiresAt: string
}

/** An invite that nobody has used yet, as the owner sees it. */
export interface SentInvite {
  readonly id: string
  readonly email: string | null
  readonly role: InvitedRole
  readonly expiresAt: string
}

export interface AcceptedInvite {
  readonly spaceId: SpaceId
  readonly role: Role
}

/** Who shares a space. Every method needs the network and throws the errors of {@link callFunction}. */
export class MembersApi {
  readonly #supabase: SupabaseClient

  constructor(supabase: SupabaseClient) {
    this.#supabase = supabase
  }

  /** Makes a single-use invite: for one address, or for whoever holds the link with the token. */
  async invite(space: SpaceId, role: InvitedRole, email?: string): Promise<{ id: string; token: string }> {
    const answer = object(
      await this.#call('invite_to_space', { p_space: space, p_role: role, p_email: email ?? null }),
      'an invite',
    )
    return { id: text(answer, 'id'), token: text(answer, 'token') }
  }

  async previewInvite(token: string): Promise<InvitePreview> {
    const answer = object(await this.#call('invite_preview', { p_token: token }), 'an invite')
    return {
      spaceName: text(answer, 'spaceName'),
      kind: word(answer, 'kind', SPACE_KINDS),
      role: word(answer, 'role', INVITED_ROLES),
      invitedBy: optionalText(answer, 'invitedBy'),
      status: word(answer, 'status', INVITE_STATUSES),
    }
  }

  async acceptInvite(token: string): Promise<AcceptedInvite> {
    return acceptedInvite(await this.#call('accept_invite', { p_token: token }))
  }

  async acceptEmailInvite(id: string): Promise<AcceptedInvite> {
    return acceptedInvite(await this.#call('accept_email_invite', { p_invite: id }))
  }

  async declineEmailInvite(id: string): Promise<void> {
    await this.#call('decline_email_invite', { p_invite: id })
  }

  async myInvites(): Promise<ReceivedInvite[]> {
    return list(await this.#call('my_invites'), 'your invites', (invite) => ({
      ...sentOrReceived(invite),
      spaceName: text(invite, 'spaceName'),
      invitedBy: optionalText(invite, 'invitedBy'),
    }))
  }

  async openInvites(space: SpaceId): Promise<SentInvite[]> {
    return list(await this.#call('space_invites', { p_space: space }), 'the open invites', (invite) => ({
      ...sentOrReceived(invite),
      email: optionalText(invite, 'email'),
    }))
  }

  async revokeInvite(id: string): Promise<void> {
    await this.#call('revoke_invite', { p_invite: id })
  }

  async members(space: SpaceId): Promise<Member[]> {
    return list(await this.#call('space_members', { p_space: space }), 'the members', (member) => ({
      userId: text(member, 'userId'),
      email: optionalText(member, 'email'),
      displayName: optionalText(member, 'displayName'),
      role: word(member, 'role', ROLES),
    }))
  }

  async setRole(space: SpaceId, userId: string, role: InvitedRole): Promise<void> {
    await this.#call('set_member_role', { p_space: space, p_user: userId, p_role: role })
  }

  /** Takes a member out; with one's own id, leaves. */
  async remove(space: SpaceId, userId: string): Promise<void> {
    await this.#call('remove_member', { p_space: space, p_user: userId })
  }

  /** Makes another member the owner; who was it stays on as an editor. */
  async transfer(space: SpaceId, userId: string): Promise<void> {
    await this.#call('transfer_space', { p_space: space, p_user: userId })
  }

  /** Ends a shared space for everybody. */
  async deleteSpace(space: SpaceId): Promise<void> {
    await this.#call('delete_space', { p_space: space })
  }

  /** The name that co-members see. */
  async setDisplayName(userId: string, name: string): Promise<void> {
    const { error } = await this.#supabase.from('profile').upsert({ user_id: userId, display_name: name })
    if (error) {
      throw new RefusedError(
        error.code,
        `The name was not saved: ${error.message}.`,
        'Use 1 to 80 characters.',
      )
    }
  }

  #call(name: string, args?: Record<string, unknown>): Promise<unknown> {
    return callFunction(this.#supabase, name, args)
  }
}

function acceptedInvite(value: unknown): AcceptedInvite {
  const answer = object(value, 'an invite')
  return { spaceId: toSpaceId(text(answer, 'spaceId')), role: word(answer, 'role', ROLES) }
}

const sentOrReceived = (invite: Json) => ({
  id: text(invite, 'id'),
  role: word(invite, 'role', INVITED_ROLES),
  expiresAt: text(invite, 'expiresAt'),
})
