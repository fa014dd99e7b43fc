import type { User } from '@supabase/supabase-js'
import { recall, remember } from './device-memory.ts'

/** Whose tunes are open: somebody's with an account, or this device's own without one. */
export type Profile =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'account'
      readonly userId: string
      readonly email: string
      readonly displayName: string
    }

const KEY = 'segue-profile'

/**
 * The profile that was open last. It is kept apart from the session, because the app opens with it even when the
 * session has expired and nobody can be asked.
 */
export function rememberedProfile(): Profile | undefined {
  const value = recall(KEY)
  if (typeof value !== 'object' || value === null) return undefined
  const field = (key: string): string => {
    const found: unknown = Reflect.get(value, key)
    return typeof found === 'string' ? found : ''
  }
  if (field('kind') === 'local') return { kind: 'local' }
  const userId = field('userId')
  if (userId === '') return undefined
  return { kind: 'account', userId, email: field('email'), displayName: field('displayName') }
}

export const rememberProfile = (profile: Profile | undefined): void => remember(KEY, profile)

export function profileOf(user: User): Profile {
  const email = user.email ?? ''
  const given: unknown = user.user_metadata.display_name
  const displayName = typeof given === 'string' && given.trim() !== '' ? given : (email.split('@')[0] ?? 'Me')
  return { kind: 'account', userId: user.id, email, displayName }
}
