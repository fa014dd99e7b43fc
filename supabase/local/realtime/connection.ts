import type { RawData, WebSocket } from 'ws'
import { type Claims, TokenError, verifyToken } from '../tokens.ts'
import { Channel, type ChannelOptions, JoinError, type Wire } from './channel.ts'
import {
  type BroadcastPush,
  type Delivery,
  type Frame,
  JSON_TEXT,
  type ProtocolVersion,
  parseBroadcastPush,
  parseFrame,
  textFrame,
} from './frames.ts'
import { field, readJoinConfig } from './join-config.ts'

export interface ConnectionOptions
  extends Pick<ChannelOptions, 'hub' | 'pg' | 'secret' | 'maxPresenceCalls'> {
  readonly socket: WebSocket
  readonly version: ProtocolVersion
  /** Of the key the socket was opened with; used by channels that bring no token. */
  readonly claims: Claims
  readonly maxPayloadBytes: number
  readonly joinErrorDelayMs: number
  readonly log: (line: string) => void
}

/** The real server closes a socket that has been silent for so long, in ms. */
const IDLE_MS = 60_000
const utf8 = new TextEncoder()

/** One socket and the channels on it. Messages are handled in the order in which they came. */
export class Connection implements Wire {
  readonly #options: ConnectionOptions
  readonly #channels = new Map<string, Channel>()
  #queue: Promise<void> = Promise.resolve()
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { socket, log } = options
    socket.on('message', (data, isBinary) => {
      this.#stayAwake()
      this.#queue = this.#queue
        .then(() => this.#receive(data, isBinary))
        .catch((error: unknown) => log(`Realtime: ${error instanceof Error ? error.message : String(error)}`))
    })
    // An oversize frame emits `error`, which would end the process if nobody listened; ws closes the socket itself.
    socket.on('error', (error) => log(`Realtime: ${error.message}`))
    socket.on('close', () => this.#end())
    this.#stayAwake()
  }

  get channels(): Iterable<Channel> {
    return this.#channels.values()
  }

  push(
    event: string,
    payload: unknown,
    as: { joinRef: string | null; ref: string | null; topic: string },
  ): void {
    this.#options.socket.send(textFrame({ ...as, event, payload }, this.#options.version))
  }

  deliver(delivery: Delivery): void {
    const frame = this.#options.version === 2 ? delivery.bytes : delivery.text
    if (frame !== undefined) this.#options.socket.send(frame)
  }

  closed(channel: Channel): void {
    if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic)
  }

  async #receive(data: RawData, isBinary: boolean): Promise<void> {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
    if (isBinary) {
      const push = parseBroadcastPush(bytes)
      if (push) await this.#attempt(push.topic, () => this.#broadcast(push))
      return
    }
    const frame = parseFrame(bytes.toString('utf8'), this.#options.version)
    if (frame) await this.#attempt(frame.topic, () => this.#handle(frame))
  }

  /** What goes wrong on a topic ends the channel there, so that the client hears of it and joins again. */
  async #attempt(topic: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#channels.get(topic)?.crash()
      throw error
    }
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.topic === 'phoenix') {
      if (frame.event === 'heartbeat') this.#reply(frame, 'ok', {})
      return
    }
    if (frame.event === 'phx_join') return this.#join(frame)
    const channel = this.#channels.get(frame.topic)
    if (frame.event === 'phx_leave') {
      channel?.end()
      this.#channels.delete(frame.topic)
      this.#reply(frame, 'ok', {})
      if (channel)
        this.push('phx_close', {}, { joinRef: channel.joinRef, ref: channel.joinRef, topic: frame.topic })
      return
    }
    if (!channel) return this.#reply({ ...frame, joinRef: null }, 'error', { reason: 'unmatched topic' })
    if (frame.event === 'access_token') return channel.renew(field(frame.payload, 'access_token'))
    if (frame.event === 'presence') {
      const error = await channel.announce(frame.payload)
      return this.#reply(frame, error ? 'error' : 'ok', error ?? {})
    }
    if (frame.event === 'broadcast') {
      const payload = utf8.encode(JSON.stringify(field(frame.payload, 'payload') ?? {}))
      const event = String(field(frame.payload, 'event') ?? '')
      await this.#broadcast({ ...frame, broadcast: { event, payload, encoding: JSON_TEXT } })
    }
  }

  async #join(frame: Frame): Promise<void> {
    const { socket, hub, pg, secret, claims, maxPresenceCalls } = this.#options
    const config = readJoinConfig(frame.payload)
    try {
      if (frame.topic === 'realtime:') throw new JoinError('TopicNameRequired: You must provide a topic name')
      if (config.wantsPostgresChanges) {
        throw new JoinError(
          'PostgresChangesUnsupported: The embedded backend has no Postgres Changes; use broadcast',
        )
      }
      const own =
        config.token && !config.token.startsWith('sb_') ? await verifyToken(config.token, secret) : claims
      const joinRef = frame.joinRef ?? frame.ref ?? ''
      const { topic } = frame
      const options = { wire: this, topic, joinRef, config, claims: own, hub, pg, secret, maxPresenceCalls }
      const channel = await Channel.join(options)
      if (socket.readyState !== socket.OPEN) return channel.end()
      const replaced = this.#channels.get(frame.topic)
      this.#channels.set(frame.topic, channel)
      this.#reply(frame, 'ok', { postgres_changes: [] })
      replaced?.close()
      await channel.welcome()
    } catch (error) {
      const expected = error instanceof JoinError || error instanceof TokenError
      if (!this.#channels.has(frame.topic))
        this.#refuseJoin(frame, expected ? error.message : 'Unknown Error on Channel')
      if (!expected) throw error
    }
  }

  #refuseJoin(frame: Frame, reason: string): void {
    const { socket, joinErrorDelayMs } = this.#options
    setTimeout(() => {
      if (socket.readyState === socket.OPEN) this.#reply(frame, 'error', { reason })
    }, joinErrorDelayMs)
  }

  async #broadcast({ joinRef, ref, topic, broadcast }: BroadcastPush): Promise<void> {
    const frame = { joinRef, ref, topic }
    const channel = this.#channels.get(topic)
    if (!channel) return this.#reply({ ...frame, joinRef: null }, 'error', { reason: 'unmatched topic' })
    if (broadcast.payload.byteLength > this.#options.maxPayloadBytes) {
      if (channel.acknowledges) this.#reply(frame, 'error', { error: 'payload_size_exceeded' })
      return
    }
    const delivered = await channel.broadcast(broadcast)
    // Like the real server: somebody who may not speak gets no answer at all.
    if (delivered && channel.acknowledges) this.#reply(frame, 'ok', {})
  }

  #reply(to: Pick<Frame, 'joinRef' | 'ref' | 'topic'>, status: 'ok' | 'error', response: unknown): void {
    this.push('phx_reply', { status, response }, { joinRef: to.joinRef, ref: to.ref, topic: to.topic })
  }

  #stayAwake(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#options.socket.close(1000), IDLE_MS)
  }

  #end(): void {
    clearTimeout(this.#idle)
    for (const channel of this.#channels.values()) channel.end()
    this.#channels.clear()
  }
}
