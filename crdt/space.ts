import type { InferSelectModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import * as Y from 'yjs'
import { addToCounter, changedSet, changeSet, readCounter, readSet, textEntry } from './cells.ts'
import type { CellConflict } from './conflicts.ts'
import type { EditListener } from './edits.ts'
import { DuplicateRowError, InvalidRowError, RowNotFoundError } from './errors.ts'
import { newRowId, type RowId, type SpaceId } from './ids.ts'
import { LazyDocument } from './lazy-document.ts'
import { type Modification, NEVER } from './modification.ts'
import { assertKeyStays, chosenId, naturalKey } from './natural-key.ts'
import type { OpenDocument } from './open-document.ts'
import type { Place } from './place.ts'
import { type ProjectedRow, type projectRow, rowObject } from './projection.ts'
import type { RowMap } from './row-parts.ts'
import { fillRow, overwrite } from './row-writer.ts'
import {
  type CellValue,
  type ColumnKind,
  type ColumnShape,
  cellProblem,
  checkedCells,
  elementProblem,
  type Schema,
  type TableShape,
  toInstant,
} from './schema/index.ts'
import { sharedText } from './shared-text.ts'
import type { SpaceListener } from './space-changes.ts'
import type { NewRow, RowPatch, RowReading, SpaceOptions, UpdateListener } from './space-types.ts'
import type { Author } from './stamp-format.ts'
import { type PartLimits, transactionInParts } from './state-parts.ts'
import { plainText, type TextRun, textRuns, writeRuns } from './text-runs.ts'
import type { TransactOptions } from './transactions.ts'
import type { UnknownParts } from './unknown.ts'

/**
 * A space: one Y.Doc whose root maps are tables, whose keys are row ids, whose values are maps of columns.
 *
 * It is the only place that writes rows. Every method applies at once to the document, and to everything that
 * listens, before it returns.
 */
export class Space {
  readonly id: SpaceId
  readonly schema: Schema
  readonly #document: LazyDocument
  readonly #now: () => Date

  constructor(options: SpaceOptions) {
    const { id, schema, stored, now = () => new Date() } = options
    this.id = id
    this.schema = schema
    this.#now = now
    this.#document = new LazyDocument(options, this)
    if (!stored) this.load()
  }

  /**
   * Its document; read into memory, if it is not there. Another one each time it is read: whoever holds on to something
   * in it calls {@link hold}.
   */
  get doc(): Y.Doc {
    return this.#open.doc
  }

  /** Whether its document is in memory. */
  get isLoaded(): boolean {
    return this.#document.current !== undefined
  }

  /**
   * Calls back when its document is in memory, now or later, and when it is about to be so no longer. Returns the way to
   * stop, which is told too.
   *
   * For those who would like to know something of it, but not so much that somebody should wait.
   */
  observeLoaded(listener: (isLoaded: boolean) => void): () => void {
    return this.#document.whenOpen(() => {
      listener(true)
      return () => listener(false)
    })
  }

  /**
   * Reads the document into memory. Everything that needs it does so by itself.
   *
   * @throws whatever the storage says that cannot be read yet
   */
  load(): void {
    this.#document.read()
  }

  /**
   * Does a moment's work of reading the document into memory, so that nobody has to wait who needs it later.
   *
   * @returns whether there is more to do
   * @throws whatever the storage says that cannot be read yet
   */
  loadNext(): boolean {
    return this.#document.readNext()
  }

  /**
   * Closes the document, a moment's work at a time: what it holds stays in memory as bytes, much smaller, and is read
   * again when somebody needs it. Who listens to the space hears of everything as before.
   *
   * @returns whether it is closed: not while somebody holds it, or uses it meanwhile
   */
  closing(): Generator<void, boolean> {
    return this.#document.closing()
  }

  /**
   * Keeps the document in memory, for those who hold on to something in it, such as a shared text, or will need it soon.
   * Returns the way to let go of it.
   */
  hold(): () => void {
    return this.#document.hold()
  }

  /** Counts how often the document has been used. */
  get uses(): number {
    return this.#document.uses
  }

  /** Who edits here from now on. */
  set author(author: Author) {
    this.#document.author = author
  }

  get author(): Author {
    return this.#document.author
  }

  /**
   * Adds a row and returns its id.
   *
   * In a table with a natural key the id is made from the key's values; a removed row with that key comes back
   * with the new values.
   *
   * @throws {InvalidRowError} a value does not fit its column; nothing is written
   * @throws {DuplicateRowError} a live row has this id already
   * @throws {ForeignKeyError | UniqueError | CheckError} it would break a constraint; nothing is written
   */
  insert<T extends SQLiteTable>(table: T, values: NewRow<T>): RowId {
    const shape = this.schema.shape(table)
    const cells = checkedCells(shape, values, 'insert')
    const chosen = chosenId(shape, values)
    const rowId = chosen ?? newRowId()
    const parts = chosen === undefined ? [] : this.#open.rows.of(shape).of(rowId)
    if (parts.length > 0) this.#bringBack({ shape, rowId }, parts, cells)
    else this.#add({ shape, rowId }, cells, chosen === undefined ? undefined : this.doc.clientID)
    return rowId
  }

  /**
   * Sets some columns of a row. Values that are there already are not written again.
   *
   * @throws {InvalidRowError} a value does not fit, or belongs to the natural key; nothing is written
   * @throws {RowNotFoundError} no live row has this id
   * @throws {ForeignKeyError | UniqueError | CheckError} it would break a constraint; nothing is written
   */
  update<T extends SQLiteTable>(table: T, rowId: RowId, patch: RowPatch<T>): void {
    const shape = this.schema.shape(table)
    const cells = checkedCells(shape, patch, 'update')
    const row = this.#open.editor.row({ shape, rowId }, this.#live(shape, rowId))
    assertKeyStays(shape, patch)
    this.#open.constraints.assertFit(row, cells)
    this.transact(() => {
      for (const [column, value] of cells) {
        if (this.#open.editor.writeCell(row, column, value) && column.kind !== 'richText')
          this.#open.transactions.dueStamp()
      }
      this.#open.transactions.touch(row)
    })
  }

  /**
   * Adds to a `counter`. What others add at the same time is added too.
   *
   * @param by  a whole number, negative to take away
   * @throws {InvalidRowError} the column is no counter, or the number not a whole one
   * @throws {RowNotFoundError} no live row has this id
   */
  increment(table: SQLiteTable, rowId: RowId, property: string, by = 1): void {
    const { shape, column } = this.#column(table, property, 'counter')
    if (!Number.isSafeInteger(by)) {
      throw new InvalidRowError(shape.name, [{ column: column.name, message: 'counts in whole numbers' }])
    }
    const parts = this.#live(shape, rowId)
    this.#open.constraints.assertFit(
      { shape, rowId },
      new Map([[column, readCounter(parts, column.storedAs) + by]]),
    )
    this.#open.transactions.write({ shape, rowId }, () => {
      addToCounter(parts, column.storedAs, by)
      this.#open.transactions.journal.add({
        kind: 'count',
        table: shape.storedAs,
        rowId,
        column: column.storedAs,
        by,
      })
    })
  }

  /**
   * Puts texts into a `stringSet` and takes others out; everything else in it stays, whoever puts it there.
   *
   * @throws {InvalidRowError} the column is no set, or a text cannot be in one
   * @throws {RowNotFoundError} no live row has this id
   */
  updateSet(
    table: SQLiteTable,
    rowId: RowId,
    property: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): void {
    const { shape, column } = this.#column(table, property, 'stringSet')
    const problem = change.add?.map(elementProblem).find((each) => each !== undefined)
    if (problem) throw new InvalidRowError(shape.name, [{ column: column.name, message: problem }])
    const parts = this.#live(shape, rowId)
    const before = readSet(parts, column.storedAs)
    this.#open.constraints.assertFit({ shape, rowId }, new Map([[column, changedSet(before, change)]]))
    this.#open.transactions.write({ shape, rowId }, () => {
      changeSet(parts, column.storedAs, change)
      const place = { table: shape.storedAs, rowId, column: column.storedAs }
      this.#open.transactions.journal.addElements(place, before, readSet(parts, column.storedAs))
    })
  }

  /**
   * Writes a value over all that were written to the cell at the same time: the choice of a person between them.
   *
   * @throws {InvalidRowError} the value does not fit
   * @throws {RowNotFoundError} no live row has this id
   */
  resolveConflict<T extends SQLiteTable>(table: T, rowId: RowId, patch: RowPatch<T>): void {
    const shape = this.schema.shape(table)
    const cells = checkedCells(shape, patch, 'update')
    const row = this.#open.editor.row({ shape, rowId }, this.#live(shape, rowId))
    assertKeyStays(shape, patch)
    this.#open.constraints.assertFit(row, cells)
    this.#open.transactions.write(row, () => {
      for (const [column, value] of cells) {
        const isContested = this.#open.conflicts.contested(column, row.parts).length > 0
        const isWritten = this.#open.editor.writeCell(row, column, value)
        // The value that is read already is chosen by being written again.
        if (isContested && !isWritten) overwrite(row, column, value)
      }
    })
  }

  /**
   * Puts a row in the trash, and with it those that are hidden because they have the same unique key: else one of them
   * would take its place. Edits that others make to it meanwhile are kept for a restore.
   *
   * @throws {RowNotFoundError} no live row has this id
   * @throws {RestrictError} a row that is shown refers to it and does not let it go
   */
  remove(table: SQLiteTable, rowId: RowId): void {
    const shape = this.schema.shape(table)
    this.#live(shape, rowId)
    this.#open.constraints.assertRemovable(shape, rowId)
    const duplicates = this.#open.constraints.duplicates(shape, rowId).map((row) => row.rowId)
    const removedAt = toInstant(this.#now())
    this.transact(() => {
      for (const each of [rowId, ...duplicates]) this.#open.editor.remove({ shape, rowId: each }, removedAt)
    })
  }

  /**
   * Takes a row out of the trash. Restoring a live row does nothing.
   *
   * @throws {RowNotFoundError} the row was never here
   * @throws {ForeignKeyError | UniqueError | CheckError} it cannot be shown as things are; it stays in the trash
   */
  restore(table: SQLiteTable, rowId: RowId): void {
    const shape = this.schema.shape(table)
    const parts = this.#open.rows.of(shape).of(rowId)
    if (parts.length === 0) throw new RowNotFoundError(shape.name, rowId)
    if (!this.isRemoved(shape, rowId)) return
    this.#open.constraints.assertFit({ shape, rowId }, new Map(), { all: true })
    this.transact(() => this.#open.editor.restore({ shape, rowId }))
  }

  /** The live row with this id, or `undefined`. */
  get<T extends SQLiteTable>(table: T, rowId: RowId): InferSelectModel<T> | undefined {
    const shape = this.schema.shape(table)
    const row = this.project(shape, rowId)
    if (row.state !== 'live') return undefined
    return rowObject(shape, this.id, rowId, row.cells, this.modification(shape, rowId)) as InferSelectModel<T>
  }

  /**
   * The shared text of a `richText` cell, for editors that bind to it; they {@link hold} the space meanwhile.
   *
   * @throws {InvalidRowError} the column is no richText
   * @throws {RowNotFoundError} no live row has this id
   */
  text(table: SQLiteTable, rowId: RowId, property: string): Y.Text {
    const { shape, column } = this.#column(table, property, 'richText')
    const parts = this.#live(shape, rowId)
    const found = textEntry(parts, column.storedAs)?.value
    if (found instanceof Y.Text) return found
    return this.#open.transactions.write({ shape, rowId }, () => sharedText(parts, column.storedAs))
  }

  /** The text of a `richText` cell with its marks, of a row in the trash, too; nothing when there is none. */
  runs(table: SQLiteTable, rowId: RowId, property: string): readonly TextRun[] {
    const { shape, column } = this.#column(table, property, 'richText')
    const found = textEntry(this.#open.rows.of(shape).of(rowId), column.storedAs)?.value
    if (found instanceof Y.Text) return textRuns(found)
    return typeof found === 'string' && found !== '' ? [{ insert: found }] : []
  }

  /**
   * Makes a `richText` cell read as these runs do, by the smallest splice and the marks that differ.
   *
   * @throws {InvalidRowError} the column is no richText, or the text is too long
   * @throws {RowNotFoundError} no live row has this id
   */
  writeText(table: SQLiteTable, rowId: RowId, property: string, runs: readonly TextRun[]): void {
    const { shape, column } = this.#column(table, property, 'richText')
    const problem = cellProblem(column, plainText(runs))
    if (problem) throw new InvalidRowError(shape.name, [{ column: column.name, message: problem }])
    this.#live(shape, rowId)
    this.#open.transactions.write({ shape, rowId }, () => {
      const before = this.runs(table, rowId, property)
      writeRuns(this.text(table, rowId, property), runs)
      const place = { table: shape.storedAs, rowId, column: column.storedAs }
      this.#open.transactions.journal.add({ kind: 'text', ...place, before, after: runs })
    })
  }

  /** Groups edits: one update, one change for listeners, one re-run of live queries, one step to undo. */
  transact<R>(edits: () => R, options?: TransactOptions): R {
    return this.#open.transactions.run(edits, options)
  }

  /** Calls back after every transaction that touched a row, wherever it came from. Returns the way to stop. */
  observe(listener: SpaceListener): () => void {
    return this.#document.whenOpen(({ changes }) => changes.observe(listener))
  }

  /** Calls back with what every transaction here has done, for those who want to take it back. Returns the way to stop. */
  onEdit(listener: EditListener): () => void {
    return this.#document.whenOpen(({ transactions }) => transactions.journal.observe(listener))
  }

  /** What the document holds that the schema does not know. It is kept, and travels on. */
  get unknown(): UnknownParts {
    // Whoever lists the spaces asks for it: that is no use of a document.
    return (this.#document.current ?? this.#open).unknown.parts
  }

  /** Calls back when there is more or less that the schema does not know. Returns the way to stop. */
  observeUnknown(listener: () => void): () => void {
    return this.#document.whenOpen(({ unknown }) => unknown.observe(listener))
  }

  /** What a row means under the schema, and under its constraints among the other rows; see {@link projectRow}. */
  project(shape: TableShape, rowId: RowId): ProjectedRow {
    return this.#open.constraints.shown(shape, rowId, this.stored(shape, rowId))
  }

  /** All that a mirror shows of a row. */
  reading(shape: TableShape, rowId: RowId): RowReading {
    const { rows, constraints, conflicts } = this.#open
    const parts = rows.of(shape).of(rowId)
    const row = constraints.shown(shape, rowId, rows.stored(shape, rowId, parts))
    return {
      row,
      modification: row.state === 'live' ? rows.modification(shape, rowId, parts) : NEVER,
      conflicts: row.state === 'absent' ? [] : conflicts.of(shape, rowId, parts),
    }
  }

  /** What a row means by itself, whatever constraints make of it among the others. */
  stored(shape: TableShape, rowId: RowId): ProjectedRow {
    return this.#open.rows.stored(shape, rowId)
  }

  /** Whether a row is in the trash, complete or not. */
  isRemoved(shape: TableShape, rowId: RowId): boolean {
    return this.#open.rows.isRemoved(shape, rowId)
  }

  /** Who last changed a row, and when. */
  modification(shape: TableShape, rowId: RowId): Modification {
    return this.#open.rows.modification(shape, rowId)
  }

  /** Who last changed each cell of a row, and when, by property. */
  attribution(table: SQLiteTable, rowId: RowId): Map<string, Modification> {
    return this.#open.rows.attribution(this.schema.shape(table), rowId)
  }

  /** What concurrent values of a row's cells have lost, or may yet lose. */
  conflicts(shape: TableShape, rowId: RowId): CellConflict[] {
    return this.#open.conflicts.of(shape, rowId, this.#open.rows.of(shape).of(rowId))
  }

  /** The id that a row with these values has in a table with a natural key, whether it is here or not. */
  keyOf(shape: TableShape, values: Readonly<Record<string, unknown>>): RowId {
    return naturalKey(shape, values)
  }

  /** Ids of all rows of a table: live, removed and hidden. */
  rowIds(shape: TableShape): Iterable<RowId> {
    return this.#open.rows.of(shape).rowIds()
  }

  /**
   * Calls back with what each transaction has done, whoever made it, as one update, or as several where it is larger
   * than `limits`. Returns the way to stop.
   */
  onUpdate(listener: UpdateListener, limits: PartLimits): () => void {
    return this.#document.whenOpen(({ doc }) => {
      const tell = (transaction: Y.Transaction) => {
        const updates = transactionInParts(transaction, limits)
        if (updates.length > 0) listener(updates, transaction)
      }
      doc.on('afterTransactionCleanup', tell)
      return () => doc.off('afterTransactionCleanup', tell)
    })
  }

  /** Stops listening and frees the document. May be called twice. */
  destroy(): void {
    this.#document.destroy()
  }

  get #open(): OpenDocument {
    return this.#document.open
  }

  /** @param creator  see {@link RowParts.add} */
  #add(place: Place, cells: ReadonlyMap<ColumnShape, CellValue>, creator: number | undefined): void {
    const { constraints, rows, transactions } = this.#open
    const { shape, rowId } = place
    constraints.assertFit(place, cells, { all: true })
    transactions.write(place, () => {
      const row = new Y.Map<unknown>()
      rows.of(shape).add(rowId, row, creator)
      fillRow(row, shape, cells)
      transactions.journal.add({ kind: 'insert', table: shape.storedAs, rowId })
    })
  }

  /**
   * Takes a row out of the trash, with these values in the place of all that it had.
   *
   * @throws {DuplicateRowError} it is not there
   */
  #bringBack(place: Place, parts: RowMap[], cells: ReadonlyMap<ColumnShape, CellValue>): void {
    const { shape, rowId } = place
    if (this.project(shape, rowId).state === 'live') throw new DuplicateRowError(shape.name, rowId)
    const { constraints, editor, transactions } = this.#open
    const defaults = shape.columns.map((column) => [column, column.defaultValue] as const)
    const all = new Map([...defaults, ...cells])
    constraints.assertFit(place, all, { all: true })
    transactions.write(place, () => {
      const row = editor.row(place, parts)
      editor.restore(place)
      for (const [column, value] of all) editor.writeCell(row, column, value)
    })
  }

  #live(shape: TableShape, rowId: RowId): RowMap[] {
    const parts = this.#open.rows.of(shape).of(rowId)
    if (parts.length === 0 || this.#open.rows.isRemoved(shape, rowId, parts))
      throw new RowNotFoundError(shape.name, rowId)
    return parts
  }

  #column(
    table: SQLiteTable,
    property: string,
    kind: ColumnKind,
  ): { shape: TableShape; column: ColumnShape } {
    const shape = this.schema.shape(table)
    const column = shape.byProperty.get(property)
    if (column?.kind === kind) return { shape, column }
    throw new InvalidRowError(shape.name, [{ column: property, message: `is not a ${kind} column` }])
  }
}
