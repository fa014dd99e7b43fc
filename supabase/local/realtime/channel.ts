import { randomUUID } from 'node:crypto'
import type { PGlite } from '@electric-sql/pglite'
import { RateLimit } from '../rate-limit.ts'
import { type Claims, TokenError, verifyToken } from '../tokens.ts'
import { type Access, readAccess, writeAccess } from './authorize.ts'
import { type Broadcast, Delivery } from './frames.ts'
import type { Hub, Room, RoomMember } from './hub.ts'
import { field, type JoinConfig } from './join-config.ts'
import type { PresenceDiff } from './presence.ts'
import { replayed } from './stored-broadcasts.ts'

/** What a channel needs of the socket it came by. */
export interface Wire {
  push(
    event: string,
    payload: unknown,
    as: { joinRef: string | null; ref: string | null; topic: string },
  ): void
  deliver(delivery: Delivery): void
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
  /** Most calls of track and untrack in {@link PRESENCE_WINDOW_MS}. */
  readonly maxPresenceCalls: number
}

const EVERYTHING: Access = { broadcast: true, presence: true }
const LONGEST_TIMER_MS = 2 ** 31 - 1
const PRESENCE_WINDOW_MS = 30_000

/** A join was refused; the message is what the client gets to see. */
export class JoinError extends Error {}

/** One client on one topic, from its join to its end. */
export class Channel implements RoomMember {
  readonly topic: string
  readonly joinRef: string
  hears: Access
  readonly #options: ChannelOptions
  readonly #room: Room
  readonly #presenceKey: string
  readonly #presenceCalls: RateLimit
  /** Ids of what was replayed: it may still come in as news. */
  readonly #replayed = new Set<string>()
  /** What came in before the client was told that it has joined. */
  #early: Delivery[] | undefined = []
  #claims: Claims
  #token: string | undefined
  #speaks: Access | undefined
  #expiry: ReturnType<typeof setTimeout> | undefined
  #ended = false

  private constructor(options: ChannelOptions, hears: Access) {
    this.#options = options
    this.topic = options.topic
    this.joinRef = options.joinRef
    this.hears = hears
    this.#claims = options.claims
    this.#token = options.config.token
    this.#presenceKey = options.config.presenceKey || randomUUID()
    this.#presenceCalls = new RateLimit(options.maxPresenceCalls, PRESENCE_WINDOW_MS)
    this.#room = options.hub.enter(options.topic, options.config.private, this)
    this.#watchExpiry()
  }

  /**
   * Admits a client to a topic; through the policies on `realtime.messages` when the channel is private.
   *
   * @throws {JoinError} with what the client is told
   */
  static async join(options: ChannelOptions): Promise<Channel> {
    const { config, topic } = options
    if (config.replay === 'unreadable' || (config.replay && !config.private)) {
      throw new JoinError(
        'UnableToReplayMessages: Replay needs a private channel and `since` in milliseconds since 1970',
      )
    }
    const hears = await mayHear(options, options.claims)
    if (!hears.broadcast && !hears.presence) {
      throw new JoinError(
        `Unauthorized: You do not have permissions to read from this Channel topic: ${nameOf(topic)}`,
      )
    }
    return new Channel(options, hears)
  }

  get userId(): string | undefined {
    return this.#claims.sub
  }

  get acknowledges(): boolean {
    return this.#options.config.ack
  }

  /** Sends what a client expects right after the answer to its join. */
  async welcome(): Promise<void> {
    const { config, pg, wire } = this.#options
    if (config.presenceEnabled && this.hears.presence)
      this.#push('presence_state', this.#room.presence.state, this.joinRef, null)
    if (config.replay && config.replay !== 'unreadable' && this.hears.broadcast) {
      for (const broadcast of await replayed(pg, nameOf(this.topic), config.replay)) {
        if (broadcast.meta) this.#replayed.add(broadcast.meta.id)
        if (!this.#ended) wire.deliver(new Delivery(this.topic, broadcast))
      }
    }
    const early = this.#early ?? []
    this.#early = undefined
    for (const delivery of early) this.deliver(delivery)
  }

  /** @returns whether the client may speak here; if not, nothing was delivered */
  async broadcast(broadcast: Broadcast): Promise<boolean> {
    if (!(await this.#maySpeak()).broadcast) return false
    this.#room.broadcast(broadcast, this.#options.config.self ? undefined : this)
    return true
  }

  /** @returns an error for the reply, or `undefined` */
  async announce(payload: unknown): Promise<{ reason: string } | Record<string, never> | undefined> {
    if (!this.#presenceCalls.allows(this.topic)) {
      this.fail('Client presence rate limit exceeded')
      return {}
    }
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
    this.hears = await mayHear(this.#options, this.#claims)
    if ((before.broadcast && !this.hears.broadcast) || (before.presence && !this.hears.presence)) {
      const scope =
        this.hears.broadcast || this.hears.presence ? 'no longer have permission' : 'do not have permissions'
      this.fail(`You ${scope} to read from this Channel topic: ${nameOf(this.topic)}`)
    }
  }

  /** Ends the channel with a reason. supabase-js reports CLOSED and does not come back by itself. */
  fail(message: string): void {
    if (this.#ended) return
    const channel = nameOf(this.topic)
    this.#push('system', { extension: 'system', status: 'error', message, channel }, this.joinRef, null)
    this.close()
  }

  /** Ends the channel and tells the client. */
  close(): void {
    this.#endWith('phx_close')
  }

  /** Ends the channel after a fault of the server. supabase-js reports CHANNEL_ERROR and joins again. */
  crash(): void {
    this.#endWith('phx_error')
  }

  /** Ends the channel without a word: the client left, or its socket is gone. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#expiry)
    this.#options.hub.leave(this.topic, this.#options.config.private, this)
  }

  deliver(delivery: Delivery): void {
    if (this.#early) {
      this.#early.push(delivery)
      return
    }
    const { meta } = delivery.broadcast
    if (!this.#ended && !(meta && this.#replayed.has(meta.id))) this.#options.wire.deliver(delivery)
  }

  deliverPresence(diff: PresenceDiff): void {
    this.#push('presence_diff', diff, null, null)
  }

  #endWith(event: 'phx_close' | 'phx_error'): void {
    if (this.#ended) return
    this.end()
    this.#push(event, {}, this.joinRef, this.joinRef)
    this.#options.wire.closed(this)
  }

  async #maySpeak(): Promise<Access> {
    const { config, pg } = this.#options
    if (!config.private) return EVERYTHING
    this.#speaks ??= await writeAccess(pg, this.#claims, nameOf(this.topic))
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

/** The topic as policies see it. */
const nameOf = (topic: string) => topic.replace(/^realtime:/, '')

const mayHear = ({ config, pg, topic }: ChannelOptions, claims: Claims): Promise<Access> | Access =>
  config.private ? readAccess(pg, claims, nameOf(topic)) : EVERYTHING
