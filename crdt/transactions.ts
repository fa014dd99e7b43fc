import type * as Y from 'yjs'
import type { Constraints } from './constraints.ts'
import { EditJournal } from './edits.ts'
import type { Migrations } from './migrations.ts'
import type { Place } from './place.ts'
import type { Stamps } from './stamps.ts'

/** Typing is stamped this rarely, in ms: a stamp between two letters keeps Yjs from storing them as one. */
const TYPING_STAMP_MS = 10_000

export interface TransactOptions {
  /** `false` for what nobody would want to take back step by step, such as an import. */
  readonly undoable?: boolean
  /** Constraints refuse nothing: what does not fit in the end is hidden, as after a merge. */
  readonly asMerged?: boolean
}

/** The transactions of a space: each is stamped once, and tells at its end what it has done. */
export class Transactions {
  readonly journal = new EditJournal()
  readonly #origin: object
  readonly #doc: Y.Doc
  readonly #stamps: Stamps
  readonly #constraints: Constraints
  readonly #migrations: Migrations
  #depth = 0
  #isStampDue = false
  /** The last transaction that was begun here. */
  #own: Y.Transaction | undefined

  constructor(
    origin: object,
    doc: Y.Doc,
    { stamps, constraints, migrations }: { stamps: Stamps; constraints: Constraints; migrations: Migrations },
  ) {
    this.#origin = origin
    this.#doc = doc
    this.#stamps = stamps
    this.#constraints = constraints
    this.#migrations = migrations
  }

  /** Runs edits as one transaction, or as part of the one that is running. */
  run<R>(edits: () => R, options?: TransactOptions): R {
    // Most are part of a larger one, and are nothing by themselves.
    if (this.#depth > 0 && !options?.asMerged) return edits()
    const { undoable = true, asMerged = false } = options ?? {}
    if (asMerged) return this.#constraints.settling(() => this.#run(edits, undoable, asMerged))
    return this.#run(edits, undoable, asMerged)
  }

  /** Runs edits of a row whose exact time matters. */
  write<R>(place: Place, edits: () => R): R {
    return this.run(() => {
      this.#isStampDue = true
      const result = edits()
      this.touch(place)
      return result
    })
  }

  /** What is read before the transaction ends is to be current. */
  touch({ shape, rowId }: Place): void {
    this.#constraints.touch(shape, rowId)
    for (const affected of this.#migrations.touch(shape, rowId))
      this.#constraints.touch(affected.shape, affected.rowId)
  }

  /** The exact time of the running transaction matters. */
  dueStamp(): void {
    this.#isStampDue = true
  }

  /** Whether a transaction was begun here, and not by an update or an editor. */
  isOwn(transaction: Y.Transaction): boolean {
    return transaction === this.#own
  }

  /** Stamps what an editor has written that is bound to a text: it asks nobody. To be called after each transaction. */
  stampTyping(transaction: Y.Transaction): void {
    const isTyped = transaction.local && transaction.origin !== this.#origin && this.#depth === 0
    if (isTyped && this.#isTypingDue) this.#doc.transact((next) => this.#stamps.mark(next), this.#origin)
  }

  #run<R>(edits: () => R, undoable: boolean, asMerged: boolean): R {
    if (this.#depth > 0) return edits()
    try {
      return this.#doc.transact((transaction) => {
        if (transaction.origin === this.#origin) this.#own = transaction
        this.#depth += 1
        try {
          return edits()
        } finally {
          this.#depth -= 1
          if (this.#isStampDue || this.#isTypingDue) this.#stamps.mark(transaction)
          this.#isStampDue = false
        }
      }, this.#origin)
    } finally {
      this.journal.flush(undoable, asMerged)
    }
  }

  get #isTypingDue(): boolean {
    return this.#stamps.isDue && this.#stamps.age > TYPING_STAMP_MS
  }
}
