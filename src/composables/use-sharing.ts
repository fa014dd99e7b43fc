import type { SpaceId } from 'segue/crdt'
import type { InvitedRole, Member, SentInvite } from 'segue/supabase'
import { useSegue } from 'segue/vue'
import { type MaybeRefOrGetter, ref, toValue } from 'vue'
import { useAttempt } from './use-attempt.ts'

/** Who shares a space, and the invites that are still open. Everything here needs the network. */
export function useSharing(spaceId: MaybeRefOrGetter<SpaceId>, owner: MaybeRefOrGetter<boolean>) {
  const segue = useSegue()
  const { busy, problem, attempt } = useAttempt()
  const members = ref<readonly Member[]>([])
  const invites = ref<readonly SentInvite[]>([])
  /** The invite made last: its link, and the address it is bound to. */
  const made = ref<{ link: string; email: string }>()

  async function read(): Promise<void> {
    const id = toValue(spaceId)
    if (!segue.members) return
    members.value = await segue.members.members(id)
    invites.value = toValue(owner) ? await segue.members.openInvites(id) : []
  }

  const change = (work: () => Promise<unknown> | undefined) =>
    attempt(async () => {
      await work()
      await read()
    })

  return {
    members,
    invites,
    made,
    busy,
    problem,
    load: () => attempt(read),
    invite: (role: InvitedRole, email: string) =>
      change(async () => {
        // A playlist made offline must be known to the server before anybody can be invited to it.
        await segue.sync?.sync()
        const invite = await segue.members?.invite(toValue(spaceId), role, email || undefined)
        if (!invite) return
        made.value = { link: new URL(`/invite/${invite.token}`, window.location.origin).href, email }
      }),
    setRole: (userId: string, role: InvitedRole) =>
      change(() => segue.members?.setRole(toValue(spaceId), userId, role)),
    remove: (userId: string) => change(() => segue.members?.remove(toValue(spaceId), userId)),
    /** Hands the list over; the person stays on as an editor. */
    transfer: (userId: string) =>
      change(async () => {
        await segue.members?.transfer(toValue(spaceId), userId)
        await segue.refreshSpaces()
      }),
    /** Ends the list for everybody. Resolves to whether it did. */
    end: () => attempt(() => segue.deleteSpace(toValue(spaceId))),
    revoke: (inviteId: string) => change(() => segue.members?.revokeInvite(inviteId)),
  }
}
