/**
 * The embedded backend: Postgres, Auth, REST and Realtime in one process, for development, demos and tests.
 * Requests of the unmodified supabase-js flow in; answers under the policies of `supabase/migrations` flow out.
 * It never serves anything but this machine, and nothing of it reaches a production build.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { isAbsolute, relative, resolve } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { startWorker, summaryOf } from '../worker/index.ts'
import { isNodeError, lockData } from './data-lock.ts'
import { openDatabase } from './database.ts'
import { DataServedError, PortInUseError } from './errors.ts'
import { isLocalHost } from './guards.ts'
import { httpApp } from './http-app.ts'
import { Mailbox } from './mailbox.ts'
import { RealtimeGateway } from './realtime/gateway.ts'
import { loadSecrets } from './secrets.ts'

export * from './errors.ts'
export type { Mail, Mailbox } from './mailbox.ts'

export interface LocalBackendOptions {
  /** Where everything is kept; made if missing. Keep it out of folders that are served. */
  readonly dataDir: string
  /** 0 or nothing for any free port. */
  readonly port?: number
  /** Folder of the built app to serve; leave out to serve the API alone. */
  readonly staticDir?: string
  readonly migrationsDir?: string
  readonly joinErrorDelayMs?: number
  readonly maxPayloadBytes?: number
  readonly maxPresenceCalls?: number
  readonly authRequestsPerMinute?: number
  /** Whether snapshots are written and the log is purged, now and every few minutes; `true` if left out. */
  readonly compaction?: boolean
  readonly log?: (line: string) => void
  /** Answers what the backend does not know, for a development server in front of it. */
  readonly fallback?: (server: Server) => Promise<RequestListener>
}

export interface LocalBackend {
  /** Origin of everything: `http://localhost:4310`. */
  readonly url: string
  readonly anonKey: string
  readonly serviceKey: string
  readonly jwtSecret: string
  readonly mailbox: Mailbox
  /** Runs SQL as the superuser: for tests and demo data. */
  sql<Row = Record<string, unknown>>(query: string, params?: unknown[]): Promise<Row[]>
  /** Stops everything and gives the data back. May be called twice. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const PLAIN = { 'Content-Type': 'text/plain' }
const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))
const API_PATH = /^\/(auth\/v1|rest\/v1|realtime\/v1|mailbox|mailbox\.json|segue-config\.json)(\/|\?|$)/

/**
 * Starts the embedded backend on 127.0.0.1.
 *
 * @throws {DataInUseError | DataServedError | BrokenDataError | PortInUseError | MigrationError} each says what to do
 */
export async function startLocalBackend(options: LocalBackendOptions): Promise<LocalBackend> {
  const dataDir = resolve(options.dataDir)
  const { staticDir } = options
  if (staticDir !== undefined && isInside(resolve(staticDir), dataDir)) throw new DataServedError(dataDir)
  const undo: (() => unknown)[] = []
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    undo.push(lockData(dataDir))
    // Until everything is up, a request is told so at once instead of being left waiting.
    let listener: RequestListener = starting
    const server = createServer((request, response) => {
      if (isLocalHost(request.headers.host)) listener(request, response)
      else response.writeHead(403, PLAIN).end('This server answers to the name localhost only.\n')
    })
    const port = await listen(server, options.port ?? 0)
    undo.push(() => stop(server))
    const url = `http://localhost:${port}`
    const secrets = await loadSecrets(dataDir)
    const mailbox = new Mailbox()
    const migrationsDir = options.migrationsDir ?? MIGRATIONS
    const database = await openDatabase({ dataDir, migrationsDir, siteUrl: url, secrets, mailbox })
    undo.push(() => database.close())
    const { pg } = database
    const gateway = new RealtimeGateway({
      ...{ pg, secret: secrets.jwtSecret, log: options.log ?? (() => {}) },
      ...(options.joinErrorDelayMs === undefined ? {} : { joinErrorDelayMs: options.joinErrorDelayMs }),
      ...(options.maxPayloadBytes === undefined ? {} : { maxPayloadBytes: options.maxPayloadBytes }),
      ...(options.maxPresenceCalls === undefined ? {} : { maxPresenceCalls: options.maxPresenceCalls }),
    })
    await gateway.start()
    undo.push(() => gateway.close())
    const app = httpApp({
      ...{
        database,
        gateway,
        mailbox,
        anonKey: secrets.anonKey,
        jwtSecret: secrets.jwtSecret,
        url: () => url,
        staticDir,
      },
      authRequestsPerMinute: options.authRequestsPerMinute ?? 120,
    })
    const api = getRequestListener(app.fetch)
    const fallback = await options.fallback?.(server)
    listener = (request, response) => {
      const chosen = fallback && !API_PATH.test(request.url ?? '') ? fallback : api
      void chosen(request, response)
    }
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const local = isLocalHost(request.headers.host)
      const taken = local && gateway.upgrade(request, socket, head)
      if (!local || (!taken && !fallback)) socket.destroy()
    })
    if (options.compaction ?? true) {
      const log = options.log ?? (() => {})
      const worker = startWorker({
        ...{ url, serviceKey: secrets.serviceKey },
        onResult: (result) => summaryOf(result).forEach(log),
        onError: (error) => log(`Compaction failed: ${error instanceof Error ? error.message : error}`),
      })
      undo.push(() => worker.close())
    }
    const sql = async <Row>(query: string, params: unknown[] = []) =>
      (await pg.query<Row>(query, params)).rows
    const { anonKey, serviceKey, jwtSecret } = secrets
    return { url, anonKey, serviceKey, jwtSecret, mailbox, sql, close }
  } catch (error) {
    await close()
    throw error
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || !(way.startsWith('..') || isAbsolute(way))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolvePort, reject) => {
    server.once('error', (error) =>
      reject(isNodeError(error, 'EADDRINUSE') ? new PortInUseError(port) : error),
    )
    server.listen(port, HOST, () => {
      const address = server.address()
      resolvePort(typeof address === 'object' && address ? address.port : port)
    })
  })
}

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Retry-After': '1', ...PLAIN }).end('Starting. Try again in a second.\n')
}

function stop(server: Server): Promise<void> {
  return new Promise((resolveStop) => {
    server.close(() => resolveStop())
    server.closeAllConnections()
  })
}
