/**
 * Syncs spaces with Supabase: their edits go into a log in Postgres and over Realtime channels to whoever is there.
 * Edits of spaces and log entries of others flow in; acknowledged entries, merged updates and a status flow out.
 * It never decides who may do what (Postgres does), never trusts a broadcast, and never drops an edit.
 */

export { reconnectDelay } from './backoff.ts'
export { type Clock, systemClock } from './clock.ts'
export { alwaysOnline, browserConnectivity, type Connectivity } from './connectivity.ts'
export * from './errors.ts'
export { HistoryApi, type LoggedMoment } from './history-api.ts'
export { inSteps } from './in-steps.ts'
export { LogApi } from './log-api.ts'
export {
  type InvitedRole,
  type InvitePreview,
  type InviteStatus,
  type Member,
  MembersApi,
  type ReceivedInvite,
  type SentInvite,
} from './members-api.ts'
export type {
  Channel,
  ChannelListener,
  ListedSpace,
  Log,
  LogEntry,
  LogPage,
  OutboxEntry,
  Remote,
  Role,
  Snapshot,
  SpaceKind,
} from './remote.ts'
export { type Caret, type Person, SpaceAwareness, type SpaceAwarenessOptions } from './space-awareness.ts'
export type { Problem, SpaceSyncState, SyncResult, SyncStatus } from './status.ts'
export { entryKey, type SpaceStore, type UnloggedEntry } from './store.ts'
export { supabaseRemote } from './supabase-remote.ts'
export { type SyncEvents, SyncService, type SyncServiceOptions } from './sync-service.ts'
export { onlyTab, type Tabs } from './tabs.ts'
export type { Amount, Route, TrafficCounts } from './traffic.ts'
