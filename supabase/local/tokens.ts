import { errors, jwtVerify } from 'jose'

/** What a token says of who is calling. Only claims that were signed with this installation's secret. */
export interface Claims {
  readonly role: 'anon' | 'authenticated' | 'service_role'
  readonly sub: string | undefined
  /** Seconds since 1970. */
  readonly exp: number
  /** All claims as JSON, for `request.jwt.claims`. */
  readonly json: string
}

/** Why a token was not accepted, in the words of the Realtime server. */
export class TokenError extends Error {
  readonly expired: boolean

  constructor(message: string, { expired = false } = {}) {
    super(message)
    this.expired = expired
  }
}

/**
 * Verifies a token: HS256 only, with an expiry, and a role that may come from outside.
 *
 * @throws {TokenError} in the words the Realtime server uses
 */
export async function verifyToken(token: string, secret: string): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'] })
    const { role, exp, sub, aud } = payload
    const known = role === 'anon' || role === 'authenticated' || role === 'service_role'
    if (!known || exp === undefined) {
      throw new TokenError('InvalidJWTToken: Fields `role` and `exp` are required in JWT')
    }
    if (role === 'authenticated' && aud !== 'authenticated') {
      throw new TokenError('InvalidJWTToken: The audience must be `authenticated`')
    }
    return { role, exp, sub, json: JSON.stringify(payload) }
  } catch (error) {
    if (error instanceof TokenError) throw error
    if (error instanceof errors.JWTExpired) {
      const ago = Math.floor(Date.now() / 1000) - (error.payload.exp ?? 0)
      throw new TokenError(`InvalidJWTToken: Token has expired ${ago} seconds ago`, { expired: true })
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      throw new TokenError('JwtSignatureError: Failed to validate JWT signature')
    }
    throw new TokenError('MalformedJWT: The token provided is not a valid JWT')
  }
}
