import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalBackend, startLocalBackend } from '../../supabase/local/index.ts'
import { tokenOf } from '../setup/tokens.ts'
import { catalogueContract } from './catalogue.ts'
import { policyContract } from './contract.ts'
import { FUNCTION_PROMISES, TABLE_PROMISES } from './promises.ts'
import { type RestDoor, restDoor } from './rest-door.ts'
import { argumentsOf, makeScene, type Scene } from './scene.ts'

let backend: LocalBackend
let door: RestDoor
let scene: Scene
const dataDir = mkdtempSync(join(tmpdir(), 'segue-policies-'))

beforeAll(async () => {
  backend = await startLocalBackend({ dataDir, compaction: false, joinErrorDelayMs: 0 })
  door = await restDoor(backend)
  scene = await makeScene(door)
})
afterAll(async () => {
  await door.close()
  await backend.close()
  rmSync(dataDir, { recursive: true })
})

describe('through the API', () => policyContract(() => scene))
describe('grants', () => catalogueContract(() => backend.sql))

describe('callers who are nobody', () => {
  const commands = ['GET', 'POST', 'PATCH', 'DELETE']
  const tables = [...new Set(TABLE_PROMISES.map(({ subject }) => subject.replace(/-.*/, '')))]
  const requests = () => [
    ...tables.flatMap((table) => commands.map((method) => ({ method, path: table, body: {} }))),
    ...FUNCTION_PROMISES.map(({ subject }) => ({
      method: 'POST',
      path: `rpc/${subject}`,
      body: argumentsOf(scene, subject),
    })),
  ]
  const statuses = async (headers: Record<string, string>) => {
    const found = new Set<number>()
    for (const { method, path, body } of requests()) {
      const answer = await fetch(`${backend.url}/rest/v1/${path}`, {
        method,
        headers: { 'Content-Type': 'application/json', ...headers },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
      })
      found.add(answer.status)
    }
    return [...found]
  }

  it('without a key everything is answered with 401', async () => {
    expect(await statuses({})).toEqual([401])
  })

  it("with an owner's expired token everything is answered with 401", async () => {
    const { userId } = door.people.owner
    const token = await tokenOf({ userId, email: 'owner@example.test' }, -1, backend.jwtSecret)
    expect(await statuses({ apikey: backend.anonKey, Authorization: `Bearer ${token}` })).toEqual([401])
    const expired = createClient(backend.url, backend.anonKey, { accessToken: async () => token })
    await expired.realtime.setAuth()
    const channel = expired.channel(`space:${scene.space}`, { config: { private: true } })
    const message = await new Promise((resolve) => {
      channel.subscribe((_status, error) => resolve(error?.message))
    })
    expect(message).toContain('Token has expired')
    await expired.removeAllChannels()
    expired.realtime.disconnect()
  })
})

describe('what is hidden', () => {
  it('functions of the schema segue cannot be called, by any name', async () => {
    const functions = await backend.sql<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'segue'::regnamespace`,
    )
    expect(functions.length).toBeGreaterThan(10)
    for (const { name } of functions) {
      const p_space = scene.space
      expect((await door.clients.owner.rpc(name, { p_space })).error?.code).toBe('PGRST202')
      expect((await door.clients.owner.rpc(`segue.${name}`, { p_space })).error?.code).toBe('PGRST202')
      expect((await door.clients.owner.schema('segue').rpc(name, { p_space })).error?.code).toBe('PGRST106')
    }
  })

  it('messages of Realtime are not in the API', async () => {
    for (const client of [door.clients.anon, door.clients.owner]) {
      const { error } = await client.schema('realtime').from('messages').select()
      expect(error?.code).toBe('PGRST106')
      expect((await client.from('messages').select()).error?.code).toBe('PGRST205')
    }
  })

  it('nobody learns from a refusal whether a space exists', async () => {
    const nowhere = {
      space: crypto.randomUUID(),
      addressed: crypto.randomUUID(),
      doomed: crypto.randomUUID(),
    }
    const other = { ...scene, ...nowhere }
    const asked = FUNCTION_PROMISES.filter(({ verdicts }) => verdicts.stranger !== 'done')
    for (const { subject } of asked) {
      const [real, imagined] = [
        await door.clients.stranger.rpc(subject, argumentsOf(scene, subject)),
        await door.clients.stranger.rpc(subject, argumentsOf(other, subject)),
      ]
      expect(real.error).not.toBeNull()
      expect({ ...real.error, status: real.status }).toEqual({ ...imagined.error, status: imagined.status })
    }
  })

  it('an invite names who invites, never by address', async () => {
    const { data } = await door.clients.stranger.rpc('invite_preview', { p_token: scene.invite.token })
    expect(data).toEqual({
      spaceName: expect.any(String),
      kind: 'playlist',
      role: 'viewer',
      invitedBy: 'Somebody else',
      status: 'open',
    })
    await backend.sql('delete from public.profile where user_id = $1', [door.people.owner.userId])
    const nameless = await door.clients.stranger.rpc('invite_preview', { p_token: scene.invite.token })
    expect(nameless.data).toMatchObject({ invitedBy: null })
  })

  it('addresses are shown to members and to nobody else', async () => {
    const { data } = await door.clients.viewer.rpc('space_members', { p_space: scene.space })
    expect(data).toHaveLength(3)
    for (const member of data) expect(member.email).toContain('@example.test')
    for (const table of ['profile', 'space_member', 'space']) {
      const rows = await door.clients.viewer.from(table).select()
      expect(rows.data?.length).toBeGreaterThan(0)
      expect(JSON.stringify(rows.data)).not.toContain('@')
    }
  })

  it('an id that is taken is not given to somebody else', async () => {
    const { error } = await door.clients.stranger.rpc('create_space', {
      p_id: scene.space,
      p_kind: 'playlist',
      p_name: 'Mine now',
    })
    expect(error?.details).toBe('space_taken')
  })
})
