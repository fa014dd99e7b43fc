import { SignJWT } from 'jose'
import { inject } from 'vitest'

export const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

/** A token with any claims, signed with the secret of the backend or another one. */
export const signed = (
  claims: Record<string, unknown>,
  { secret = inject('backend').jwtSecret, alg = 'HS256' } = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' }).sign(new TextEncoder().encode(secret))

/** A token of somebody as the server would sign it, for so many seconds. */
export const tokenOf = (
  { userId, email }: { userId: string; email: string },
  seconds: number,
  secret = inject('backend').jwtSecret,
): Promise<string> =>
  signed(
    { sub: userId, email, aud: 'authenticated', role: 'authenticated', exp: secondsFromNow(seconds) },
    { secret },
  )

/** A token that claims anything and is signed with nothing. */
export function unsigned(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`
}
