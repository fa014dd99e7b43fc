import type { PGlite } from '@electric-sql/pglite'
import { Hono } from 'hono'
import { type Claims, TokenError, verifyToken } from '../tokens.ts'
import { writeAccess } from './authorize.ts'
import { BINARY, type Broadcast, JSON_TEXT } from './frames.ts'
import type { Hub } from './hub.ts'
import { field } from './join-config.ts'

export interface RestBroadcastOptions {
  readonly hub: Hub
  readonly pg: PGlite
  readonly secret: string
  readonly maxPayloadBytes: number
}

const utf8 = new TextEncoder()

/** Broadcasting by HTTP: a batch of JSON messages, or one message of JSON or bytes. */
export function restBroadcast({ hub, pg, secret, maxPayloadBytes }: RestBroadcastOptions): Hono {
  const app = new Hono()

  const claimsOf = (authorization: string | undefined, apikey: string | undefined): Promise<Claims> =>
    verifyToken(authorization?.replace(/^Bearer /i, '') ?? apikey ?? '', secret)

  const deliver = async (claims: Claims, topic: string, isPrivate: boolean, broadcast: Broadcast) => {
    const mayWrite =
      claims.role === 'service_role' || !isPrivate || (await writeAccess(pg, claims, topic)).broadcast
    if (mayWrite) hub.find(`realtime:${topic}`, isPrivate)?.broadcast(broadcast)
    return mayWrite
  }

  app.onError((error, context) => {
    if (error instanceof TokenError) return context.json({ message: error.message }, 401)
    throw error
  })

  app.post('/api/broadcast', async (context) => {
    const claims = await claimsOf(
      context.req.header('authorization'),
      context.req.header('apikey') ?? context.req.query('apikey'),
    )
    const body: unknown = await context.req.json().catch(() => undefined)
    const messages = field(body, 'messages')
    if (!Array.isArray(messages)) return context.json({ errors: { messages: ["can't be blank"] } }, 422)
    const broadcasts = messages.map((message: unknown) => readMessage(message, maxPayloadBytes))
    if (broadcasts.includes(undefined))
      return context.json({ errors: { messages: ['are invalid or too large'] } }, 422)
    for (const message of broadcasts) {
      if (message) await deliver(claims, message.topic, message.private, message.broadcast)
    }
    return context.body(null, 202)
  })

  app.post('/api/broadcast/:topic/events/:event', async (context) => {
    const claims = await claimsOf(
      context.req.header('authorization'),
      context.req.header('apikey') ?? context.req.query('apikey'),
    )
    const type = context.req.header('content-type') ?? ''
    const encoding = type.startsWith('application/octet-stream') ? BINARY : JSON_TEXT
    if (encoding === JSON_TEXT && !type.startsWith('application/json'))
      return context.json({ message: 'Unsupported media type' }, 415)
    const payload = new Uint8Array(await context.req.arrayBuffer())
    if (payload.byteLength > maxPayloadBytes)
      return context.json({ errors: { payload: ['is too large'] } }, 422)
    const { topic, event } = context.req.param()
    const isPrivate = context.req.query('private') === 'true'
    const delivered = await deliver(claims, topic, isPrivate, { event, encoding, payload })
    return delivered ? context.body(null, 202) : context.json({ message: 'Unauthorized' }, 403)
  })

  return app
}

function readMessage(message: unknown, maxPayloadBytes: number) {
  const topic = field(message, 'topic')
  const event = field(message, 'event')
  const payload = field(message, 'payload')
  const fits =
    typeof topic === 'string' && typeof event === 'string' && typeof payload === 'object' && payload !== null
  if (!fits || Array.isArray(payload)) return undefined
  const bytes = utf8.encode(JSON.stringify(payload))
  if (bytes.byteLength > maxPayloadBytes) return undefined
  const broadcast: Broadcast = { event, encoding: JSON_TEXT, payload: bytes }
  return { topic, private: field(message, 'private') === true, broadcast }
}
