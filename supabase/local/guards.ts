import type { Context, MiddlewareHandler } from 'hono'
import { TokenError, verifyToken } from './tokens.ts'

/**
 * Lets only callers in who bring a key of this installation, as the gateway of a hosted project does; a session's
 * token beside it must be one of ours too. The API behind it would take any role that is signed.
 */
export function keyGuard(secret: string): MiddlewareHandler {
  return async (context, next) => {
    if (context.req.method === 'OPTIONS' || isLinkInMail(context)) return next()
    const key = context.req.header('apikey') ?? context.req.query('apikey')
    const session = context.req.header('authorization')?.replace(/^Bearer /i, '')
    if (!key) return refuse(context, 'no_key', 'No API key found in request')
    try {
      await verifyToken(key, secret)
      if (session !== undefined) await verifyToken(session, secret)
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return refuse(context, error.expired ? 'PGRST303' : 'PGRST301', error.message)
    }
    return next()
  }
}

/** People open these in a browser, which knows no key; they carry a secret of their own. */
const isLinkInMail = ({ req }: Context) => req.method === 'GET' && req.path === '/auth/v1/verify'

function refuse(context: Context, code: string, message: string): Response {
  context.header('Access-Control-Allow-Origin', '*')
  // `msg` for clients of Auth, the others for clients of PostgREST.
  return context.json({ code, message, msg: message, details: null, hint: null }, 401)
}

const LOCAL_NAME = /^(localhost|[\w-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Whether a request is addressed to this machine by name. A web page whose own name was made to point here could
 * otherwise read the mailbox.
 */
export const isLocalHost = (host: string | undefined): boolean => host !== undefined && LOCAL_NAME.test(host)
