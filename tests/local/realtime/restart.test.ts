import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalBackend, startLocalBackend } from '../../../supabase/local/index.ts'
import { client, EVENT, join, joinPrivate, lastState, newTopic } from '../../setup/channels.ts'
import { newMember, ownedSpace } from '../../setup/shared-space.ts'

let backend: LocalBackend
const dataDir = mkdtempSync(joinPath(tmpdir(), 'segue-restart-'))

beforeAll(async () => {
  backend = await startLocalBackend({ dataDir })
})
afterAll(async () => {
  await backend.close()
  rmSync(dataDir, { recursive: true })
})

describe('a server that goes away', () => {
  it('C02 C22 after a restart on the same port old channels work again, and those tried meanwhile begin to', async () => {
    const { owner, space } = await ownedSpace(backend)
    const joined = await joinPrivate(owner.supabase, `space:${space}`)
    const port = Number(new URL(backend.url).port)
    await backend.close()
    await expect.poll(() => lastState(joined)?.status).toBe('CHANNEL_ERROR')
    const meanwhile = await join(client({ address: backend }), newTopic())
    expect(lastState(meanwhile)?.status).toBe('CHANNEL_ERROR')

    backend = await startLocalBackend({ dataDir, port })
    await expect.poll(() => lastState(joined)?.status, { timeout: 25_000 }).toBe('SUBSCRIBED')
    await expect.poll(() => lastState(meanwhile)?.status, { timeout: 25_000 }).toBe('SUBSCRIBED')
    const editor = await newMember('editor', owner, space, backend)
    const peer = await joinPrivate(editor.supabase, `space:${space}`)
    await joined.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 1 } })
    await expect.poll(() => peer.seen.length).toBe(1)
    await peer.channel.send({ type: 'broadcast', event: EVENT, payload: { n: 2 } })
    await expect.poll(() => joined.seen.length).toBe(1)
  })
})
