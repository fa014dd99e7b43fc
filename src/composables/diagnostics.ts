import type { SyncResult, SyncStatus } from 'segue/supabase'
import type { SpaceInfo } from 'segue/vue'
import type { DatabaseCheck } from './database-check.ts'

/** What the browser says of this device's storage; `null` where it does not say. */
export interface StorageFacts {
  readonly usageBytes: number | null
  readonly quotaBytes: number | null
  /** The browser promised not to clear it when space runs low. */
  readonly persisted: boolean | null
}

export interface DiagnosticFacts {
  readonly version: string
  readonly userAgent: string
  readonly at: string
  readonly online: boolean
  readonly leads: boolean
  readonly status: SyncStatus
  readonly spaces: readonly SpaceInfo[]
  readonly lastRun: SyncResult | undefined
  /** What the last comparison of the database with the documents has found; nothing if there was none. */
  readonly database: DatabaseCheck | undefined
  readonly storage: StorageFacts
}

export async function storageFacts(): Promise<StorageFacts> {
  const storage: StorageManager | undefined = navigator.storage
  const { usage, quota } = (await storage?.estimate?.()) ?? {}
  const persisted = (await storage?.persisted?.()) ?? null
  return { usageBytes: usage ?? null, quotaBytes: quota ?? null, persisted }
}

/**
 * What somebody who helps needs to know, as JSON: how syncing stands, and nothing of what is synced. Spaces are named
 * by id alone, since a list's name is content; addresses and tokens within messages of the server are blotted out.
 */
export function diagnosticsOf({ spaces, lastRun, database, ...facts }: DiagnosticFacts): string {
  const listed = spaces.map(({ id, kind, role, epoch, pending, unknown, revokedAt, sync, problem }) => ({
    ...{ id, kind, role, epoch, pending, unknown },
    revokedAt: revokedAt ?? null,
    merged: sync?.merged ?? null,
    connected: sync?.connected ?? null,
    acknowledgedAt: sync?.acknowledgedAt ?? null,
    traffic: sync?.traffic ?? null,
    problems: sync?.problems ?? (problem ? [problem] : []),
  }))
  return blotted(
    JSON.stringify(
      { app: 'Segue', ...facts, lastRun: lastRun ?? null, database: database ?? null, spaces: listed },
      null,
      2,
    ),
  )
}

const ADDRESS = /[^\s"'<>(),:;]+@[^\s"'<>(),:;]+/g
const TOKEN = /\beyJ[\w-]+(?:\.[\w-]+)*/g

const blotted = (text: string) => text.replace(ADDRESS, '[address]').replace(TOKEN, '[token]')
