import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import { type Access, readAccess, writeAccess } from './authorize.ts'
import type { Broadcast } from './frames.ts'
import type { Hub, Room, RoomMember } from './hub.ts'
import { field, type JoinConfig } from './join-config.ts'
import type { PresenceDiff } from './presence.ts'
import { type Claims, TokenError, verifyToken } from './tokens.ts'

/** What a channel needs of the socket it came by. */
export interface Wire {
  push(
    event: string,
    payload: unknown,
    as: { joinRef: string | null; ref: string | null; topic: string },
  ): void
  sendBytes(frame: Uint8Array): void
  /** The channel has ended on the server's side. */
  closed(channel: Channel): void
}

export interface ChannelOptions {
  readonly wire: Wire
  readonly hub: Hub
  readonly pg: PGlite
  readonly secret: string
  readonly topic: string
  readonly joinRef: string
  readonly config: JoinConfig
  readonly claims: Claims
}

const NOTHING: Access = { broadcast: false, presence: false }
const EVERYTHING: Access = { broadcast: true, presence: true }
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A join was refused; the message is what the client gets to see. */
export class JoinError extends Error {}

/** One client on one topic, from its join to its end. */
export class Channel implements RoomMember {
  readonly topic: string
  readonly joinRef: string
  hears: Access = NOTHING
  readonly #options: ChannelOptions
  readonly #room: Room
  readonly #presenceKey: string
  #claims: Claims
  #token: string | undefined
  #speaks: Access | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #ended = false

  private constructor(options: ChannelOptions) {
    this.#options = options
    this.topic = options.topic
    this.joinRef = options.joinRef
    this.#claims = options.claims
    this.#token = options.config.token
    this.#presenceKey = options.config.presenceKey || randomUUID()
    this.#room = options.hub.room(options.topic, options.config.private)
  }

  /**
   * Admits a client to a topic; through the policies on `realtime.messages` when the channel is private.
   *
   * @throws {JoinError} with what the client is told
   */
  static async join(options: ChannelOptions): Promise<Channel> {
    const channel = new Channel(options)
    try {
      channel.hears = await channel.#mayHear()
    } catch (error) {
      options.hub.leave(channel.#room, channel)
      throw error
    }
    if (!channel.hears.broadcast && !channel.hears.presence) {
      options.hub.leave(channel.#room, channel)
      throw new JoinError(
        `Unauthorized: You do not have permissions to read from this Channel topic: ${channel.#name}`,
      )
    }
    channel.#room.members.add(channel)
    channel.#watchExpiry()
    return channel
  }

  get userId(): string | undefined {
    return this.#claims.sub
  }

  get acknowledges(): boolean {
    return this.#options.config.ack
  }

  /** Sends what a client expects right after its join. */
  welcome(): void {
    if (!this.#options.config.presenceEnabled || !this.hears.presence) return
    this.#push('presence_state', this.#room.presence.state, this.joinRef, null)
  }

  /** @returns whether the client may speak here; if not, nothing was delivered */
  async broadcast(broadcast: Broadcast): Promise<boolean> {
    if (!(await this.#maySpeak()).broadcast) return false
    this.#room.broadcast(broadcast, this.#options.config.self ? undefined : this)
    return true
  }

  /** @returns an error for the reply, or `undefined` */
  async announce(payload: unknown): Promise<{ reason: string } | Record<string, never> | undefined> {
    const action = String(field(payload, 'event')).toLowerCase()
    if (action === 'untrack') {
      this.#room.tellPresence(this.#room.presence.untrack(this))
      return undefined
    }
    const meta = field(payload, 'payload') ?? {}
    if (typeof meta !== 'object' || Array.isArray(meta))
      return { reason: 'Presence track payload must be a map' }
    if (!(await this.#maySpeak()).presence) return {}
    if (!this.#ended) this.#room.tellPresence(this.#room.presence.track(this, this.#presenceKey, { ...meta }))
    return undefined
  }

  /** Takes a new token: rights are looked up again, and the channel ends when the right to listen is gone. */
  async renew(token: unknown): Promise<void> {
    if (typeof token !== 'string' || token === this.#token || token.startsWith('sb_')) return
    try {
      this.#claims = await verifyToken(token, this.#options.secret)
      this.#token = token
      this.#watchExpiry()
      await this.recheck()
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      this.fail(error.message)
    }
  }

  /** Looks rights up again, after a new token or a change of membership. */
  async recheck(): Promise<void> {
    this.#speaks = undefined
    const before = this.hears
    this.hears = await this.#mayHear()
    if ((before.broadcast && !this.hears.broadcast) || (before.presence && !this.hears.presence)) {
      const scope =
        this.hears.broadcast || this.hears.presence ? 'no longer have permission' : 'do not have permissions'
      this.fail(`You ${scope} to read from this Channel topic: ${this.#name}`)
    }
  }

  /** Ends the channel with a reason. supabase-js reports CLOSED and does not come back by itself. */
  fail(message: string): void {
    if (this.#ended) return
    this.#push(
      'system',
      { extension: 'system', status: 'error', message, channel: this.#name },
      this.joinRef,
      null,
    )
    this.close()
  }

  /** Ends the channel and tells the client. */
  close(): void {
    if (this.#ended) return
    this.end()
    this.#push('phx_close', {}, this.joinRef, this.joinRef)
    this.#options.wire.closed(this)
  }

  /** Ends the channel without a word: the client left, or its socket is gone. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#expiry)
    this.#options.hub.leave(this.#room, this)
  }

  deliver(frame: Uint8Array): void {
    this.#options.wire.sendBytes(frame)
  }

  deliverPresence(diff: PresenceDiff): void {
    this.#push('presence_diff', diff, null, null)
  }

  /** The topic as policies see it. */
  get #name(): string {
    return this.topic.replace(/^realtime:/, '')
  }

  #mayHear(): Promise<Access> | Access {
    const { config, pg } = this.#options
    return config.private ? readAccess(pg, this.#claims, this.#name) : EVERYTHING
  }

  async #maySpeak(): Promise<Access> {
    const { config, pg } = this.#options
    if (!config.private) return EVERYTHING
    this.#speaks ??= await writeAccess(pg, this.#claims, this.#name)
    return this.#speaks
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry)
    const left = this.#claims.exp * 1000 - Date.now()
    if (left > LONGEST_TIMER_MS) return
    this.#expiry = setTimeout(() => this.fail('Token has expired 0 seconds ago'), Math.max(left, 0))
  }

  #push(event: string, payload: unknown, joinRef: string | null, ref: string | null): void {
    this.#options.wire.push(event, payload, { joinRef, ref, topic: this.topic })
  }
}
