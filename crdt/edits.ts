import type { CellValue } from './schema/index.ts'
import type { TextRun } from './text-runs.ts'

interface Place {
  /** Where the document keeps the table: a later version of the app may call it something else. */
  readonly table: string
  readonly rowId: string
}

interface CellPlace extends Place {
  /** Where the row keeps the cell. */
  readonly column: string
}

/** One thing that somebody has done to a row here, with all it takes to take it back. */
export type RowEdit =
  | ({ readonly kind: 'insert' | 'remove' | 'restore' } & Place)
  | ({ readonly kind: 'set'; readonly before: CellValue; readonly after: CellValue } & CellPlace)
  | ({
      readonly kind: 'text'
      readonly before: readonly TextRun[]
      readonly after: readonly TextRun[]
    } & CellPlace)
  | ({ readonly kind: 'count'; readonly by: number } & CellPlace)
  | ({
      readonly kind: 'elements'
      readonly added: readonly string[]
      readonly removed: readonly string[]
    } & CellPlace)

/** Gets what one outermost transaction of a space has done, in order, and whether its constraints refused nothing. */
export type EditListener = (edits: readonly RowEdit[], asMerged: boolean) => void

/** Collects the edits of a transaction for whoever listens. */
export class EditJournal {
  readonly #listeners = new Set<EditListener>()
  #edits: RowEdit[] = []

  observe(listener: EditListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether anybody listens: most of what is written down otherwise is for nobody. */
  get isRead(): boolean {
    return this.#listeners.size > 0
  }

  add(edit: RowEdit): void {
    if (this.isRead) this.#edits.push(edit)
  }

  addElements(place: CellPlace, before: readonly string[], after: readonly string[]): void {
    if (!this.isRead) return
    const [was, is] = [new Set(before), new Set(after)]
    this.add({ kind: 'elements', ...place, added: [...is.difference(was)], removed: [...was.difference(is)] })
  }

  /** Ends a transaction; nobody hears of what cannot be taken back. */
  flush(undoable: boolean, asMerged: boolean): void {
    const edits = this.#edits
    this.#edits = []
    if (edits.length === 0 || !undoable) return
    for (const listener of this.#listeners) listener(edits, asMerged)
  }
}
