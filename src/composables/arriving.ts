import type { SyncStatus } from 'segue/supabase'
import type { SpaceInfo } from 'segue/vue'

/**
 * Whether a space may hold more than this device knows: its first merge with the server has not completed, and nothing
 * is known to stand in the way. Without a network, what is here is all there is.
 */
export function isArriving(info: SpaceInfo | undefined, status: SyncStatus): boolean {
  if (!info || info.revokedAt !== undefined || info.problem) return false
  if (status.state === 'local' || status.state === 'offline') return false
  return info.sync?.merged !== true
}

/** How much of what loads has come, from 0 to 1; `undefined` while that is not known. */
export const loadedShare = (status: SyncStatus): number | undefined =>
  status.state === 'syncing' ? status.progress : undefined
