import { isAuthError } from '@supabase/supabase-js'
import { describeError, type Problem } from '../composables/describe-error.ts'

const WORDS: Readonly<Record<string, readonly [message: string, action: string]>> = {
  invalid_credentials: [
    'This e-mail address and password do not belong together.',
    'Check both, or have a sign-in link sent to you.',
  ],
  email_not_confirmed: ['This address has not been confirmed yet.', 'Open the link in the mail we sent you.'],
  user_already_exists: ['There is an account with this address already.', 'Sign in instead.'],
  email_exists: ['There is an account with this address already.', 'Sign in instead.'],
  weak_password: ['This password is too easy to guess.', 'Take at least 8 characters.'],
  email_address_invalid: ['This is not an e-mail address that can get mail.', 'Check it for typing errors.'],
  validation_failed: ['The server did not accept what you typed.', 'Check the address and the password.'],
  signup_disabled: ['New accounts are switched off on this server.', 'Ask whoever runs it for an account.'],
}

const TOO_MANY: readonly [string, string] = [
  'That were too many tries in a row.',
  'Wait a minute, then try again.',
]

/** Says what went wrong with signing in, and what to do. */
export function authProblem(error: unknown): Problem {
  if (!isAuthError(error)) return describeError(error)
  const code = error.code ?? ''
  const limited = error.status === 429 || code.endsWith('_rate_limit')
  const guessed = /invalid login credentials/i.test(error.message) ? 'invalid_credentials' : code
  const words = limited ? TOO_MANY : WORDS[guessed]
  if (words) return { code: guessed, message: words[0], action: words[1] }
  if (/already registered/i.test(error.message)) return authWords('user_already_exists')
  return describeError(error)
}

function authWords(code: string): Problem {
  const [message = '', action = ''] = WORDS[code] ?? []
  return { code, message, action }
}
