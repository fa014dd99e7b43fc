import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PGlite } from '@electric-sql/pglite'
import type { Hono } from 'hono'
import { WebSocketServer } from 'ws'
import { Connection } from './connection.ts'
import { Hub } from './hub.ts'
import { restBroadcast } from './rest-broadcast.ts'
import { type Claims, TokenError, verifyToken } from './tokens.ts'

export interface GatewayOptions {
  readonly pg: PGlite
  readonly secret: string
  /** Largest broadcast payload, in bytes. */
  readonly maxPayloadBytes?: number
  /** The hosted server takes 5 seconds to refuse a join; here one need not wait. */
  readonly joinErrorDelayMs?: number
  readonly log: (line: string) => void
}

const PATHS = ['/realtime/v1/websocket', '/socket/websocket']
const MAX_FRAME_BYTES = 5_000_000
const MEMBERSHIP_CHANNEL = 'segue_membership'

/**
 * Supabase Realtime for one machine: broadcast and presence over Phoenix channels, authorised by the policies on
 * `realtime.messages`. Unlike the hosted service it looks rights up again as soon as a membership changes.
 */
export class RealtimeGateway {
  /** HTTP endpoints, to be mounted below /realtime/v1. */
  readonly rest: Hono
  readonly #options: Required<GatewayOptions>
  readonly #hub = new Hub()
  readonly #connections = new Set<Connection>()
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
  })
  #unlisten: (() => Promise<void>) | undefined

  constructor(options: GatewayOptions) {
    this.#options = { maxPayloadBytes: 3_000_500, joinErrorDelayMs: 50, ...options }
    this.rest = restBroadcast({ ...this.#options, hub: this.#hub })
  }

  /** Starts to follow changes of membership. */
  async start(): Promise<void> {
    this.#unlisten = await this.#options.pg.listen(MEMBERSHIP_CHANNEL, (payload) => {
      this.#membershipChanged(payload).catch((error: unknown) =>
        this.#options.log(`Realtime: ${String(error)}`),
      )
    })
  }

  /** Takes over an HTTP upgrade if it is meant for Realtime. @returns whether it was */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (!PATHS.includes(url.pathname)) return false
    this.#open(url, request, socket, head).catch((error: unknown) => {
      this.#options.log(`Realtime: ${String(error)}`)
      socket.destroy()
    })
    return true
  }

  /** Closes every socket. May be called twice. */
  async close(): Promise<void> {
    await this.#unlisten?.()
    this.#unlisten = undefined
    for (const client of this.#server.clients) client.close(1012)
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }

  async #open(url: URL, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const version = url.searchParams.get('vsn') ?? '1.0.0'
    if (!version.startsWith('2.')) return refuse(socket, 403, 'Only protocol 2.0.0 is served here')
    const header = request.headers['x-api-key']
    const token = (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get('apikey') ?? ''
    let claims: Claims
    try {
      claims = await verifyToken(token, this.#options.secret)
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return refuse(socket, 401, error.message)
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      const connection = new Connection({ ...this.#options, hub: this.#hub, socket: client, claims })
      this.#connections.add(connection)
      client.on('close', () => this.#connections.delete(connection))
    })
  }

  async #membershipChanged(payload: string): Promise<void> {
    const [spaceId, userId] = payload.split(':')
    for (const connection of this.#connections) {
      for (const channel of [...connection.channels]) {
        if (channel.userId === userId && channel.topic.startsWith(`realtime:space:${spaceId}`))
          await channel.recheck()
      }
    }
  }
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message })
  const reason = status === 401 ? 'Unauthorized' : 'Forbidden'
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
