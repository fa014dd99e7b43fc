import { newSpaceId } from 'segue/crdt'
import { MembersApi, supabaseRemote } from 'segue/supabase'
import { describe, expect, it } from 'vitest'
import { someone } from '../setup/people.ts'

/** A refusal that came as a failure of the server would be tried again for ever. */
describe('what the server refuses is told apart from a server that fails', () => {
  it('an invite that does not exist is named as such', async () => {
    const { supabase } = await someone('curious')
    const members = new MembersApi(supabase)
    await expect(members.previewInvite('no-such-token')).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'unknown_invite',
      message: 'This invite does not exist.',
    })
  })

  it('an edit that is too large is refused with its reason', async () => {
    const { supabase } = await someone('prolific')
    const { log } = supabaseRemote(supabase)
    const space = await log.createSpace(newSpaceId(), 'playlist', 'Large')
    const client = crypto.randomUUID()
    const update = new Uint8Array(1_200_000).fill(7)
    await expect(log.push(space, 0, client, [{ client, n: 1, update }])).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'too_large',
    })
  })
})
