import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { type Address, closeAccount, openAccount } from '../setup/accounts.ts'
import type { Actor, Person } from './promises.ts'
import type { Answer, Door, Row } from './scene.ts'

export interface RestDoor extends Door {
  readonly clients: Readonly<Record<Actor, SupabaseClient>>
  close(): Promise<void>
}

interface Result {
  readonly data: unknown
  readonly error: { readonly code: string; readonly details?: string | null } | null
}

const answerOf = ({ data, error }: Result): Answer =>
  error ? { code: error.code, detail: error.details || null } : { data }

/** The unmodified client of each actor, for as long as a file of tests runs. */
export async function restDoor(address: Address): Promise<RestDoor> {
  const { url, anonKey } = address
  const newClient = (name: string) =>
    createClient(url, anonKey, {
      auth: { persistSession: false, autoRefreshToken: false, storageKey: `policy-${name}` },
    })
  const signUp = async (name: Person) => {
    const supabase = newClient(name)
    const account = await openAccount(supabase, address, name)
    await supabase.realtime.setAuth()
    return { supabase, ...account }
  }
  const [stranger, removed, viewer, editor, owner] = [
    await signUp('stranger'),
    await signUp('removed'),
    await signUp('viewer'),
    await signUp('editor'),
    await signUp('owner'),
  ]
  const people = { stranger, removed, viewer, editor, owner }
  const clients = {
    anon: newClient('anon'),
    stranger: stranger.supabase,
    removed: removed.supabase,
    viewer: viewer.supabase,
    editor: editor.supabase,
    owner: owner.supabase,
  }
  const match = (where: Row) => ({ ...where })
  return {
    people,
    clients,
    // The columns come at run time, which the client's types cannot follow.
    select: async (actor, table, columns, where) =>
      answerOf(await clients[actor].from(table).select<string, unknown>(columns).match(match(where))),
    insert: async (actor, table, row) => answerOf(await clients[actor].from(table).insert(row)),
    update: async (actor, table, set, where) => {
      const [key = '*'] = Object.keys(where)
      return answerOf(
        await clients[actor].from(table).update(set).match(match(where)).select<string, unknown>(key),
      )
    },
    delete: async (actor, table, where) => {
      const [key = '*'] = Object.keys(where)
      return answerOf(
        await clients[actor].from(table).delete().match(match(where)).select<string, unknown>(key),
      )
    },
    call: async (actor, name, args) => answerOf(await clients[actor].rpc(name, args)),
    mayListen: (actor, topic) => joined(clients[actor], topic, async () => true),
    maySpeak: (actor, topic, extension) =>
      extension === 'broadcast'
        ? mayBroadcast(clients[actor], topic)
        : joined(clients[actor], topic, async (channel) => (await channel.track({ here: true })) === 'ok'),
    close: async () => {
      for (const client of Object.values(clients)) {
        await client.removeAllChannels()
        client.realtime.disconnect()
      }
      for (const account of Object.values(people)) await closeAccount(address, account)
    },
  }
}

type Channel = ReturnType<SupabaseClient['channel']>

async function joined(
  supabase: SupabaseClient,
  topic: string,
  then: (channel: Channel) => Promise<boolean>,
): Promise<boolean> {
  const channel = supabase.channel(topic, { config: { private: true, presence: { enabled: true } } })
  const status = await new Promise((resolve) => {
    channel.subscribe(resolve)
  })
  try {
    return status === 'SUBSCRIBED' && (await then(channel))
  } finally {
    await supabase.removeChannel(channel)
  }
}

/** By HTTP, which says whether one may; over the socket there is only silence. */
async function mayBroadcast(supabase: SupabaseClient, topic: string): Promise<boolean> {
  const channel = supabase.channel(topic, { config: { private: true } })
  try {
    return (await channel.httpSend('m', { x: 1 })).success
  } catch (error) {
    if (error instanceof Error && error.message.includes('Unauthorized')) return false
    throw error
  } finally {
    await supabase.removeChannel(channel)
  }
}
