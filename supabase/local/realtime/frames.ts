/**
 * Frames of Realtime protocol 2.0.0: JSON arrays, and binary frames for broadcasts; and those of 1.0.0: JSON
 * objects, which cannot carry bytes.
 *
 * @see https://supabase.com/docs/guides/realtime/protocol
 */
export interface Frame {
  readonly joinRef: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}

export type ProtocolVersion = 1 | 2

/** A broadcast as a client pushes it (kind 3). */
export interface BroadcastPush {
  readonly joinRef: string | null
  readonly ref: string | null
  readonly topic: string
  readonly broadcast: Broadcast
}

/** What is broadcast: bytes, or JSON text as bytes, passed on as they came. */
export interface Broadcast {
  readonly event: string
  readonly encoding: Encoding
  readonly payload: Uint8Array
  /** Of broadcasts that the database keeps. */
  readonly meta?: { readonly id: string; readonly replayed?: true }
}

export const BINARY = 0
export const JSON_TEXT = 1
export type Encoding = typeof BINARY | typeof JSON_TEXT

const USER_BROADCAST_PUSH = 3
const USER_BROADCAST = 4

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: true })

/** @returns the frame, or `undefined` for text that is none */
export function parseFrame(text: string, version: ProtocolVersion): Frame | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  const parts = version === 2 ? parsed : partsOfObject(parsed)
  if (!Array.isArray(parts) || parts.length !== 5) return undefined
  const [joinRef, ref, topic, event, payload]: unknown[] = parts
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== 'string' || typeof event !== 'string')
    return undefined
  return { joinRef, ref, topic, event, payload }
}

function partsOfObject(object: unknown): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  const { join_ref = null, ref = null, topic, event, payload } = object as Record<string, unknown>
  return [join_ref, ref, topic, event, payload]
}

const isRef = (value: unknown): value is string | null => value === null || typeof value === 'string'

export const textFrame = ({ joinRef, ref, topic, event, payload }: Frame, version: ProtocolVersion): string =>
  JSON.stringify(version === 2 ? [joinRef, ref, topic, event, payload] : { topic, event, payload, ref })

/** @returns the pushed broadcast, or `undefined` for bytes that are none */
export function parseBroadcastPush(bytes: Uint8Array): BroadcastPush | undefined {
  if (bytes[0] !== USER_BROADCAST_PUSH || bytes.length < 7) return undefined
  const [, joinRefLength = 0, refLength = 0, topicLength = 0, eventLength = 0, metaLength = 0, encoding] =
    bytes
  if (encoding !== BINARY && encoding !== JSON_TEXT) return undefined
  let at = 7
  if (at + joinRefLength + refLength + topicLength + eventLength + metaLength > bytes.length) return undefined
  const take = (length: number) => {
    const text = fromUtf8.decode(bytes.subarray(at, at + length))
    at += length
    return text
  }
  try {
    const joinRef = take(joinRefLength) || null
    const ref = take(refLength) || null
    const topic = take(topicLength)
    const event = take(eventLength)
    at += metaLength
    return { joinRef, ref, topic, broadcast: { event, encoding, payload: bytes.subarray(at) } }
  } catch {
    return undefined
  }
}

/** A broadcast on its way to a room: each form of it is made once, however many listen. */
export class Delivery {
  readonly broadcast: Broadcast
  readonly #topic: string
  #bytes: Uint8Array | undefined

  constructor(topic: string, broadcast: Broadcast) {
    this.#topic = topic
    this.broadcast = broadcast
  }

  /** For protocol 2.0.0 (kind 4). */
  get bytes(): Uint8Array {
    this.#bytes ??= broadcastFrame(this.#topic, this.broadcast)
    return this.#bytes
  }

  /** For protocol 1.0.0; `undefined` for bytes. */
  get text(): string | undefined {
    const { event, encoding, payload, meta } = this.broadcast
    if (encoding === BINARY) return undefined
    const json: unknown = JSON.parse(fromUtf8.decode(payload))
    const message = { type: 'broadcast', event, payload: json, ...(meta ? { meta } : {}) }
    return textFrame(
      { joinRef: null, ref: null, topic: this.#topic, event: 'broadcast', payload: message },
      1,
    )
  }
}

function broadcastFrame(topic: string, { event, encoding, payload, meta }: Broadcast): Uint8Array {
  const topicBytes = utf8.encode(topic)
  const eventBytes = utf8.encode(event)
  const metaBytes = utf8.encode(meta ? JSON.stringify(meta) : '')
  const head = Uint8Array.of(
    ...[USER_BROADCAST, topicBytes.length, eventBytes.length, metaBytes.length, encoding],
  )
  const parts = [head, topicBytes, eventBytes, metaBytes, payload]
  const frame = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}
