import type { EntryName, OutboxChange, StoredEntry } from './outbox.ts'

/** What the tabs tell each other about a space; `unstored` while storage does not take it. */
export type TabMessage =
  | { readonly type: 'edit'; readonly entries: readonly StoredEntry[]; readonly unstored?: boolean }
  | { readonly type: 'update'; readonly update: Uint8Array; readonly unstored?: boolean }
  | ({ readonly type: 'outbox'; readonly unstored?: boolean } & OutboxChange)

export function isTabMessage(message: unknown): message is TabMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'update') return 'update' in message && message.update instanceof Uint8Array
  if (message.type === 'edit') return 'entries' in message && areEntries(message.entries)
  return (
    message.type === 'outbox' &&
    'put' in message &&
    areEntries(message.put) &&
    'remove' in message &&
    Array.isArray(message.remove) &&
    message.remove.every(isEntryName)
  )
}

const areEntries = (value: unknown): boolean => Array.isArray(value) && value.every(isStoredEntry)

const isEntryName = (value: unknown): value is EntryName =>
  typeof value === 'object' &&
  value !== null &&
  'client' in value &&
  typeof value.client === 'string' &&
  'n' in value &&
  typeof value.n === 'number'

export const isStoredEntry = (value: unknown): value is StoredEntry =>
  isEntryName(value) && 'update' in value && value.update instanceof Uint8Array
