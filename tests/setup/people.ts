import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Connectivity } from 'segue/supabase'
import { tuneSchema } from 'segue/tables'
import { type Device, memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import { inject, onTestFinished } from 'vitest'

let made = 0

/** Somebody with an account, signed in with the official client. */
export interface Someone {
  readonly supabase: SupabaseClient
  readonly userId: string
  readonly email: string
  readonly token: string
}

interface Address {
  readonly url: string
  readonly anonKey: string
}

export const PASSWORD = 'correct horse'

/** A client without a session. */
export function stranger({ url, anonKey }: Address = inject('backend')): SupabaseClient {
  const supabase = createClient(url, anonKey, {
    auth: { persistSession: false, autoRefreshToken: false, storageKey: `client-${made++}` },
  })
  onTestFinished(async () => {
    await supabase.removeAllChannels()
    supabase.realtime.disconnect()
  })
  return supabase
}

/** Makes an account and signs in. */
export async function someone(name: string, address: Address = inject('backend')): Promise<Someone> {
  const supabase = stranger(address)
  const email = `${name.replaceAll(' ', '-')}-${crypto.randomUUID()}@example.test`
  const { data, error } = await supabase.auth.signUp({
    email,
    password: PASSWORD,
    options: { data: { display_name: name } },
  })
  if (error || !data.user || !data.session) throw error ?? new Error('no session')
  return { supabase, userId: data.user.id, email, token: data.session.access_token }
}

/** A network that a test can switch off and on. */
export class Switch implements Connectivity {
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

/** A device of somebody, with all their spaces open. */
export async function device(
  person: Someone,
  {
    connectivity = new Switch(),
    storage = memoryDevice,
  }: { connectivity?: Connectivity; storage?: () => Device } = {},
): Promise<Segue> {
  const segue = await Segue.open({
    schema: tuneSchema,
    profile: person.userId,
    sql: await initSqlJs(),
    device: storage,
    remote: { supabase: person.supabase, connectivity },
  })
  onTestFinished(() => segue.destroy())
  return segue
}
