import { createClient, isAuthRetryableFetchError, type SupabaseClient } from '@supabase/supabase-js'
import type { Space } from 'segue/crdt'
import { alwaysOnline } from 'segue/supabase'
import { tuneSchema } from 'segue/tables'
import { memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import { CommandError } from './errors.ts'
import { askSecretly } from './prompt.ts'

/** An account of a running Segue, with its spaces open and current. */
export interface OpenAccount {
  readonly segue: Segue
  readonly library: Space
  /** Brings everything to the server, and what is there here. @throws {CommandError} some of it was refused */
  sync(): Promise<void>
  close(): Promise<void>
}

const PATIENCE_MS = 10_000

/**
 * Signs in and opens all spaces of an account, in memory.
 *
 * @throws {CommandError} nothing runs at the address, or the account cannot be opened
 */
export async function openAccount(at: {
  url: string
  email: string
  password: string
}): Promise<OpenAccount> {
  const supabase = await clientAt(at.url)
  const password = at.password || (await askSecretly(`Password of ${at.email}: `))
  const { data, error } = await supabase.auth.signInWithPassword({ email: at.email, password })
  if (error) {
    if (isAuthRetryableFetchError(error)) throw nothingRuns(at.url, error.message)
    throw new CommandError(
      `${at.email} cannot sign in at ${at.url}: ${error.message}.`,
      'Check address and password. With “npm start”, the demo accounts are printed when it starts.',
    )
  }
  const segue = await Segue.open({
    schema: tuneSchema,
    profile: data.user.id,
    sql: await initSqlJs(),
    device: memoryDevice,
    remote: { supabase, connectivity: alwaysOnline },
  })
  const close = async () => {
    await segue.destroy()
    await supabase.removeAllChannels()
    supabase.realtime.disconnect()
  }
  const sync = async () => {
    const result = await segue.sync?.sync()
    const [problem] = result?.errors ?? []
    if (!result?.success) {
      throw new CommandError(
        `Not everything reached the server: ${problem?.message ?? 'it gave no reason'}`,
        `${problem?.action ?? ''} Run the import again: what is there already is not written twice.`.trim(),
      )
    }
  }
  try {
    const library = await segue.openLibrary()
    await segue.refreshSpaces()
    await sync()
    return { segue, library, sync, close }
  } catch (failure) {
    await close()
    throw failure
  }
}

/** The client of whatever server an address names. */
async function clientAt(url: string): Promise<SupabaseClient> {
  if (!URL.canParse(url))
    throw new CommandError(`“${url}” is no address.`, 'Pass one like http://localhost:4310.', 2)
  let response: Response
  try {
    response = await fetch(new URL('/segue-config.json', url), { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (error) {
    throw nothingRuns(url, error instanceof Error ? error.message : String(error))
  }
  const config: unknown = response.ok ? await response.json().catch(() => undefined) : undefined
  const [address, key] = ['supabaseUrl', 'supabaseAnonKey'].map((name): unknown =>
    typeof config === 'object' && config !== null ? Reflect.get(config, name) : undefined,
  )
  if (typeof address !== 'string' || typeof key !== 'string') {
    throw new CommandError(
      `What runs at ${url} is no Segue.`,
      'Start it with “npm start”, or pass --url with the address that it prints.',
    )
  }
  return createClient(address, key, { auth: { persistSession: false, autoRefreshToken: true } })
}

const nothingRuns = (url: string, reason: string) =>
  new CommandError(
    `Nothing answers at ${url} (${reason}).`,
    'Start Segue with “npm start” in another terminal, or pass --url. With --dry-run no server is needed.',
  )
