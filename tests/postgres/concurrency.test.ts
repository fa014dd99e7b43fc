import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { unpackPage } from '../../supabase/client/log-page.ts'
import { connect } from './server.ts'
import { callAs, newAccount } from './sql-door.ts'

const CONNECTIONS = 16
const PUSHES = 25

interface Place {
  readonly n: number
  readonly seq: number
}

interface Page {
  readonly head: number
  readonly updates: readonly { readonly seq: number; readonly client: string; readonly n: number }[]
}

type Account = Awaited<ReturnType<typeof newAccount>>

let admin: Client
const clients: Client[] = []

beforeAll(async () => {
  const port = inject('postgresPort')
  admin = await connect(port)
  for (let n = 0; n < CONNECTIONS; n++) clients.push(await connect(port, 'authenticator'))
})
afterAll(async () => {
  await Promise.all([admin, ...clients].map((client) => client.end()))
})

const through = (index: number): Client => {
  const client = clients[index % CONNECTIONS]
  if (!client) throw new Error('not connected')
  return client
}

async function newSpace(): Promise<{ owner: Account; space: string }> {
  const owner = await newAccount(admin, 'owner')
  const space = crypto.randomUUID()
  await callAs(through(0), owner, 'create_space', { p_id: space, p_kind: 'playlist', p_name: 'List' })
  return { owner, space }
}

/** One for each connection. */
async function newAccounts(): Promise<Account[]> {
  const people: Account[] = []
  for (const _client of clients) people.push(await newAccount(admin, 'person'))
  return people
}

const updateOf = (n: number) => ({ n, update: Buffer.from(`update ${n}`).toString('base64') })

/** As long as an ordinary transaction may take: others commit in between. */
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 8))

describe('sixteen connections that push into one space', () => {
  it('leave a log without holes, each update in it once, and a reader with a cursor misses none', async () => {
    const { owner, space } = await newSpace()
    const answers: { replica: string; places: Place[] }[] = []

    /** Pushes, and loses some answers: then it does the same again, as a device does. */
    const pusher = async (index: number) => {
      const [client, replica] = [through(index), crypto.randomUUID()]
      for (let push = 0; push < PUSHES; push++) {
        const numbers = [1, 2, 3].slice(0, 1 + (push % 3)).map((more) => push * 3 + more)
        const args = { p_space: space, p_client: replica, p_updates: numbers.map(updateOf) }
        if (push % 7 === index % 7) await abandoned(client, owner, args)
        const places = async () => (await callAs(client, owner, 'push_updates', args)) as Place[]
        const first = await places()
        answers.push({ replica, places: first })
        if (push % 5 === 0) expect(await places()).toEqual(first)
        await pause()
      }
    }

    const done = { pushing: false }
    const reader = await connect(inject('postgresPort'), 'authenticator')
    const read: Page['updates'][number][] = []
    const reading = (async () => {
      for (;;) {
        const last = done.pushing
        const p_since = read.at(-1)?.seq ?? 0
        const page = (await callAs(reader, owner, 'pull_updates', { p_space: space, p_since })) as Page
        read.push(...page.updates)
        if (last && page.updates.length === 0) return
      }
    })()
    await Promise.all(clients.map((_client, index) => pusher(index)))
    done.pushing = true
    await reading
    const whole = { p_space: space, p_epoch: 0, p_since: 0, p_limit: 5_000 }
    const packed = unpackPage(await callAs(reader, owner, 'pull_log', whole), 0)
    await reader.end()

    const total =
      CONNECTIONS * Array.from({ length: PUSHES }, (_, push) => 1 + (push % 3)).reduce((a, b) => a + b)
    const { rows } = await admin.query(
      'select seq::int, client_id as client, n::int from public.space_update where space_id = $1 order by seq',
      [space],
    )
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
    expect(new Set(rows.map(({ client, n }) => `${client} ${n}`)).size).toBe(total)
    expect(read.map(({ seq, client, n }) => ({ seq, client, n }))).toEqual(rows)
    expect(packed.entries.map(({ seq, client, n }) => ({ seq, client, n }))).toEqual(rows)
    for (const { replica, places } of answers) {
      for (const { n, seq } of places) expect(rows[seq - 1]).toEqual({ seq, client: replica, n })
    }
    const heads = await admin.query('select head_seq::int from public.space where id = $1', [space])
    expect(heads.rows).toEqual([{ head_seq: total }])
  })

  it('who exchange, read what they push and everything before it', async () => {
    const { owner, space } = await newSpace()
    const exchange = async (index: number) => {
      const [client, replica] = [through(index), crypto.randomUUID()]
      let since = 0
      for (let n = 1; n <= PUSHES; n++) {
        const args = {
          p_space: space,
          p_epoch: 0,
          p_client: replica,
          p_updates: [updateOf(n)],
          p_since: since,
        }
        const answer = (await callAs(client, owner, 'exchange_updates', args)) as {
          places: Place[]
          page: unknown
        }
        const { head, entries } = unpackPage(answer.page, since)
        expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, place) => since + 1 + place))
        expect(entries.at(-1)).toMatchObject({ client: replica, n, seq: head })
        expect(answer.places).toEqual([{ n, seq: head }])
        since = head
        await pause()
      }
    }
    await Promise.all(clients.map((_client, index) => exchange(index)))
  })
})

/** A push whose connection breaks before the commit: nothing of it may remain. */
async function abandoned(client: Client, account: Account, args: Record<string, unknown>): Promise<void> {
  await begin(client, account)
  await client.query('select public.push_updates($1, $2, $3)', [
    args.p_space,
    args.p_client,
    JSON.stringify(args.p_updates),
  ])
  await pause()
  await client.query('rollback')
}

/** Begins a transaction of somebody, which the test ends. */
async function begin(client: Client, account: Account): Promise<void> {
  await client.query('begin')
  await client.query(
    `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`,
    [JSON.stringify({ sub: account.userId })],
  )
}

describe('at the same time', () => {
  it('one link makes one member, however many take it', async () => {
    const { owner, space } = await newSpace()
    const invite = await callAs(through(0), owner, 'invite_to_space', { p_space: space, p_role: 'editor' })
    const p_token = Reflect.get(Object(invite), 'token')
    const people = await newAccounts()
    const outcomes = await Promise.allSettled(
      people.map((person, index) => callAs(through(index), person, 'accept_invite', { p_token })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ detail: 'invite_used' })
    }
    const { rowCount } = await admin.query('select from public.space_member where space_id = $1', [space])
    expect(rowCount).toBe(2)
  })

  it('the devices of one person make one library', async () => {
    const person = await newAccount(admin, 'person')
    const ids = await Promise.all(
      clients.map((client) =>
        callAs(client, person, 'create_space', {
          p_id: crypto.randomUUID(),
          p_kind: 'library',
          p_name: '',
        }),
      ),
    )
    expect(new Set(ids).size).toBe(1)
  })

  it('two people who make a space of the same id end up with one, of one of them', async () => {
    const p_id = crypto.randomUUID()
    const people = await newAccounts()
    const outcomes = await Promise.allSettled(
      people.map((person, index) =>
        callAs(through(index), person, 'create_space', { p_id, p_kind: 'playlist', p_name: 'Mine' }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { rows } = await admin.query('select role from public.space_member where space_id = $1', [p_id])
    expect(rows).toEqual([{ role: 'owner' }])
  })

  it.each<[string, string, (space: string, other: string) => Record<string, unknown>]>([
    ['transferred once more', 'transfer_space', (p_space, p_user) => ({ p_space, p_user })],
    ['rid of its new owner', 'remove_member', (p_space, p_user) => ({ p_space, p_user })],
    [
      'left without an owner',
      'set_member_role',
      (p_space, p_user) => ({ p_space, p_user, p_role: 'viewer' }),
    ],
    ['deleted', 'delete_space', (p_space) => ({ p_space })],
  ])('a space that is being transferred cannot be %s by who was its owner', async (_what, name, args) => {
    const { owner, space } = await newSpace()
    const [heir, other] = await newAccounts()
    if (!heir || !other) throw new Error('no accounts')
    for (const person of [heir, other]) {
      const invite = await callAs(through(0), owner, 'invite_to_space', { p_space: space, p_role: 'editor' })
      await callAs(through(0), person, 'accept_invite', { p_token: Reflect.get(Object(invite), 'token') })
    }
    const first = through(1)
    await begin(first, owner)
    await first.query('select public.transfer_space($1, $2)', [space, heir.userId])
    const target = name === 'transfer_space' ? other : heir
    const second = callAs(through(2), owner, name, args(space, target.userId))
    const [outcome] = await Promise.all([
      Promise.allSettled([second]),
      pause().then(() => first.query('commit')),
    ])
    expect(outcome[0].status).toBe('rejected')
    const { rows } = await admin.query(
      `select member.user_id = space.owner_id as is_owner from public.space as space
       join public.space_member as member on member.space_id = space.id and member.role = 'owner'
       where space.id = $1`,
      [space],
    )
    expect(rows).toEqual([{ is_owner: true }])
  })

  it('members who push while somebody writes snapshots get in nobody’s way', async () => {
    const { owner, space } = await newSpace()
    const p_client = crypto.randomUUID()
    const p_updates = [1, 2, 3, 4, 5].map(updateOf)
    await callAs(through(0), owner, 'push_updates', { p_space: space, p_client, p_updates })
    await Promise.all(
      clients.map(async (client, index) => {
        for (let n = 0; n < 5; n++) {
          if (index % 2) {
            const more = { p_space: space, p_client, p_updates: [updateOf(6 + index * 5 + n)] }
            await callAs(client, owner, 'push_updates', more)
          } else
            await callAs(client, owner, 'write_snapshot', { p_space: space, p_seq: 1 + n, p_state: 'AAEC' })
        }
      }),
    )
    const { rows } = await admin.query(
      'select count(*)::int as kept from public.space_snapshot where space_id = $1',
      [space],
    )
    expect(rows[0]?.kept).toBeLessThanOrEqual(2)
  })
})
