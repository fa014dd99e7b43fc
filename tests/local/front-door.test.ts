import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import WebSocket from 'ws'
import { DataServedError, type LocalBackend, startLocalBackend } from '../../supabase/local/index.ts'
import { Mailbox } from '../../supabase/local/mailbox.ts'
import { joinPrivate, lastState, refusal, socketUrl } from '../setup/channels.ts'
import { type Someone, someone } from '../setup/people.ts'
import { ownedSpace } from '../setup/shared-space.ts'
import { secondsFromNow, signed, tokenOf, unsigned } from '../setup/tokens.ts'

let backend: LocalBackend
const folder = mkdtempSync(join(tmpdir(), 'segue-door-'))
const staticDir = join(folder, 'dist')
const logged: string[] = []

beforeAll(async () => {
  mkdirSync(join(staticDir, 'assets'), { recursive: true })
  writeFileSync(join(staticDir, 'index.html'), '<!doctype html><title>The app</title>')
  writeFileSync(join(staticDir, 'assets', 'app-1a2b.js'), 'export {}')
  const log = (line: string) => logged.push(line)
  backend = await startLocalBackend({
    dataDir: join(folder, 'data'),
    staticDir,
    authRequestsPerMinute: 40,
    log,
  })
  await backend.sql(
    `create function public.who_am_i() returns jsonb language sql stable as
       $$ select jsonb_build_object('role', current_user, 'sub', auth.uid(), 'spaces', (select count(*) from public.space)) $$`,
  )
  await backend.sql('grant execute on function public.who_am_i() to authenticated')
})
afterAll(async () => {
  await backend.close()
  rmSync(folder, { recursive: true })
})

/** Status and body, of a path that is sent as it stands. */
function raw(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; body: string }> {
  const { port } = new URL(backend.url)
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers: { host: `localhost:${port}`, ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
    }).on('error', reject)
  })
}

const rest = (path: string, headers: Record<string, string>, body?: unknown) =>
  fetch(`${backend.url}/rest/v1/${path}`, {
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })

const bearer = (token: string) => ({ apikey: backend.anonKey, Authorization: `Bearer ${token}` })

describe('keys', () => {
  const session = (more: object) => ({
    sub: crypto.randomUUID(),
    aud: 'authenticated',
    role: 'authenticated',
    exp: secondsFromNow(60),
    ...more,
  })
  const secret = () => ({ secret: backend.jwtSecret })
  const FOREIGN = { secret: 'super-secret-jwt-token-with-at-least-32-characters-long' }

  it.each<[string, () => string | Promise<string>]>([
    ['garbage', () => 'nonsense'],
    ['signed with nothing, for service_role', () => unsigned(session({ role: 'service_role' }))],
    ['signed with nothing, for a user', () => unsigned(session({}))],
    ['forged for service_role', () => signed(session({ role: 'service_role' }), FOREIGN)],
    ['forged for postgres', () => signed(session({ role: 'postgres' }), FOREIGN)],
    ['forged for a user', () => signed(session({}), FOREIGN)],
    ['for the role postgres', () => signed(session({ role: 'postgres' }), secret())],
    ['for a role of our own making', () => signed(session({ role: 'segue' }), secret())],
    ['for another audience', () => signed(session({ aud: 'elsewhere' }), secret())],
    ['expired', () => signed(session({ exp: secondsFromNow(-1) }), secret())],
    ['without an end', () => signed(session({ exp: undefined }), secret())],
    ['signed with another algorithm', () => signed(session({}), { ...secret(), alg: 'HS512' })],
  ])('a token that is %s gets nothing from REST and nothing from Realtime', async (_what, make) => {
    const token = await make()
    for (const headers of [bearer(token), { apikey: token }]) {
      const answer = await rest('space', headers)
      expect(answer.status).toBe(401)
    }
    expect((await refusal(socketUrl(backend.url, token))).status).toBe(401)
  })

  it('without a key nothing is answered but links in mails', async () => {
    for (const path of ['/rest/v1/', '/rest/v1/space', '/rest/v1/rpc/my_spaces', '/auth/v1/settings']) {
      expect(await raw(path)).toMatchObject({ status: 401 })
    }
    const signUp = await fetch(`${backend.url}/auth/v1/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'keyless@example.test', password: 'long enough' }),
    })
    expect(signUp.status).toBe(401)
    expect((await refusal(socketUrl(backend.url, ''))).status).toBe(401)
    expect((await raw('/auth/v1/verify?token=none&type=magiclink')).status).not.toBe(401)
  })

  it('the anon key opens no table, no function and no administration', async () => {
    const anon = bearer(backend.anonKey)
    expect((await rest('space', anon)).status).toBe(401)
    expect((await rest('rpc/my_spaces', anon, {})).status).toBe(401)
    expect((await raw('/auth/v1/admin/users', anon)).status).toBeGreaterThanOrEqual(400)
  })

  it("somebody's session does not administer accounts", async () => {
    const { token } = await someone('nobody', backend)
    expect((await raw('/auth/v1/admin/users', bearer(token))).status).toBeGreaterThanOrEqual(400)
  })

  it('has no administration of accounts to offer, and tells whoever has the service key so', async () => {
    const { status, body } = await raw('/auth/v1/admin/users', bearer(backend.serviceKey))
    expect(status).toBe(404)
    expect(JSON.parse(body)).toMatchObject({ msg: expect.stringContaining('does not administer accounts') })
  })

  it('a link in a mail signs in', async () => {
    const supabase = createClient(backend.url, backend.anonKey, { auth: { persistSession: false } })
    const email = `${crypto.randomUUID()}@example.test`
    expect((await supabase.auth.signInWithOtp({ email })).error).toBeNull()
    const mail = backend.mailbox.mails.find(({ to }) => to === email)
    const link = mail?.text.match(/http:\S+/)?.[0] ?? ''
    const answer = await fetch(link, { redirect: 'manual' })
    expect(answer.status).toBeGreaterThanOrEqual(300)
    expect(answer.status).toBeLessThan(400)
    expect(answer.headers.get('location')).toContain('access_token=')
  })
})

describe('what is not there', () => {
  it.each([
    '/_system/',
    '/_system/config',
    '/_system/schema',
    '/rest/v1/../../_system/config',
    '/auth/v1/..%2f..%2f_system/config',
    '/pg/',
    '/storage/v1/object',
    '/functions/v1/x',
  ])('%s is not served', async (path) => {
    const { status, body } = await raw(path, bearer(backend.serviceKey))
    expect(body).not.toMatch(/secret|driver|jwt_/i)
    expect((status ?? 0) >= 400 || body.includes('The app')).toBe(true)
  })

  it.each(['auth', 'realtime', 'segue', 'supabase_migrations', 'pg_catalog'])(
    'schema %s is not exposed',
    async (schema) => {
      const answer = await rest('users', { ...bearer(backend.serviceKey), 'Accept-Profile': schema })
      expect(answer.status).toBe(406)
    },
  )

  it('the API roles have been granted nothing but what migrations grant', async () => {
    await rest('space', bearer(backend.anonKey))
    const grants = await backend.sql(
      `select table_name from information_schema.role_table_grants
       where table_schema = 'public' and grantee in ('anon', 'PUBLIC')`,
    )
    expect(grants).toEqual([])
    const [made] = await backend.sql(
      `select has_function_privilege('anon', 'public.who_am_i()', 'execute') as anon,
         has_function_privilege('authenticated', 'public.who_am_i()', 'execute') as authenticated`,
    )
    expect(made).toEqual({ anon: false, authenticated: true })
  })
})

describe('addresses', () => {
  it.each(['evil.example', 'localhost.evil.example', '192.168.1.7:4310'])(
    'a request to the name %s is refused',
    async (host) => {
      expect((await raw('/mailbox.json', { host })).status).toBe(403)
    },
  )

  it('a socket opened under another name is cut', async () => {
    const socket = new WebSocket(socketUrl(backend.url, backend.anonKey), {
      headers: { host: 'evil.example' },
    })
    const opened = await new Promise((resolve) => {
      socket.on('open', () => resolve(true)).on('error', () => resolve(false))
    })
    expect(opened).toBe(false)
  })

  it('a path that is no address does no harm', async () => {
    const { port } = new URL(backend.url)
    await new Promise((resolve) => {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', host: `localhost:${port}` }
      request({ host: '127.0.0.1', port, path: '//', headers: upgrade }).on('error', resolve).end()
    })
    expect((await raw('/segue-config.json')).status).toBe(200)
  })

  it('the configuration holds the public key and no other', async () => {
    const { body } = await raw('/segue-config.json')
    expect(JSON.parse(body)).toEqual({
      supabaseUrl: backend.url,
      supabaseAnonKey: backend.anonKey,
      mailbox: '/mailbox',
    })
  })

  it('the mailbox shows hostile mail as text', async () => {
    const mailbox = new Mailbox()
    await mailbox.send({
      to: '<img src=x onerror=alert(1)>',
      subject: '<b>"hi"',
      text: 'http://x/"><script>',
    })
    expect(mailbox.html()).not.toMatch(/<img|<b>|<script>|x\/"/)
  })
})

describe('files', () => {
  it('the app is served, its hashed parts for ever, and its routes lead to it', async () => {
    expect((await raw('/')).body).toContain('The app')
    expect((await raw('/playlists/some-id')).body).toContain('The app')
    const part = await fetch(`${backend.url}/assets/app-1a2b.js`)
    expect(part.headers.get('cache-control')).toContain('immutable')
    expect((await fetch(backend.url)).headers.get('cache-control')).toBe('no-cache')
    expect((await raw('/assets/gone-3c4d.js')).status).toBe(404)
  })

  it.each([
    '/../data/secrets.json',
    '/%2e%2e/data/secrets.json',
    '/..%2fdata%2fsecrets.json',
    '/assets/../../data/secrets.json',
    '/assets/%2e%2e/%2e%2e/data/secrets.json',
    '/....//data/secrets.json',
    '/..\\data\\secrets.json',
    '//data/secrets.json',
    '/data/secrets.json',
  ])('%s does not reach the data', async (path) => {
    const { body } = await raw(path)
    expect(body).not.toContain('jwtSecret')
    expect(body).not.toContain(backend.jwtSecret)
  })

  it('data inside the folder that is served are refused', async () => {
    const inside = startLocalBackend({ dataDir: join(staticDir, 'data'), staticDir })
    await expect(inside).rejects.toThrow(DataServedError)
  })
})

describe('limits', () => {
  it('a body that is too large is refused', async () => {
    const answer = await fetch(`${backend.url}/auth/v1/signup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', apikey: backend.anonKey },
      body: JSON.stringify({ email: 'x'.repeat(70_000) }),
    })
    expect(answer.status).toBe(413)
  })

  it('an update that is too large is refused with a word', async () => {
    const { owner, space } = await ownedSpace(backend)
    const update = 'A'.repeat(1_398_108)
    const { error } = await owner.supabase.rpc('push_updates', {
      p_space: space,
      p_client: crypto.randomUUID(),
      p_updates: [{ n: 1, update }],
    })
    expect(error?.details).toBe('too_large')
  })

  it.each(['/auth/v1/verify', '/auth/v1/%76erify', '/auth/v1/otp'])(
    'guessing at %s comes to an end',
    async (path) => {
      const guess = (n: number) =>
        fetch(`${backend.url}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', apikey: backend.anonKey },
          body: JSON.stringify({ type: 'email', email: 'guessed@example.test', token: `${100_000 + n}` }),
        })
      const statuses: number[] = []
      for (let n = 0; n < 45; n++) statuses.push((await guess(n)).status)
      expect(statuses.at(-1) === 429 || statuses.every((status) => status === 404)).toBe(true)
    },
  )
})

describe('what is written down', () => {
  it('neither values nor tokens appear in logs', async () => {
    const { owner, space } = await ownedSpace(backend)
    const lines: unknown[] = []
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...parts) => lines.push(parts)),
    )
    const secret = 'the words of somebody'
    await owner.supabase.rpc('create_space', { p_id: secret, p_kind: 'playlist', p_name: secret })
    await owner.supabase.rpc('accept_invite', { p_token: secret })
    await owner.supabase.from('space').select().eq('id', secret)
    await owner.supabase.from('profile').insert({ user_id: crypto.randomUUID(), display_name: secret })
    await owner.supabase.rpc('push_updates', { p_space: space, p_client: secret, p_updates: [] })
    await owner.supabase.auth.updateUser({ password: 'x' })
    for (const spy of spies) spy.mockRestore()
    const { inspect } = await import('node:util')
    const text = [...lines, ...logged].map((line) => inspect(line, { depth: 9 })).join('\n')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(owner.token)
  })
})

describe('bytes', () => {
  it('every byte comes back as it was sent', async () => {
    const { owner, space } = await ownedSpace(backend)
    const bytes = Buffer.from(Uint8Array.from({ length: 1024 }, (_, index) => index % 256))
    const p_client = crypto.randomUUID()
    await owner.supabase.rpc('push_updates', {
      p_space: space,
      p_client,
      p_updates: [{ n: 1, update: bytes.toString('base64') }],
    })
    const { data } = await owner.supabase.rpc('pull_updates', { p_space: space, p_since: 0 })
    expect(data.updates).toMatchObject([{ seq: 1, client: p_client, n: 1, update: bytes.toString('base64') }])
    await owner.supabase.rpc('write_snapshot', {
      p_space: space,
      p_seq: 1,
      p_state: bytes.toString('base64'),
    })
    const snapshot = await owner.supabase.rpc('read_snapshot', { p_space: space })
    expect(snapshot.data).toMatchObject({ seq: 1, size: 1024, part: bytes.toString('base64') })
  })
})

describe('many at once', () => {
  it('nobody ever runs with the role or the claims of somebody else', async () => {
    const owners = [await ownedSpace(backend), await ownedSpace(backend)] as const
    const people: Someone[] = owners.map(({ owner }) => owner)
    const tokens = await Promise.all(people.map((person) => tokenOf(person, 600, backend.jwtSecret)))
    const who = async (token: string) => (await rest('rpc/who_am_i', bearer(token), {})).json()

    const calls = Array.from({ length: 40 }, (_, n) => {
      const [{ owner }, other] = n % 2 === 0 ? owners : ([owners[1], owners[0]] as const)
      return [
        who(tokens[n % 2] ?? '').then((answer) =>
          expect(answer).toEqual({ role: 'authenticated', sub: owner.userId, spaces: 1 }),
        ),
        rest('rpc/who_am_i', bearer(backend.anonKey), {}).then(({ status }) => expect(status).toBe(401)),
        owner.supabase
          .from('space')
          .update({ name: 'taken' })
          .eq('id', other.space)
          .select()
          .then(({ data }) => expect(data).toEqual([])),
        backend
          .sql('select current_user as role, auth.uid() as sub')
          .then((rows) => expect(rows).toEqual([{ role: 'postgres', sub: null }])),
      ]
    })
    const joins = owners.map(async ({ owner, space }) => {
      for (let n = 0; n < 5; n++) {
        const joined = await joinPrivate(owner.supabase, `space:${space}`)
        expect(lastState(joined)?.status).toBe('SUBSCRIBED')
        await owner.supabase.removeAllChannels()
      }
    })
    await Promise.all(joins)
    await Promise.all(calls.flat())
    expect(await backend.sql('select distinct name from public.space order by name')).toEqual([
      { name: 'List' },
    ])
  })
})
