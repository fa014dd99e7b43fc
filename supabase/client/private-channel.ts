import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { backoffDelay } from './backoff.ts'
import type { Channel, ChannelListener } from './remote.ts'

/** Largest message handed to Realtime, in bytes; the smallest plan takes 256 KB. */
export const MAX_MESSAGE_BYTES = 200_000

const EVENT = 'm'

/** Reasons for which the same token will be refused again. */
const NEEDS_TOKEN = /expired|Unauthorized|JWT/i

export interface PrivateChannelOptions extends ChannelListener {
  readonly supabase: SupabaseClient
  readonly topic: string
}

/**
 * Binary broadcast on one private Realtime channel, kept joined for as long as it is open.
 *
 * supabase-js rejoins after errors but never after the server closed a channel (token expired, rate limit): then a
 * new instance is made here. There must be one owner per topic.
 */
export class PrivateChannel implements Channel {
  readonly #options: PrivateChannelOptions
  #channel: RealtimeChannel | undefined
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: PrivateChannelOptions) {
    this.#options = options
    void this.#join()
  }

  get joined(): boolean {
    return this.#channel?.state === 'joined' && this.#options.supabase.realtime.isConnected()
  }

  /**
   * Sends bytes to the others on the topic, as far as they listen. Without a joined channel nothing is sent:
   * supabase-js would fall back to REST and turn the bytes into `{}`.
   *
   * @returns false when it was not sent: not joined, or larger than {@link MAX_MESSAGE_BYTES}
   */
  send(bytes: Uint8Array): boolean {
    const channel = this.#channel
    if (!channel || !this.joined || bytes.byteLength > MAX_MESSAGE_BYTES) return false
    // Only a real ArrayBuffer travels as binary, and a view's buffer may hold more than the view.
    const payload = bytes.slice().buffer
    channel.send({ type: 'broadcast', event: EVENT, payload }).catch((error: unknown) => {
      this.#options.onLeft(error instanceof Error ? error.message : String(error))
    })
    return true
  }

  /** Leaves the topic. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#drop()
  }

  async #join(): Promise<void> {
    const { supabase, topic } = this.#options
    try {
      // Without a token in hand the first join would go out as anonymous and be refused.
      await supabase.realtime.setAuth()
    } catch (error) {
      this.#again(error instanceof Error ? error.message : String(error))
      return
    }
    if (this.#closed) return
    const channel = supabase.channel(topic, {
      config: { private: true, broadcast: { self: false, ack: false } },
    })
    this.#channel = channel
    channel.on('broadcast', { event: EVENT }, ({ payload }: { payload?: unknown }) => {
      if (payload instanceof ArrayBuffer) this.#options.onMessage(new Uint8Array(payload))
    })
    let said: string | undefined
    channel.on('system', {}, ({ status, message }: { status?: unknown; message?: unknown }) => {
      if (status === 'error' && typeof message === 'string') said = message
    })
    channel.subscribe((status, error) => {
      if (channel !== this.#channel || this.#closed) return
      if (status === 'SUBSCRIBED') {
        this.#attempt = 0
        clearTimeout(this.#timer)
        this.#options.onJoined()
        return
      }
      const reason = error?.message ?? said ?? status
      // supabase-js joins again after an error by itself, but with the token that was refused.
      if (status === 'CLOSED' || NEEDS_TOKEN.test(reason)) this.#again(reason)
      else this.#options.onLeft(reason)
    })
  }

  #again(reason: string): void {
    if (this.#closed) return
    this.#options.onLeft(reason)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        void this.#drop().then(() => (this.#closed ? undefined : this.#join()))
      },
      backoffDelay(this.#attempt++),
    )
  }

  async #drop(): Promise<void> {
    const channel = this.#channel
    this.#channel = undefined
    if (channel) await this.#options.supabase.removeChannel(channel)
  }
}
