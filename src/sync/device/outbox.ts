import { entryKey, type OutboxEntry } from 'segue/supabase'
import * as Y from 'yjs'

/** An entry as the device keeps it. Loose entries may still be merged; sealed ones never change again. */
export interface StoredEntry extends OutboxEntry {
  readonly sealed: boolean
}

/** What changed in the outbox: to be stored in one transaction. */
export interface OutboxChange {
  readonly put: readonly StoredEntry[]
  readonly remove: readonly OutboxEntry[]
}

/** Largest merged entry, in bytes; the server takes 1 MiB. */
const MAX_MERGED_BYTES = 128 * 1024

/** Edits that the log has not acknowledged, oldest first. Pure bookkeeping: whoever owns it stores the changes. */
export class Outbox {
  readonly #client: string
  readonly #entries = new Map<string, StoredEntry>()
  #n = 0

  /** @param client  UUID of this replica; entries of others (left behind by a dead tab) are only passed on */
  constructor(client: string) {
    this.#client = client
  }

  get entries(): readonly StoredEntry[] {
    return [...this.#entries.values()]
  }

  /** Takes in what an earlier run of the app, or another tab, has left: ahead of what was made here meanwhile. */
  load(entries: readonly StoredEntry[]): void {
    const own = this.entries
    this.#entries.clear()
    for (const entry of [...entries, ...own]) this.#entries.set(entryKey(entry), entry)
  }

  /** Adds an edit made here. */
  append(update: Uint8Array): StoredEntry {
    const entry: StoredEntry = { client: this.#client, n: ++this.#n, update, sealed: false }
    this.#entries.set(entryKey(entry), entry)
    return entry
  }

  /** Merges this replica's loose entries, neighbours as far as the size allows, and seals them. */
  seal(): OutboxChange {
    const put: StoredEntry[] = []
    const remove: StoredEntry[] = []
    let group: StoredEntry[] = []
    let bytes = 0
    const close = () => {
      const last = group.at(-1)
      if (!last) return
      const update = group.length === 1 ? last.update : Y.mergeUpdates(group.map((entry) => entry.update))
      for (const entry of group.slice(0, -1)) {
        this.#entries.delete(entryKey(entry))
        remove.push(entry)
      }
      const sealed = { ...last, update, sealed: true }
      this.#entries.set(entryKey(sealed), sealed)
      put.push(sealed)
      group = []
      bytes = 0
    }
    for (const entry of this.entries) {
      if (entry.sealed || entry.client !== this.#client) continue
      if (bytes + entry.update.byteLength > MAX_MERGED_BYTES) close()
      group.push(entry)
      bytes += entry.update.byteLength
    }
    close()
    return { put, remove }
  }

  /** Forgets entries; returns those that were there. */
  drop(entries: readonly Pick<OutboxEntry, 'client' | 'n'>[]): StoredEntry[] {
    return entries.flatMap((named) => {
      const key = entryKey(named)
      const entry = this.#entries.get(key)
      this.#entries.delete(key)
      return entry ?? []
    })
  }
}
