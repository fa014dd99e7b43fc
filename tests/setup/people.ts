import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Connectivity } from 'segue/supabase'
import { tuneSchema } from 'segue/tables'
import { type Device, memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import { inject, onTestFinished } from 'vitest'
import { type Account, type Address, closeAccount, openAccount, PASSWORD } from './accounts.ts'

export { PASSWORD }

let made = 0

/** Somebody with an account, signed in with the official client. */
export interface Someone extends Account {
  readonly supabase: SupabaseClient
}

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

/** Makes an account and signs in. The account is closed after the test, after everything that was opened with it. */
export async function someone(name: string, address: Address = inject('backend')): Promise<Someone> {
  const supabase = stranger(address)
  const account = await openAccount(supabase, address, name)
  onTestFinished(() => closeAccount(address, account))
  return { supabase, ...account }
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
