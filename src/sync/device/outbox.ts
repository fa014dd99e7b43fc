import { splitUpdate } from 'segue/crdt'
import { entryKey, type OutboxEntry } from 'segue/supabase'
import * as Y from 'yjs'

/** An entry as the device keeps it. Loose entries may still be merged into another; sealed ones are on their way. */
export interface StoredEntry extends OutboxEntry {
  readonly sealed: boolean
}

export type EntryName = Pick<OutboxEntry, 'client' | 'n'>

/** What changed in the outbox: to be stored in one transaction. */
export interface OutboxChange {
  readonly put: readonly StoredEntry[]
  readonly remove: readonly EntryName[]
}

/** Largest merged entry, in bytes: a push of several stays small. */
const MAX_MERGED_BYTES = 128 * 1024
/** Largest entry, in bytes; the server takes 1 MiB. */
const MAX_ENTRY_BYTES = 512 * 1024

/**
 * Edits that the log has not acknowledged, oldest first. Pure bookkeeping: whoever owns it stores the changes.
 *
 * What a name (client, n) stands for never changes, so that any tab may push any entry at any time: sealed entries
 * get a new name, whose n follows their order.
 */
export class Outbox {
  readonly #client: string
  #entries = new Map<string, StoredEntry>()
  #n = 0

  /** @param client  UUID of this replica: of this run of the app in this tab */
  constructor(client: string) {
    this.#client = client
  }

  get entries(): readonly StoredEntry[] {
    return [...this.#entries.values()]
  }

  /** Takes in what an earlier run of the app has left: ahead of what was made here meanwhile. */
  load(entries: readonly StoredEntry[]): void {
    const own = this.entries
    this.#entries.clear()
    this.add([...entries, ...own])
  }

  /** Forgets everything but these. */
  replace(entries: readonly StoredEntry[]): void {
    this.#entries.clear()
    this.add(entries)
  }

  /** Adds entries that another tab has made. */
  add(entries: readonly StoredEntry[]): void {
    for (const entry of entries) this.#entries.set(entryKey(entry), entry)
  }

  /** Adds an edit made here; a very large one as several entries. */
  append(update: Uint8Array): StoredEntry[] {
    const added = splitUpdate(update, MAX_ENTRY_BYTES).map((part) => this.#named(part, false))
    this.add(added)
    return added
  }

  /** Merges loose entries, neighbours as far as the size allows, and seals them. */
  seal(): OutboxChange {
    const put: StoredEntry[] = []
    const remove: EntryName[] = []
    const next = new Map<string, StoredEntry>()
    let group: StoredEntry[] = []
    let bytes = 0
    const close = () => {
      if (group.length === 0) return
      const updates = group.map(({ update }) => update)
      const [only] = updates
      const sealed = this.#named(only && updates.length === 1 ? only : Y.mergeUpdates(updates), true)
      remove.push(...group)
      put.push(sealed)
      next.set(entryKey(sealed), sealed)
      group = []
      bytes = 0
    }
    for (const entry of this.#entries.values()) {
      if (entry.sealed || bytes + entry.update.byteLength > MAX_MERGED_BYTES) close()
      if (entry.sealed) next.set(entryKey(entry), entry)
      else {
        group.push(entry)
        bytes += entry.update.byteLength
      }
    }
    close()
    this.#entries = next
    return { put, remove }
  }

  /** Forgets entries. */
  drop(names: readonly EntryName[]): void {
    for (const name of names) this.#entries.delete(entryKey(name))
  }

  #named(update: Uint8Array, sealed: boolean): StoredEntry {
    return { client: this.#client, n: ++this.#n, update, sealed }
  }
}
