import type { SyncResult, SyncStatus } from 'segue/supabase'
import { counted, whole } from './tune-words.ts'

/** The sync status as people read it. */
export interface SyncWords {
  readonly label: string
  readonly detail: string
  readonly tone: 'calm' | 'busy' | 'warning' | 'danger'
}

const edits = (count: number) => (count === 1 ? '1 edit' : `${count} edits`)

export function syncWords(status: SyncStatus): SyncWords {
  switch (status.state) {
    case 'local':
      return {
        label: 'On this device only',
        detail:
          'Your tunes are stored here and nowhere else. With an account they sync to your other devices.',
        tone: 'calm',
      }
    case 'offline':
      return {
        label: status.pending > 0 ? `Offline · ${edits(status.pending)} waiting` : 'Offline',
        detail:
          'Everything works as usual. What you change is stored here and travels when you are online again.',
        tone: 'warning',
      }
    case 'syncing':
      return {
        label: status.pending > 0 ? `Syncing ${edits(status.pending)}` : 'Syncing',
        detail:
          status.progress === undefined
            ? 'Exchanging edits with the server. You can go on working.'
            : 'Loading what the server keeps for you onto this device. You can go on working.',
        tone: 'busy',
      }
    case 'synced':
      return {
        label: 'Synced',
        detail: `The server has every edit of yours, and you have everybody’s. Last checked at ${timeOf(status.at)}.`,
        tone: 'calm',
      }
    case 'error':
      return { label: errorLabel(status.code), detail: `${status.message} ${status.action}`, tone: 'danger' }
  }
}

/** What a run of syncing did. */
export function runInWords({ success, itemsSynced, itemsFailed, conflicts, timestamp }: SyncResult): string {
  const failed = itemsFailed > 0 ? `, ${whole(itemsFailed)} failed` : ''
  const contested = conflicts > 0 ? `, ${counted(conflicts, 'conflict')} found` : ''
  const outcome = success ? 'Done' : 'Not complete'
  return `Last run at ${timeOf(timestamp)}: ${outcome}, ${counted(itemsSynced, 'entry', 'entries')} exchanged${failed}${contested}.`
}

const LABELS: Readonly<Record<string, string>> = {
  signed_out: 'Sign in again',
  forbidden: 'Edits were refused',
  not_a_member: 'No access any more',
  storage_full: 'Storage is full',
  storage_unavailable: 'Not stored',
}

const errorLabel = (code: string) => LABELS[code] ?? 'Sync needs attention'

/** 14:05 */
export const timeOf = (iso: string) =>
  new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
