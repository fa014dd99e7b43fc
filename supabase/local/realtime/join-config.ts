import type { Replay } from './stored-broadcasts.ts'

/** What a client asks for when it joins a channel, as far as this server honours it. */
export interface JoinConfig {
  readonly private: boolean
  /** Broadcasts come back to their sender too. */
  readonly self: boolean
  /** Broadcasts are acknowledged. */
  readonly ack: boolean
  readonly presenceKey: string
  readonly presenceEnabled: boolean
  readonly token: string | undefined
  readonly wantsPostgresChanges: boolean
  /** Kept broadcasts to begin with; `'unreadable'` when it was asked for in no way that can be honoured. */
  readonly replay: Replay | 'unreadable' | undefined
}

const MOST_REPLAYED = 25

/** Reads the payload of a `phx_join`, leniently: what is missing or of the wrong type counts as not asked for. */
export function readJoinConfig(payload: unknown): JoinConfig {
  const config = field(payload, 'config')
  const broadcast = field(config, 'broadcast')
  const presence = field(config, 'presence')
  const token = field(payload, 'user_token') ?? field(payload, 'access_token')
  const changes = field(config, 'postgres_changes')
  const key = field(presence, 'key')
  return {
    private: isTrue(field(config, 'private')),
    self: isTrue(field(broadcast, 'self')),
    ack: isTrue(field(broadcast, 'ack')),
    presenceKey: typeof key === 'string' ? key : '',
    presenceEnabled: isTrue(field(presence, 'enabled')),
    token: typeof token === 'string' ? token : undefined,
    wantsPostgresChanges: Array.isArray(changes) && changes.length > 0,
    replay: readReplay(field(broadcast, 'replay')),
  }
}

function readReplay(replay: unknown): JoinConfig['replay'] {
  if (replay === undefined || replay === null) return undefined
  const since = field(replay, 'since')
  const limit = field(replay, 'limit') ?? MOST_REPLAYED
  if (typeof since !== 'number' || !Number.isSafeInteger(since) || typeof limit !== 'number')
    return 'unreadable'
  return { since, limit: Math.min(Math.max(Math.trunc(limit), 1), MOST_REPLAYED) }
}

/** A property of something that may not be an object. */
export function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined
}

const isTrue = (value: unknown) => value === true || value === 'true'
