import {
  createClient,
  isAuthRetryableFetchError,
  isAuthSessionMissingError,
  type Session,
  type SupabaseClient,
} from '@supabase/supabase-js'
import { defineStore } from 'pinia'
import { reconnectDelay } from 'segue/supabase'
import { computed, ref, shallowRef } from 'vue'
import { recall, remember } from './device-memory.ts'
import { noteLocalTunes } from './local-tunes.ts'
import { type Profile, profileOf, rememberedProfile, rememberProfile } from './profile.ts'
import { askForConfig, knownConfig, type ServerConfig } from './session-config.ts'

const AUTH_KEY = 'segue-auth'
const NEXT_KEY = 'segue-after-sign-in'

/**
 * Who is here, and whether the server agrees.
 *
 * The profile is this device's memory and opens at once, offline too; the session behind it may have ended, which
 * only stops syncing.
 */
export const useSessionStore = defineStore('session', () => {
  const profile = ref<Profile | undefined>(rememberedProfile())
  const client = shallowRef<SupabaseClient>()
  const server = ref<ServerConfig>()
  /** The server ended the session: edits are kept, and travel after the next sign-in. */
  const signedOutElsewhere = ref(false)

  const hasServer = computed(() => client.value !== undefined)
  const hasLocalMailbox = computed(() => server.value?.supabaseUrl === window.location.origin)

  /** Finds the server and the session. Waits for the network only where nothing is known. */
  async function start(): Promise<void> {
    const known = knownConfig()
    if (known) {
      connect(known)
      void askForConfig()
    } else {
      const found = await askForConfig()
      if (found) connect(found)
    }
    // A link from a mail carries the session in the address: read it before the router tidies the address up.
    if (/[#?&](access_token|code|error_description)=/.test(window.location.href)) {
      await client.value?.auth.initialize()
    }
  }

  function connect(config: ServerConfig): void {
    server.value = config
    const created = createClient(config.supabaseUrl, config.supabaseAnonKey, {
      auth: { storageKey: AUTH_KEY, persistSession: true, autoRefreshToken: true, detectSessionInUrl: true },
      realtime: { reconnectAfterMs: reconnectDelay },
    })
    client.value = created
    created.auth.onAuthStateChange((event, session) => {
      if (session) accept(session)
      else if (event === 'SIGNED_OUT' || recall(AUTH_KEY) === undefined) {
        signedOutElsewhere.value = profile.value?.kind === 'account'
      }
    })
  }

  function accept(session: Session): void {
    const next = profileOf(session.user)
    signedOutElsewhere.value = false
    if (JSON.stringify(next) !== JSON.stringify(profile.value)) open(next)
  }

  function open(next: Profile | undefined): void {
    profile.value = next
    rememberProfile(next)
  }

  async function signIn(email: string, password: string): Promise<void> {
    const { data, error } = await connected().auth.signInWithPassword({ email, password })
    if (error) throw error
    accept(data.session)
  }

  /** @returns whether the person is signed in now; else a mail waits to be confirmed */
  async function signUp(email: string, password: string, displayName: string): Promise<boolean> {
    const { data, error } = await connected().auth.signUp({
      email,
      password,
      options: { data: { display_name: displayName }, emailRedirectTo: window.location.origin },
    })
    if (error) throw error
    if (!data.session) return false
    accept(data.session)
    return true
  }

  async function sendLink(email: string, next: string): Promise<void> {
    remember(NEXT_KEY, next)
    const { error } = await connected().auth.signInWithOtp({
      email,
      options: { emailRedirectTo: new URL(next, window.location.origin).href },
    })
    if (error) throw error
  }

  /** Where a link from a mail was asked for; asked once. */
  function takeNext(): string | undefined {
    const next = recall(NEXT_KEY)
    if (next === undefined) return undefined
    remember(NEXT_KEY, undefined)
    return typeof next === 'string' && next.startsWith('/') && !next.startsWith('//') ? next : undefined
  }

  async function rename(displayName: string): Promise<void> {
    const { error } = await connected().auth.updateUser({ data: { display_name: displayName } })
    if (error) throw error
    if (profile.value?.kind === 'account') open({ ...profile.value, displayName })
  }

  /** Ends the session on this device and closes the profile. What is stored here stays for the next sign-in. */
  async function signOut(): Promise<void> {
    open(undefined)
    await endSession()
  }

  async function endSession(): Promise<void> {
    signedOutElsewhere.value = false
    const { error } = (await client.value?.auth.signOut({ scope: 'local' })) ?? { error: null }
    // Without the server the client keeps its session. Here it ends all the same: the token is thrown away.
    remember(AUTH_KEY, undefined)
    if (error && !isAuthRetryableFetchError(error) && !isAuthSessionMissingError(error)) throw error
  }

  async function useLocally(): Promise<void> {
    if (profile.value?.kind === 'account') await endSession()
    noteLocalTunes()
    open({ kind: 'local' })
  }

  function connected(): SupabaseClient {
    if (!client.value)
      throw new Error('No server is known here. Use Segue without an account, or connect first.')
    return client.value
  }

  return {
    profile,
    client,
    hasServer,
    hasLocalMailbox,
    signedOutElsewhere,
    start,
    useLocally,
    signIn,
    signUp,
    sendLink,
    takeNext,
    rename,
    signOut,
  }
})
