import type { SyncError } from './errors.ts'
import type { TrafficCounts } from './traffic.ts'

/** What a person may know about a failure: what happened, and what to do. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly action: string
}

export const problemOf = ({ code, message, action }: SyncError): Problem => ({ code, message, action })

/** Where syncing stands; `pending` counts edits that the log has not acknowledged. */
export type SyncStatus =
  /** There is no server: everything lives on this device. */
  | { readonly state: 'local' }
  | { readonly state: 'offline'; readonly pending: number }
  /** `progress`, from 0 to 1, while a snapshot is on its way to a new device. */
  | { readonly state: 'syncing'; readonly pending: number; readonly progress?: number }
  /** The log acknowledged every edit, and everything in the log has been merged here; `at` is ISO 8601. */
  | { readonly state: 'synced'; readonly at: string }
  | ({ readonly state: 'error'; readonly pending: number } & Problem)

/** What one run of syncing did. */
export interface SyncResult {
  readonly success: boolean
  /** Entries acknowledged by the log and entries taken from it. */
  readonly itemsSynced: number
  /** Entries the server refused, and log rows that could not be read. */
  readonly itemsFailed: number
  /** Values that were found to compete with one written at the same time, since the run before. */
  readonly conflicts: number
  readonly errors: readonly Problem[]
  /** When the run ended, ISO 8601. */
  readonly timestamp: string
}

/** Where one space stands: plain data, the same in every tab. */
export interface SpaceSyncState {
  /** Edits that the log has not acknowledged. */
  readonly pending: number
  /** A first merge with the log has completed. */
  readonly merged: boolean
  /** The space's channel is joined. */
  readonly connected: boolean
  /** When the log last acknowledged an edit, ISO 8601. */
  readonly acknowledgedAt: string | null
  readonly traffic: TrafficCounts
  /** What is wrong until somebody acts. */
  readonly problems: readonly Problem[]
}

/** Where everything stands, as one tab tells it to the others. */
export interface SyncState {
  readonly status: SyncStatus
  /** The channels of all spaces are joined. */
  readonly connected: boolean
  readonly spaces: Readonly<Record<string, SpaceSyncState>>
}
