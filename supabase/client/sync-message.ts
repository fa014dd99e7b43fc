import type { Direction } from './space-provider.ts'
import type { SyncResult, SyncState } from './status.ts'

/** What the tabs of a person say to each other about syncing. */
export type SyncMessage =
  /** A tab that does not lead wants to know where syncing stands. */
  | { readonly type: 'sync-hello' }
  | { readonly type: 'sync-state'; readonly state: SyncState }
  | { readonly type: 'sync-complete'; readonly result: SyncResult }
  | { readonly type: 'sync-request'; readonly request: number; readonly direction: Direction }
  | { readonly type: 'sync-answer'; readonly request: number; readonly result: SyncResult }

const PARTS: Readonly<Record<SyncMessage['type'], readonly string[]>> = {
  'sync-hello': [],
  'sync-state': ['state'],
  'sync-complete': ['result'],
  'sync-request': ['request', 'direction'],
  'sync-answer': ['request', 'result'],
}

/** Whether a message of another tab (perhaps of another version of the app) is one of these. */
export function isSyncMessage(message: unknown): message is SyncMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  const parts = Object.entries(PARTS).find(([type]) => type === message.type)?.[1]
  return parts?.every((part) => part in message) ?? false
}
