import type { PGlite } from '@electric-sql/pglite'
import { BINARY, type Broadcast, JSON_TEXT } from './frames.ts'

/** Where the database tells of a broadcast it has kept; the payload is the row's id. */
export const STORED_CHANNEL = 'realtime_broadcast'

/** Which kept broadcasts a client asks for when it joins. */
export interface Replay {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly limit: number
}

export interface StoredBroadcast {
  /** As policies see it. */
  readonly topic: string
  readonly private: boolean
  readonly broadcast: Broadcast
}

interface Row {
  readonly id: string
  readonly topic: string
  readonly private: boolean
  readonly event: string
  /** JSON text. */
  readonly payload: string | null
  readonly binary_payload: Uint8Array | null
}

const COLUMNS = 'id, topic, private, event, payload::text as payload, binary_payload'
const utf8 = new TextEncoder()

/** One broadcast that was sent from the database, or `undefined` when it is gone. */
export async function storedBroadcast(pg: PGlite, id: string): Promise<StoredBroadcast | undefined> {
  const { rows } = await pg.query<Row>(`select ${COLUMNS} from realtime.messages where id = $1`, [id])
  const [row] = rows
  return row && { topic: row.topic, private: row.private, broadcast: broadcastOf(row) }
}

/** The newest broadcasts kept for a private topic, oldest first. */
export async function replayed(pg: PGlite, topic: string, { since, limit }: Replay): Promise<Broadcast[]> {
  const { rows } = await pg.query<Row>(
    `select ${COLUMNS}
     from realtime.messages
     where topic = $1 and private and extension = 'broadcast' and event is not null
       and inserted_at >= to_timestamp($2::float8 / 1000)::timestamp
     order by inserted_at desc
     limit $3`,
    [topic, since, limit],
  )
  return rows.reverse().map((row) => {
    const broadcast = broadcastOf(row)
    return { ...broadcast, meta: { id: row.id, replayed: true } }
  })
}

function broadcastOf({ id, event, payload, binary_payload }: Row): Broadcast {
  return binary_payload
    ? { event, encoding: BINARY, payload: binary_payload, meta: { id } }
    : { event, encoding: JSON_TEXT, payload: utf8.encode(payload ?? '{}'), meta: { id } }
}
