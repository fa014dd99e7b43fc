import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import type { Database } from './database.ts'
import { keyGuard } from './guards.ts'
import type { Mailbox } from './mailbox.ts'
import { RateLimit } from './rate-limit.ts'
import type { RealtimeGateway } from './realtime/gateway.ts'

export interface HttpAppOptions {
  readonly database: Database
  readonly gateway: RealtimeGateway
  readonly mailbox: Mailbox
  readonly anonKey: string
  readonly jwtSecret: string
  readonly url: () => string
  /** Folder of the built app; leave out when somebody else serves it. */
  readonly staticDir: string | undefined
  readonly authRequestsPerMinute: number
}

const MAX_AUTH_BODY = 64 * 1024
/** A snapshot of 64 MiB as base64, and a little. */
const MAX_REST_BODY = 96 * 1024 * 1024
const MINUTE_MS = 60_000

/** One origin for everything: auth, REST, Realtime over HTTP, the mailbox, the app's configuration and its files. */
export function httpApp(options: HttpAppOptions): Hono {
  const { database, gateway, mailbox, anonKey, jwtSecret, url, staticDir, authRequestsPerMinute } = options
  const app = new Hono()
  const limit = new RateLimit(authRequestsPerMinute, MINUTE_MS)
  const api = (context: Context) => database.api.fetch(context.req.raw, { peerAddress: null })
  const tooLarge = (context: Context) => context.json({ message: 'The request is too large.' }, 413)
  const guard = keyGuard(jwtSecret)

  app.use('/auth/v1/*', guard, bodyLimit({ maxSize: MAX_AUTH_BODY, onError: tooLarge }))
  app.use('/auth/v1/*', async (context, next) => {
    if (context.req.method !== 'POST' || limit.allows(context.req.path)) return next()
    return context.json(
      { error_code: 'over_request_rate_limit', msg: 'Too many tries. Wait a minute and try again.' },
      429,
    )
  })
  // The API behind it would take a service key for a session without a user.
  app.all('/auth/v1/admin/*', (context) =>
    context.json({ error_code: 'not_found', msg: 'The embedded backend does not administer accounts.' }, 404),
  )
  app.all('/auth/v1/*', api)
  app.use('/rest/v1/*', guard, bodyLimit({ maxSize: MAX_REST_BODY, onError: tooLarge }))
  app.all('/rest/v1/*', api)

  app.use('/realtime/v1/*', cors(), bodyLimit({ maxSize: 8 * 1024 * 1024, onError: tooLarge }))
  app.route('/realtime/v1', gateway.rest)

  app.get('/mailbox', (context) => context.html(mailbox.html()))
  app.get('/mailbox.json', (context) => context.json(mailbox.mails))
  app.get('/segue-config.json', (context) => {
    context.header('Cache-Control', 'no-cache')
    return context.json({ supabaseUrl: url(), supabaseAnonKey: anonKey, mailbox: '/mailbox' })
  })

  if (staticDir) serveApp(app, staticDir)
  return app
}

/** The built app: hashed assets for ever, everything else asked for again, unknown paths to the router of the app. */
function serveApp(app: Hono, staticDir: string): void {
  const files = serveStatic({
    root: staticDir,
    onFound: (path, context) => {
      const hashed = path.startsWith(join(staticDir, 'assets'))
      context.header('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.get('*', files)
  app.get('*', (context, next) => {
    const isFile = /\.\w+$/.test(context.req.path)
    if (isFile) return next()
    return serveStatic({
      root: staticDir,
      path: 'index.html',
      onFound: (_path, found) => found.header('Cache-Control', 'no-cache'),
    })(context, next)
  })
}
