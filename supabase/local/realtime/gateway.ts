import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PGlite } from '@electric-sql/pglite'
import type { Hono } from 'hono'
import { WebSocketServer } from 'ws'
import { type Claims, TokenError, verifyToken } from '../tokens.ts'
import type { Channel } from './channel.ts'
import { Connection } from './connection.ts'
import type { ProtocolVersion } from './frames.ts'
import { Hub } from './hub.ts'
import { restBroadcast } from './rest-broadcast.ts'
import { STORED_CHANNEL, storedBroadcast } from './stored-broadcasts.ts'

export interface GatewayOptions {
  readonly pg: PGlite
  readonly secret: string
  /** Largest broadcast payload, in bytes. */
  readonly maxPayloadBytes?: number
  /** The hosted server takes 5 seconds to refuse a join; here one need not wait. */
  readonly joinErrorDelayMs?: number
  /** Most calls of track and untrack of one channel in 30 seconds; the hosted service takes 5. No limit if left out. */
  readonly maxPresenceCalls?: number
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
  readonly #unlisten: (() => Promise<void>)[] = []
  /** Broadcasts of the database are passed on one after the other, in the order of their commits. */
  #passingOn: Promise<void> = Promise.resolve()

  constructor(options: GatewayOptions) {
    this.#options = {
      maxPayloadBytes: 3_000_500,
      joinErrorDelayMs: 50,
      maxPresenceCalls: Infinity,
      ...options,
    }
    this.rest = restBroadcast({ ...this.#options, hub: this.#hub })
  }

  /** Starts to follow changes of membership and broadcasts that are sent from the database. */
  async start(): Promise<void> {
    const { pg } = this.#options
    this.#unlisten.push(
      await pg.listen(MEMBERSHIP_CHANNEL, (payload) => {
        this.#membershipChanged(payload).catch(this.#report)
      }),
      await pg.listen(STORED_CHANNEL, (id) => {
        this.#passingOn = this.#passingOn.then(() => this.#passOn(id)).catch(this.#report)
      }),
    )
  }

  readonly #report = (error: unknown) => this.#options.log(`Realtime: ${String(error)}`)

  /** Takes over an HTTP upgrade if it is meant for Realtime. @returns whether it was */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    // An error here would end the process: a path like `//` is no URL, and a socket may break at any time.
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (!url || !PATHS.includes(url.pathname)) return false
    socket.on('error', this.#report)
    this.#open(url, request, socket, head).catch((error: unknown) => {
      this.#report(error)
      socket.destroy()
    })
    return true
  }

  /** Closes every socket. May be called twice. */
  async close(): Promise<void> {
    for (const unlisten of this.#unlisten.splice(0)) await unlisten()
    await this.#passingOn
    for (const client of this.#server.clients) client.close(1012)
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }

  async #open(url: URL, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const [, major] = /^([12])\.0\.\d+$/.exec(url.searchParams.get('vsn') ?? '1.0.0') ?? []
    if (major === undefined) return refuse(socket, 403, 'Only the protocols 1.0.0 and 2.0.0 are served here')
    const version: ProtocolVersion = major === '1' ? 1 : 2
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
      const hub = this.#hub
      const connection = new Connection({ ...this.#options, hub, socket: client, version, claims })
      this.#connections.add(connection)
      client.on('close', () => this.#connections.delete(connection))
    })
  }

  async #membershipChanged(payload: string): Promise<void> {
    const [spaceId, userId] = payload.split(':')
    for (const connection of this.#connections) {
      for (const channel of [...connection.channels]) {
        if (channel.userId === userId && channel.topic.startsWith(`realtime:space:${spaceId}`))
          await this.#recheck(channel)
      }
    }
  }

  /** Whatever goes wrong with one channel, the others are looked at too. */
  async #recheck(channel: Channel): Promise<void> {
    try {
      await channel.recheck()
    } catch (error) {
      channel.crash()
      this.#report(error)
    }
  }

  async #passOn(id: string): Promise<void> {
    const stored = await storedBroadcast(this.#options.pg, id)
    if (stored) this.#hub.find(`realtime:${stored.topic}`, stored.private)?.broadcast(stored.broadcast)
  }
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ error: message })
  const reason = status === 401 ? 'Unauthorized' : 'Forbidden'
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
