import { recall, remember } from './device-memory.ts'

/** Where the accounts are. */
export interface ServerConfig {
  readonly supabaseUrl: string
  readonly supabaseAnonKey: string
}

const CACHE_KEY = 'segue-config'
const PATIENCE_MS = 4000

/** The server named at build time, if any. */
function builtInConfig(): ServerConfig | undefined {
  const { VITE_SUPABASE_URL, VITE_SUPABASE_ANON_KEY } = import.meta.env
  return asConfig({ supabaseUrl: VITE_SUPABASE_URL, supabaseAnonKey: VITE_SUPABASE_ANON_KEY })
}

/** The server this device knew last, so that the app starts offline. */
export function knownConfig(): ServerConfig | undefined {
  return builtInConfig() ?? asConfig(recall(CACHE_KEY))
}

/**
 * Asks the origin of this page for its server and remembers the answer.
 *
 * @returns `undefined` when there is none: the app works on this device only, or the origin cannot be reached
 */
export async function askForConfig(): Promise<ServerConfig | undefined> {
  const builtIn = builtInConfig()
  if (builtIn) return builtIn
  let response: Response
  try {
    response = await fetch('/segue-config.json', {
      signal: AbortSignal.timeout(PATIENCE_MS),
      cache: 'no-store',
    })
  } catch (error) {
    console.info('No answer about the server; the last known one is used.', error)
    return undefined
  }
  const config = response.ok ? parseConfig(await response.text()) : undefined
  if (config) remember(CACHE_KEY, config)
  return config
}

function parseConfig(text: string): ServerConfig | undefined {
  // A static host answers unknown paths with the app's page, which is no JSON.
  if (!text.trimStart().startsWith('{')) return undefined
  const parsed: unknown = JSON.parse(text)
  return asConfig(parsed)
}

function asConfig(value: unknown): ServerConfig | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const supabaseUrl: unknown = Reflect.get(value, 'supabaseUrl')
  const supabaseAnonKey: unknown = Reflect.get(value, 'supabaseAnonKey')
  if (typeof supabaseUrl !== 'string' || typeof supabaseAnonKey !== 'string') return undefined
  return supabaseUrl === '' ? undefined : { supabaseUrl, supabaseAnonKey }
}
