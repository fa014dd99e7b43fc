import { stateInParts } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import type * as Y from 'yjs'
import { DeviceStorageError } from '../errors.ts'
import type { Health } from './health.ts'
import { isReplacement, type SpaceDatabase } from './space-database.ts'

/** A document is stored anew after so many updates … */
const COMPACT_AFTER = 500
/** … once nothing has been written for so long, in ms. */
const COMPACT_DELAY_MS = 5_000

export interface CompactionOptions {
  readonly clock: Clock
  readonly health: Health
  /** Updates after which the document is stored anew; 500 if left out. */
  readonly after?: number | undefined
  /** Only the leading tab tidies up. */
  readonly leads: () => boolean
  /** Where it is stored, as long as that is open. */
  readonly database: () => SpaceDatabase | undefined
  readonly doc: () => Y.Doc
  /** Takes in all that is stored. Resolves with its keys. */
  readonly takeIn: (database: SpaceDatabase) => Promise<readonly IDBValidKey[]>
  /** Whether all that has been written so far is stored, once that is known. */
  readonly isStored: () => Promise<boolean>
  readonly onReplaced: (old: readonly IDBValidKey[], keys: readonly IDBValidKey[]) => void
}

/**
 * Stores a document anew when it is stored as many updates: in parts, between which the thread is free, and which can be
 * read in the same way. What is edited meanwhile is an update of its own.
 */
export class Compaction {
  readonly #options: CompactionOptions
  /** Updates since the document was stored anew, and in how many parts that was. */
  #updates = 0
  #parts = 0
  #running: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(options: CompactionOptions) {
    this.#options = options
  }

  /** Resolves once none is going on. */
  get settled(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** This is what is stored at the start. */
  begin(keys: readonly IDBValidKey[]): void {
    this.#parts = keys.filter(isReplacement).length
    this.#updates += keys.length - this.#parts
  }

  /** One more update is stored. Of a large document there may be as many as it has parts: each edit costs one at most. */
  count(): void {
    this.#updates++
    const { after = COMPACT_AFTER, leads } = this.#options
    if (this.#updates >= Math.max(after, this.#parts) && leads()) this.#soon()
  }

  /** May be called twice. One that is going on ends once the database is closed. */
  destroy(): void {
    this.#cancel?.()
  }

  #soon(): void {
    this.#cancel?.()
    this.#cancel = this.#options.clock.after(COMPACT_DELAY_MS, () => {
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined
      })
    })
  }

  async #run(): Promise<void> {
    const { database, health } = this.#options
    try {
      if (await this.#compact()) health.works('compaction')
      else if (database()) this.#soon()
    } catch (cause) {
      health.fails('compaction', new DeviceStorageError(cause))
      if (database()) this.#soon()
    }
  }

  /** @returns false when it has to be tried again */
  async #compact(): Promise<boolean> {
    const { clock, database, doc, takeIn, isStored, onReplaced } = this.#options
    const open = database()
    if (!open) return false
    this.#updates = 0
    const old = await takeIn(open)
    const parts: Uint8Array[] = []
    for (const part of stateInParts(doc())) {
      parts.push(part)
      await new Promise<void>((resolve) => clock.after(0, resolve))
      if (!database()) return false
    }
    // Storage may hold no edit of which it does not hold the outbox entry.
    if (!(await isStored()) || !database()) return false
    const keys = await open.replace(old, parts)
    // Otherwise another tab has been faster.
    if (keys) onReplaced(old, keys)
    this.#parts = parts.length
    return true
  }
}
