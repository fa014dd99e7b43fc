/**
 * Frames of Realtime protocol 2.0.0: JSON arrays, and binary frames for broadcasts.
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
}

export const BINARY = 0
export const JSON_TEXT = 1
export type Encoding = typeof BINARY | typeof JSON_TEXT

const USER_BROADCAST_PUSH = 3
const USER_BROADCAST = 4

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: true })

/** @returns the frame, or `undefined` for text that is none */
export function parseFrame(text: string): Frame | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== 5) return undefined
  const [joinRef, ref, topic, event, payload]: unknown[] = parts
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== 'string' || typeof event !== 'string')
    return undefined
  return { joinRef, ref, topic, event, payload }
}

const isRef = (value: unknown): value is string | null => value === null || typeof value === 'string'

export const textFrame = ({ joinRef, ref, topic, event, payload }: Frame): string =>
  JSON.stringify([joinRef, ref, topic, event, payload])

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

/** A broadcast as the server delivers it (kind 4), without metadata. */
export function broadcastFrame(topic: string, { event, encoding, payload }: Broadcast): Uint8Array {
  const topicBytes = utf8.encode(topic)
  const eventBytes = utf8.encode(event)
  const head = Uint8Array.of(USER_BROADCAST, topicBytes.length, eventBytes.length, 0, encoding)
  const frame = new Uint8Array(head.length + topicBytes.length + eventBytes.length + payload.length)
  let at = 0
  for (const part of [head, topicBytes, eventBytes, payload]) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}
