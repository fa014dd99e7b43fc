import { createClient, type SupabaseClient } from '@supabase/supabase-js'

/**
 * How a backend's accounts come and go: `thrown-away` with the backend itself; `admin` where the service key makes and
 * deletes them; `sign-up` where there is no such API, and at least the spaces are deleted again.
 */
export type Accounts = 'thrown-away' | 'admin' | 'sign-up'

export interface Address {
  readonly url: string
  readonly anonKey: string
  readonly serviceKey?: string
  readonly accounts?: Accounts
}

export interface Account {
  readonly userId: string
  readonly email: string
  readonly token: string
}

export const PASSWORD = 'correct horse'

const WITHOUT_SESSION = { auth: { persistSession: false, autoRefreshToken: false } }

/** Makes an account and signs the client in to it. */
export async function openAccount(
  supabase: SupabaseClient,
  address: Address,
  name: string,
): Promise<Account> {
  const email = `${name.replaceAll(' ', '-')}-${crypto.randomUUID()}@example.test`
  const facts = { email, password: PASSWORD }
  if (address.accounts === 'admin') {
    const made = await service(address).auth.admin.createUser({
      ...facts,
      email_confirm: true,
      user_metadata: { display_name: name },
    })
    if (made.error) throw made.error
  }
  const { data, error } =
    address.accounts === 'admin'
      ? await supabase.auth.signInWithPassword(facts)
      : await supabase.auth.signUp({ ...facts, options: { data: { display_name: name } } })
  if (error || !data.user || !data.session) throw error ?? new Error('no session')
  return { userId: data.user.id, email, token: data.session.access_token }
}

/** Deletes an account, and with the last member of a space the space. */
export async function closeAccount(address: Address, { userId, email }: Account): Promise<void> {
  if (address.accounts === 'admin') {
    const { error } = await service(address).auth.admin.deleteUser(userId)
    if (error) throw error
  } else if (address.accounts === 'sign-up') await deleteSpaces(address, email)
}

/** Whether a backend has the API of Auth that makes and deletes accounts. */
export async function hasAdmin(address: Address): Promise<boolean> {
  const { error } = await service(address).auth.admin.listUsers({ page: 1, perPage: 1 })
  if (error && error.status !== 404) throw error
  return !error
}

async function deleteSpaces({ url, anonKey }: Address, email: string): Promise<void> {
  const supabase = createClient(url, anonKey, WITHOUT_SESSION)
  const { error } = await supabase.auth.signInWithPassword({ email, password: PASSWORD })
  if (error) throw error
  const spaces: { id: string; kind: string; role: string }[] = (await supabase.rpc('my_spaces')).data ?? []
  for (const { id, kind, role } of spaces) {
    if (role === 'owner' && kind !== 'library') await supabase.rpc('delete_space', { p_space: id })
  }
}

const service = ({ url, serviceKey = '' }: Address) => createClient(url, serviceKey, WITHOUT_SESSION)
