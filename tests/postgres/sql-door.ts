import { type Client, DatabaseError } from 'pg'
import type { Actor, Person } from '../policies/promises.ts'
import type { Answer, Door, Extension, Row } from '../policies/scene.ts'
import { connect } from './server.ts'

const PERSONS: readonly Person[] = ['stranger', 'removed', 'viewer', 'editor', 'owner']
const REFUSED = '42501'

interface Account {
  readonly userId: string
  readonly email: string
}

export interface SqlDoor extends Door {
  /** As the superuser. */
  readonly sql: (query: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Makes accounts and speaks for them in SQL, the way PostgREST and Realtime do. */
export async function sqlDoor(port: number): Promise<SqlDoor> {
  const [admin, api] = [await connect(port), await connect(port, 'authenticator')]
  const accounts = new Map<Actor, Account>()
  for (const person of PERSONS) accounts.set(person, await newAccount(admin, person))
  const accountOf = (person: Person) => {
    const account = accounts.get(person)
    if (!account) throw new Error(`There is no ${person}.`)
    return account
  }
  const as = (actor: Actor, query: string, values: unknown[]) =>
    answer(() => actingAs(api, accounts.get(actor), query, values))
  return {
    people: {
      stranger: accountOf('stranger'),
      removed: accountOf('removed'),
      viewer: accountOf('viewer'),
      editor: accountOf('editor'),
      owner: accountOf('owner'),
    },
    select: (actor, table, columns, where) => {
      const { sql, values } = conditions(where)
      return as(actor, `select ${columns} from public.${table} where ${sql}`, values)
    },
    insert: async (actor, table, row) => {
      const names = Object.keys(row)
      const places = names.map((_, index) => `$${index + 1}`)
      const into = `public.${table} (${names.join(', ')})`
      const inserted = await as(
        actor,
        `insert into ${into} values (${places.join(', ')})`,
        Object.values(row),
      )
      return 'code' in inserted ? inserted : { data: null }
    },
    update: (actor, table, set, where) => {
      const { sql, values } = conditions(where)
      const sets = Object.keys(set).map((name, index) => `${name} = $${values.length + index + 1}`)
      const [key = ''] = Object.keys(where)
      return as(actor, `update public.${table} set ${sets.join(', ')} where ${sql} returning ${key}`, [
        ...values,
        ...Object.values(set),
      ])
    },
    delete: (actor, table, where) => {
      const { sql, values } = conditions(where)
      const [key = ''] = Object.keys(where)
      return as(actor, `delete from public.${table} where ${sql} returning ${key}`, values)
    },
    call: (actor, name, args) => answer(() => callAs(api, accounts.get(actor), name, args)),
    mayListen: (actor, topic) => mayListen(admin, accounts.get(actor), topic),
    maySpeak: (actor, topic, extension) => maySpeak(admin, accounts.get(actor), topic, extension),
    sql: async (query, values = []) => (await admin.query(query, values)).rows,
    close: async () => {
      await admin.end()
      await api.end()
    },
  }
}

export async function newAccount(admin: Client, name: string): Promise<Account> {
  const [userId, email] = [crypto.randomUUID(), `${name}-${crypto.randomUUID()}@example.test`]
  await admin.query('insert into auth.users (id, email) values ($1, $2)', [userId, email])
  return { userId, email }
}

/** Calls a function as PostgREST does. @returns its answer */
export async function callAs(
  client: Client,
  account: Account | undefined,
  name: string,
  args: Row,
): Promise<unknown> {
  const names = Object.keys(args).map((arg, index) => `${arg} => $${index + 1}`)
  const values = Object.values(args).map((value) => (Array.isArray(value) ? JSON.stringify(value) : value))
  const rows = await actingAs(client, account, `select public.${name}(${names.join(', ')}) as answer`, values)
  return rows[0]?.answer
}

async function actingAs(
  client: Client,
  account: Account | undefined,
  query: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  await client.query('begin')
  try {
    await become(client, account)
    const { rows } = await client.query(query, values)
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function become(client: Client, account: Account | undefined, topic = ''): Promise<void> {
  const role = account ? 'authenticated' : 'anon'
  const claims = account ? { sub: account.userId, email: account.email, role, aud: role } : { role }
  await client.query(
    `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('realtime.topic', $3, true)`,
    [role, JSON.stringify(claims), topic],
  )
}

async function answer(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { data: await work() }
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const detail = error.detail ?? null
    // What Postgres itself has to say is longer than a word.
    return { code: error.code ?? '', detail: detail && /^\w+$/.test(detail) ? detail : null }
  }
}

function conditions(where: Row): { sql: string; values: unknown[] } {
  const names = Object.keys(where)
  return {
    sql: names.map((name, index) => `${name} = $${index + 1}`).join(' and '),
    values: Object.values(where),
  }
}

/** Like the Realtime server: puts a row there and looks whether the caller sees it. */
async function mayListen(admin: Client, account: Account | undefined, topic: string): Promise<boolean> {
  const id = crypto.randomUUID()
  await admin.query('begin')
  try {
    await admin.query(`insert into realtime.messages (id, topic, extension) values ($1, $2, 'broadcast')`, [
      id,
      topic,
    ])
    await become(admin, account, topic)
    const { rowCount } = await admin.query('select from realtime.messages where id = $1', [id])
    return rowCount === 1
  } finally {
    await admin.query('rollback')
  }
}

async function maySpeak(
  admin: Client,
  account: Account | undefined,
  topic: string,
  extension: Extension,
): Promise<boolean> {
  await admin.query('begin')
  try {
    await become(admin, account, topic)
    await admin.query('insert into realtime.messages (topic, extension) values ($1, $2)', [topic, extension])
    return true
  } catch (error) {
    if (error instanceof DatabaseError && error.code === REFUSED) return false
    throw error
  } finally {
    await admin.query('rollback')
  }
}
