import { randomUUID } from 'node:crypto'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Space, SpaceId } from 'segue/crdt'
import type { Connectivity } from 'segue/supabase'
import { tuneSchema } from 'segue/tables'
import { memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import type { Backend } from './backend.ts'
import { Wire } from './wire.ts'

/** Somebody signed in with the official client, whose traffic is counted. */
export interface Person {
  readonly supabase: SupabaseClient
  readonly userId: string
  readonly wire: Wire
}

type Address = Pick<Backend, 'url' | 'anonKey'>

const PASSWORD = 'benches-and-tea'

function counted({ url, anonKey }: Address): { supabase: SupabaseClient; wire: Wire } {
  const wire = new Wire()
  const supabase = createClient(url, anonKey, {
    auth: { persistSession: false, autoRefreshToken: false, storageKey: randomUUID() },
    global: { fetch: wire.fetch },
    realtime: { transport: wire.transport },
  })
  return { supabase, wire }
}

export async function person(address: Address): Promise<Person> {
  const { supabase, wire } = counted(address)
  const { data, error } = await supabase.auth.signUp({
    email: `${randomUUID()}@example.test`,
    password: PASSWORD,
  })
  if (error || !data.user) throw error ?? new Error('No account was made.')
  return { supabase, wire, userId: data.user.id }
}

/** The same person with a connection of their own. */
export async function secondClient(address: Address, { supabase }: Person): Promise<SupabaseClient> {
  const { data } = await supabase.auth.getSession()
  const { supabase: other } = counted(address)
  const { access_token, refresh_token } = data.session ?? { access_token: '', refresh_token: '' }
  const { error } = await other.auth.setSession({ access_token, refresh_token })
  if (error) throw error
  return other
}

/** A network that can be switched off and on. */
export class Network implements Connectivity {
  readonly #listeners = new Set<() => void>()
  #online = true

  get online(): boolean {
    return this.#online
  }

  set(online: boolean): void {
    this.#online = online
    for (const listener of this.#listeners) listener()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Segue as an app has it, with a device that forgets. */
export async function device(
  { supabase, userId }: Person,
  connectivity: Connectivity = new Network(),
): Promise<Segue> {
  const sql = await initSqlJs()
  const remote = { supabase, connectivity }
  return Segue.open({ schema: tuneSchema, profile: userId, sql, device: memoryDevice, remote })
}

/** Lets a person into a space of somebody else. */
export async function admit(owner: Segue, guest: Segue, id: SpaceId): Promise<void> {
  const invite = await owner.members?.invite(id, 'editor')
  await guest.members?.acceptInvite(invite?.token ?? '')
  await guest.refreshSpaces()
}

export function opened(segue: Segue, id: SpaceId): Space {
  const space = segue.space(id)
  if (!space) throw new Error('The space is not open.')
  return space
}

/** Resolves as soon as a device's mirror shows something. */
export function shown(segue: Segue, isShown: () => boolean, withinMs = 60_000): Promise<void> {
  if (isShown()) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`Not shown within ${withinMs} ms.`))
    }, withinMs)
    const stop = segue.mirror.observe(() => {
      if (!isShown()) return
      clearTimeout(timer)
      stop()
      resolve()
    })
  })
}

export async function until(isSo: () => boolean, withinMs = 60_000): Promise<void> {
  const started = performance.now()
  while (!isSo()) {
    if (performance.now() - started > withinMs) throw new Error(`Not so within ${withinMs} ms.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Waits until a device has joined a space's channel and has nothing left to say. */
export const settled = (segue: Segue, id: SpaceId): Promise<void> =>
  until(() => {
    const state = segue.sync?.stateOf(id)
    return Boolean(state?.merged && state.connected && state.pending === 0)
  })
