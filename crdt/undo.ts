import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { isSameValue } from './conflicts.ts'
import type { RowEdit } from './edits.ts'
import { CrdtError, InvalidRowError } from './errors.ts'
import type { CellValue, ColumnShape } from './schema/index.ts'
import type { Space } from './space.ts'
import { mergedRuns } from './text-runs.ts'
import { mergedText } from './typing.ts'

/** What one undo takes back: a transaction, or quick changes of one cell. */
export interface UndoStep {
  /** When it was done, in ms since 1970. */
  readonly at: number
  readonly edits: readonly RowEdit[]
  /** Constraints refused nothing: rows that are right together may not be so one by one. */
  readonly asMerged?: boolean
}

/** Plain data, so that it can outlive a reload. */
export interface UndoState {
  readonly undo: readonly UndoStep[]
  readonly redo: readonly UndoStep[]
}

/** What came of an undo or redo. */
export interface UndoResult {
  /** Edits that were taken back. */
  readonly done: number
  /** Edits that were left alone: somebody else has changed the same since. */
  readonly skipped: number
}

interface UndoOptions {
  /** Changes of one cell within this time are one step, in ms. */
  readonly groupMs?: number
  /** Steps kept. */
  readonly limit?: number
  readonly now?: () => number
}

/** An edit of one cell. */
type CellEdit = RowEdit & { readonly column: string }

/** More than this in one transaction is an import, not an edit; a whole space that is restored is one all the same. */
const MAX_EDITS = 1_000

/**
 * Takes back what was done in a space here, step by step, and does it again.
 *
 * An undo is an edit like any other: it merges, and others see it. It reverses exactly one's own work: of a sum what
 * was added, of a set what was put in, of a text what was typed; a value only as long as nobody has written over it,
 * a new row only as long as nobody else has changed it.
 */
export class UndoHistory {
  readonly #space: Space
  readonly #options: Required<UndoOptions>
  readonly #tables: ReadonlyMap<string, SQLiteTable>
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void
  #undo: UndoStep[]
  #redo: UndoStep[]
  #caught: RowEdit[] | undefined

  constructor(space: Space, options: UndoOptions = {}, state: UndoState = { undo: [], redo: [] }) {
    this.#space = space
    this.#options = { groupMs: 500, limit: 100, now: () => Date.now(), ...options }
    this.#undo = [...state.undo]
    this.#redo = [...state.redo]
    this.#tables = new Map(
      Object.values(space.schema.tables).map((table) => [space.schema.shape(table).storedAs, table]),
    )
    this.#stop = space.onEdit((edits, asMerged) => this.#record(edits, asMerged))
  }

  get state(): UndoState {
    return { undo: this.#undo, redo: this.#redo }
  }

  /** Takes back the last step. Nothing to take back is nothing done. */
  undo(): UndoResult {
    const step = this.#undo.pop()
    return step ? this.#reverse(step, this.#redo) : NOTHING
  }

  /** Does the last step again that was taken back. */
  redo(): UndoResult {
    const step = this.#redo.pop()
    return step ? this.#reverse(step, this.#undo) : NOTHING
  }

  /** Calls back when there is more or less to undo. Returns the way to stop. */
  observe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** May be called twice. */
  destroy(): void {
    this.#stop()
    this.#listeners.clear()
  }

  #record(edits: readonly RowEdit[], asMerged: boolean): void {
    if (this.#caught) {
      this.#caught.push(...edits)
      return
    }
    this.#redo = []
    if (asMerged || edits.length <= MAX_EDITS)
      this.#push({ at: this.#options.now(), edits, ...(asMerged && { asMerged }) })
    this.#changed()
  }

  #push(step: UndoStep): void {
    const last = this.#undo.at(-1)
    const joined =
      last && !last.asMerged && !step.asMerged && step.at - last.at < this.#options.groupMs
        ? joinedEdits(last.edits, step.edits)
        : undefined
    if (joined) this.#undo[this.#undo.length - 1] = { at: step.at, edits: joined }
    else this.#undo.push(step)
    if (this.#undo.length > this.#options.limit) this.#undo.shift()
  }

  #reverse({ at, edits, asMerged = false }: UndoStep, onto: UndoStep[]): UndoResult {
    this.#caught = []
    let done = 0
    try {
      const reverse = () => {
        for (const edit of edits.toReversed()) if (this.#isReversed(edit)) done += 1
      }
      this.#space.transact(reverse, { asMerged })
    } finally {
      const opposite = this.#caught
      this.#caught = undefined
      if (opposite.length > 0) onto.push({ at, edits: opposite, ...(asMerged && { asMerged }) })
    }
    this.#changed()
    return { done, skipped: edits.length - done }
  }

  #isReversed(edit: RowEdit): boolean {
    const table = this.#tables.get(edit.table)
    if (!table) return false
    try {
      return this.#tryReverse(edit, table)
    } catch (error) {
      // The row has gone meanwhile, or the value fits no more: that is left as it is.
      if (error instanceof CrdtError) return false
      throw error
    }
  }

  #tryReverse(edit: RowEdit, table: SQLiteTable): boolean {
    const { rowId } = edit
    switch (edit.kind) {
      case 'insert':
        if (!this.#isOwn(table, rowId)) return false
        this.#space.remove(table, rowId)
        return true
      case 'restore':
        this.#space.remove(table, rowId)
        return true
      case 'remove':
        if (!this.#space.isRemoved(this.#space.schema.shape(table), rowId)) return false
        this.#space.restore(table, rowId)
        return true
      case 'count':
        this.#space.increment(table, rowId, this.#column(edit, table).property, -edit.by)
        return true
      case 'elements':
        this.#space.updateSet(table, rowId, this.#column(edit, table).property, {
          add: edit.removed,
          remove: edit.added,
        })
        return true
      case 'text': {
        const { before, after } = edit
        const { property } = this.#column(edit, table)
        const current = this.#space.runs(table, rowId, property)
        this.#space.writeText(table, rowId, property, mergedRuns(after, before, current))
        return true
      }
      case 'set': {
        const now = this.#reversedValue(edit, table)
        if (now === undefined) return false
        this.#space.update(table, rowId, { [this.#column(edit, table).property]: now })
        return true
      }
    }
  }

  /** The value that a cell goes back to; `undefined` when it is not one's own any more. */
  #reversedValue(edit: RowEdit & { kind: 'set' }, table: SQLiteTable): CellValue | undefined {
    const shape = this.#space.schema.shape(table)
    const column = this.#column(edit, table)
    const { property, kind } = column
    // What constraints make of the row does not count: they may hide it only until all is taken back.
    const row = this.#space.stored(shape, edit.rowId)
    if (row.state !== 'live') return undefined
    const current = row.cells[shape.columns.indexOf(column)] ?? null
    if (kind === 'richText') {
      return mergedText(String(edit.after ?? ''), String(edit.before ?? ''), String(current ?? ''))
    }
    const by = this.#space.attribution(table, edit.rowId).get(property)?.by
    return isSameValue(current, edit.after) && this.#isMe(by) ? edit.before : undefined
  }

  /** @throws {InvalidRowError} the schema has no such column any more */
  #column({ table: storedAs, column }: CellEdit, table: SQLiteTable): ColumnShape {
    const found = this.#space.schema.shape(table).columns.find((each) => each.storedAs === column)
    if (found) return found
    throw new InvalidRowError(storedAs, [
      { column: String(column), message: 'is not a column of this table' },
    ])
  }

  #isOwn(table: SQLiteTable, rowId: string): boolean {
    const cells = [...this.#space.attribution(table, rowId).values()]
    return cells.every(({ at, by }) => at === null || this.#isMe(by))
  }

  #isMe(userId: string | null | undefined): boolean {
    return (userId ?? '') === this.#space.author.userId
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

const NOTHING: UndoResult = { done: 0, skipped: 0 }

/** Two steps as one, when both are the same cells being changed. */
function joinedEdits(first: readonly RowEdit[], second: readonly RowEdit[]): readonly RowEdit[] | undefined {
  if (first.length !== second.length) return undefined
  const joined: RowEdit[] = []
  for (const [index, before] of first.entries()) {
    const after = second[index]
    if (before.kind !== 'set' || after?.kind !== 'set') return undefined
    const isSame =
      before.table === after.table && before.rowId === after.rowId && before.column === after.column
    if (!isSame) return undefined
    joined.push({ ...after, before: before.before })
  }
  return joined
}
