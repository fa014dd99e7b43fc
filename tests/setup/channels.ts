import {
  createClient,
  type RealtimeChannel,
  type RealtimeClientOptions,
  type SupabaseClient,
} from '@supabase/supabase-js'
import { inject, onTestFinished } from 'vitest'
import WebSocket from 'ws'

interface Address {
  readonly url: string
  readonly anonKey: string
}

interface ClientOptions {
  readonly address?: Address
  readonly key?: string
  readonly realtime?: RealtimeClientOptions
  /** For tokens of the test's own making. */
  readonly accessToken?: () => Promise<string>
}

export const EVENT = 'm'
export const PRIVATE = { config: { private: true } }

let made = 0
export const newTopic = () => `room-${crypto.randomUUID().slice(0, 8)}`

/** The unmodified client, without a session. */
export function client({
  address = inject('backend'),
  key = address.anonKey,
  realtime = {},
  accessToken,
}: ClientOptions = {}): SupabaseClient {
  const supabase = createClient(
    address.url,
    key,
    accessToken
      ? { accessToken, realtime }
      : {
          auth: { persistSession: false, autoRefreshToken: false, storageKey: `channels-${made++}` },
          realtime,
        },
  )
  onTestFinished(async () => {
    await supabase.removeAllChannels()
    supabase.realtime.disconnect()
  })
  return supabase
}

export interface Seen {
  readonly event: string
  readonly payload: unknown
  readonly meta?: { readonly id: string; readonly replayed?: boolean }
}

/** A channel and what came of it. */
export interface Joined {
  readonly channel: RealtimeChannel
  readonly seen: Seen[]
  readonly states: { status: string; message: string | undefined }[]
  /** Messages of the server about the channel itself. */
  readonly system: unknown[]
}

export type ChannelOptions = Parameters<SupabaseClient['channel']>[1]

/** Subscribes and keeps what happens; resolves at the first state. */
export async function join(
  supabase: SupabaseClient,
  topic: string,
  options?: ChannelOptions,
): Promise<Joined> {
  const joined: Joined = { channel: supabase.channel(topic, options), seen: [], states: [], system: [] }
  joined.channel.on('broadcast', { event: '*' }, (message: Seen) => joined.seen.push(message))
  joined.channel.on('system', {}, (message: unknown) => joined.system.push(message))
  const first = Promise.withResolvers<void>()
  joined.channel.subscribe((status, error) => {
    joined.states.push({ status, message: error?.message })
    first.resolve()
  })
  await first.promise
  return joined
}

/** Joins a private channel with the token already in hand, so that the first join carries it. */
export async function joinPrivate(
  supabase: SupabaseClient,
  topic: string,
  config: Omit<NonNullable<NonNullable<ChannelOptions>['config']>, 'private'> = {},
): Promise<Joined> {
  await supabase.realtime.setAuth()
  return join(supabase, topic, { config: { ...config, private: true } })
}

export const lastState = ({ states }: Joined) => states.at(-1)
export const quiet = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms))

/** A socket that speaks the protocol by hand. */
export class RawSocket {
  readonly socket: WebSocket
  readonly frames: unknown[] = []

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data, isBinary) => this.frames.push(isBinary ? data : JSON.parse(String(data))))
  }

  static async open({ address = inject('backend'), version = '2.0.0' } = {}): Promise<RawSocket> {
    const socket = new WebSocket(socketUrl(address.url, address.anonKey, version))
    const raw = new RawSocket(socket)
    onTestFinished(() => socket.terminate())
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return raw
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame))
  }
}

export const socketUrl = (url: string, key: string, version = '2.0.0') =>
  `${url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${key}&vsn=${version}`

/** Status and body of a refused upgrade. */
export function refusal(address: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address)
    socket.on('open', () => reject(new Error('The upgrade was not refused.')))
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
  })
}
