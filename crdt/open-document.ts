import type * as Y from 'yjs'
import type { Candidate } from './cells.ts'
import { Conflicts } from './conflicts.ts'
import { Constraints } from './constraints.ts'
import type { SpaceId } from './ids.ts'
import { RowEditor } from './row-editor.ts'
import { Rows } from './rows.ts'
import type { ConflictStrategy, Schema } from './schema/index.ts'
import { type NewConflict, SpaceChanges } from './space-changes.ts'
import type { Author } from './stamp-format.ts'
import { Stamps } from './stamps.ts'
import { Transactions } from './transactions.ts'
import { Unknown } from './unknown.ts'

export interface OpenDocumentOptions {
  readonly id: SpaceId
  readonly schema: Schema
  readonly doc: Y.Doc
  /** What own transactions are made in the name of. */
  readonly origin: object
  readonly author: Author | undefined
  readonly strategy: ConflictStrategy
  readonly now: () => Date
}

/** A document in memory, with everything that reads its rows, writes them and follows what becomes of them. */
export class OpenDocument {
  readonly doc: Y.Doc
  readonly rows: Rows
  readonly stamps: Stamps
  readonly conflicts: Conflicts
  readonly constraints: Constraints
  readonly changes: SpaceChanges
  readonly unknown: Unknown
  readonly transactions: Transactions
  readonly editor: RowEditor
  readonly #strategy: ConflictStrategy

  constructor({ id, schema, doc, origin, author, strategy, now }: OpenDocumentOptions) {
    this.doc = doc
    this.#strategy = strategy
    this.stamps = new Stamps(doc, () => now().getTime(), author)
    this.rows = new Rows(doc, schema, this.stamps)
    this.conflicts = new Conflicts(doc, this.stamps)
    this.constraints = new Constraints(schema, this.rows, this.stamps)
    this.changes = new SpaceChanges(
      { id, schema, doc },
      this.rows,
      this.stamps,
      this.conflicts,
      this.constraints,
    )
    this.unknown = new Unknown(doc, schema, this.rows.tables)
    this.transactions = new Transactions(origin, doc, {
      ...{ stamps: this.stamps, constraints: this.constraints, migrations: this.rows.migrations },
    })
    this.editor = new RowEditor(this.rows, this.stamps, this.conflicts, this.transactions)
    doc.on('afterTransaction', this.#afterTransaction)
  }

  /** Finds out, a moment's work at a time, what has to be known before anybody follows the document. */
  *preparing(): Generator<void> {
    for (const { gathering } of this.rows.tables.values()) while (gathering.next()) yield
    for (const { building } of [this.rows.migrations, this.constraints, this.unknown])
      while (building.next()) yield
  }

  /** Answers conflicts that were in the document before anybody followed it, as far as a strategy has an answer. */
  settle(): void {
    const answers = ({ shape }: Pick<NewConflict, 'shape'>) =>
      isAnswering(this.#strategy) || shape.columns.some(({ conflicts }) => isAnswering(conflicts))
    for (const shape of this.rows.tables.keys()) {
      if (answers({ shape })) this.#choose(this.changes.openConflicts(shape))
    }
  }

  destroy(): void {
    this.changes.destroy()
    this.unknown.destroy()
    this.doc.off('afterTransaction', this.#afterTransaction)
  }

  readonly #afterTransaction = (transaction: Y.Transaction) => {
    this.#choose(this.changes.take(transaction))
    this.unknown.take(transaction, { isChecked: this.transactions.isOwn(transaction) })
    this.transactions.stampTyping(transaction)
  }

  #choose(found: readonly NewConflict[]): void {
    for (const { shape, rowId, conflict } of found) {
      const column = shape.columns.find(({ name }) => name === conflict.column)
      if (column) this.editor.choose({ shape, rowId }, column, this.#strategy, this.#isMine)
    }
  }

  readonly #isMine = ({ item, author }: Candidate): boolean => {
    const { device } = this.stamps.author
    return device === '' ? item.id.client === this.doc.clientID : author.device === device
  }
}

const isAnswering = (rule: unknown) => rule === 'local-wins' || rule === 'remote-wins'
