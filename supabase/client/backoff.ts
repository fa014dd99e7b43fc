/**
 * Delay before try number `attempt` (from 0), in ms: exponential with full jitter, so that a thousand clients that
 * lost the server together do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(BASE_MS * 2 ** attempt, MAX_MS)
  return FLOOR_MS + random() * ceiling
}

const FLOOR_MS = 200
const BASE_MS = 1_000
const MAX_MS = 30_000

/** For supabase-js, whose own delays have no jitter: `createClient(url, key, { realtime: { reconnectAfterMs: reconnectDelay } })`. */
export const reconnectDelay = (tries: number): number => backoffDelay(Math.max(0, tries - 1))
