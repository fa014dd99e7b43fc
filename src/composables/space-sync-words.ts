import type { Amount, Route, SyncStatus } from 'segue/supabase'
import type { SpaceInfo } from 'segue/vue'
import { bytesInWords } from './byte-words.ts'
import { timeOf } from './sync-words.ts'
import { counted } from './tune-words.ts'

/** How a space is doing, as the sync panel says it. */
export interface SpaceSyncWords {
  readonly pending: string
  readonly connection: string
  readonly acknowledged: string
  readonly traffic: readonly { readonly route: string; readonly amount: string }[]
}

const ROUTES: readonly (readonly [Route, name: string, one: string, many: string])[] = [
  ['pushed', 'Sent to the server', 'edit', 'edits'],
  ['pulled', 'Read from the server', 'edit', 'edits'],
  ['snapshot', 'Loaded whole', 'snapshot', 'snapshots'],
  ['broadcast', 'Sent live to others', 'message', 'messages'],
  ['heard', 'Heard live from others', 'message', 'messages'],
]

const amountInWords = ({ count, bytes }: Amount, one: string, many: string) =>
  count === 0 ? 'Nothing' : `${counted(count, one, many)}, ${bytesInWords(bytes)}`

export function spaceSyncWords({ pending, sync, revokedAt }: SpaceInfo, status: SyncStatus): SpaceSyncWords {
  const { acknowledgedAt = null, merged = false } = sync ?? {}
  // A socket outlives its network for a while, and nobody would believe it.
  const connected = sync?.connected === true && status.state !== 'offline'
  return {
    pending: pending > 0 ? `${counted(pending, 'edit')} waiting` : 'Nothing waiting',
    connection: connectionInWords({ connected, merged, revoked: revokedAt !== undefined }),
    acknowledged: acknowledgedAt === null ? 'Not since the app was opened' : `At ${timeOf(acknowledgedAt)}`,
    traffic: ROUTES.flatMap(([route, name, one, many]) =>
      sync ? [{ route: name, amount: amountInWords(sync.traffic[route], one, many) }] : [],
    ),
  }
}

function connectionInWords(state: { connected: boolean; merged: boolean; revoked: boolean }): string {
  if (state.revoked) return 'Not synced any more'
  if (state.connected) return 'Connected'
  return state.merged ? 'Not connected' : 'Not connected yet'
}
