import type { OutboxEntry } from './remote.ts'

type EntryName = Pick<OutboxEntry, 'client' | 'n'>

/** A peer's edit that the log is not known to hold. */
export interface UnloggedEntry extends OutboxEntry {
  /** When it arrived, in ms since 1970. */
  readonly receivedAt: number
}

/**
 * What a device keeps of a space for its provider, beside the document itself.
 *
 * The outbox is written in the same storage transaction as the edit it holds, so that neither is ever without the
 * other. An entry never changes: merged entries get a name of their own. Implementations: IndexedDB in the browser,
 * memory elsewhere.
 */
export interface SpaceStore {
  /** Resolves once the document holds everything stored on this device. */
  readonly loaded: Promise<void>

  /** The epoch the document belongs to. */
  readonly epoch: number

  /** Edits the log has not acknowledged, oldest first: of all tabs, and those that dead tabs left behind. */
  readonly pending: readonly OutboxEntry[]

  /** How far the log has been applied to the stored document. */
  readonly cursor: number

  /** Reads again what other tabs have stored: for a tab that takes over the network. */
  refresh(): Promise<void>

  /** Takes in edits that another tab has stored and did not live to tell of. */
  collect(): Promise<void>

  /** Merges neighbouring loose edits and resolves, once that is durable, with every pending entry. */
  seal(): Promise<readonly OutboxEntry[]>

  /** Forgets entries that the log has acknowledged. */
  acknowledge(entries: readonly EntryName[]): Promise<void>

  /** Remembers a new cursor, after every update applied before the call has been stored. */
  setCursor(seq: number): Promise<void>

  /** Keeps a peer's edit that came by broadcast, under a name made of its bytes, until the log is known to hold it. */
  keepUnlogged(entry: OutboxEntry): void

  readonly unlogged: readonly UnloggedEntry[]

  /** Forgets unlogged edits that the log turned out to hold. */
  forgetUnlogged(entries: readonly EntryName[]): Promise<void>

  /** Peers' unlogged edits enter the outbox, under the names they came by. */
  adopt(entries: readonly OutboxEntry[]): Promise<void>

  /** Calls back when an edit entered the outbox, in this tab or another. Returns the way to stop. */
  onEdit(listener: () => void): () => void
}

/** Names an entry among all entries of a space. */
export const entryKey = ({ client, n }: EntryName): string => `${client}/${n}`
