import { entryKey, type OutboxEntry } from 'segue/supabase'
import * as Y from 'yjs'

/** An entry as the device keeps it. Loose entries may still be merged into another; sealed ones are on their way. */
export interface StoredEntry extends OutboxEntry {
  readonly sealed: boolean
  /** A peer's, pushed from here as it came. */
  readonly adopted?: true
}

export type EntryName = Pick<OutboxEntry, 'client' | 'n'>

/** What changed in the outbox: to be stored in one transaction. */
export interface OutboxChange {
  readonly put: readonly StoredEntry[]
  readonly remove: readonly EntryName[]
}

/** Largest merged entry, in bytes: a push of several stays small. */
const MAX_MERGED_BYTES = 128 * 1024
/** So many removed entries are remembered. */
const MAX_GONE = 2_000

/**
 * Edits that the log has not acknowledged, oldest first. Pure bookkeeping: whoever owns it stores the changes.
 *
 * What a name (client, n) stands for never changes, so that any tab may push any entry at any time: sealed entries
 * get a new name, whose n follows their order.
 */
export class Outbox {
  readonly #client: string
  #entries = new Map<string, StoredEntry>()
  /** Names of entries that are gone: another tab's word of their making may come late, or once more. */
  readonly #gone = new Set<string>()
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

  /**
   * Takes over what was found in storage: what other tabs have added, and without what they have removed. What has
   * changed here since the reading began is newer.
   *
   * @param known  names of the entries that were here, and stored, when the reading began
   * @returns      the names of those that are gone from storage, and from here now
   */
  adjust(stored: readonly StoredEntry[], known: ReadonlySet<string>): EntryName[] {
    const here = this.#entries
    const isStored = new Set(stored.map(entryKey))
    const found = stored.filter((entry) => here.has(entryKey(entry)) || !known.has(entryKey(entry)))
    const added = this.entries.filter(
      (entry) => !known.has(entryKey(entry)) && !isStored.has(entryKey(entry)),
    )
    const removed = this.entries.filter(
      (entry) => known.has(entryKey(entry)) && !isStored.has(entryKey(entry)),
    )
    this.#entries = new Map()
    this.add([...found, ...added])
    return removed.map(({ client, n }) => ({ client, n }))
  }

  /** Adds entries that another tab has made. */
  add(entries: readonly StoredEntry[]): void {
    for (const entry of entries) {
      const key = entryKey(entry)
      if (!this.#gone.has(key)) this.#entries.set(key, entry)
    }
  }

  /** Whether an entry was here, or was heard of, and has been removed. */
  isGone(name: EntryName): boolean {
    return this.#gone.has(entryKey(name))
  }

  /** Adds peers' edits under the names they came by, so that the log has them once, whoever adopts them. */
  adopt(entries: readonly OutboxEntry[]): StoredEntry[] {
    const added = entries.flatMap((entry) =>
      this.isGone(entry) ? [] : [{ ...entryOf(entry), sealed: true, adopted: true as const }],
    )
    this.add(added)
    return added
  }

  /** Adds an edit made here: an entry for each of its updates. */
  append(updates: readonly Uint8Array[]): StoredEntry[] {
    const added = updates.map((update) => this.#named(update, false))
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
    this.drop(remove)
    this.#entries = next
    return { put, remove }
  }

  /** Forgets entries. */
  drop(names: readonly EntryName[]): void {
    for (const name of names) {
      const key = entryKey(name)
      this.#entries.delete(key)
      this.#gone.add(key)
    }
    for (const key of this.#gone) {
      if (this.#gone.size <= MAX_GONE) break
      this.#gone.delete(key)
    }
  }

  #named(update: Uint8Array, sealed: boolean): StoredEntry {
    return { client: this.#client, n: ++this.#n, update, sealed }
  }
}

const entryOf = ({ client, n, update }: OutboxEntry): OutboxEntry => ({ client, n, update })
