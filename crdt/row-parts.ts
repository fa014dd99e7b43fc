import * as Y from 'yjs'
import { Gradual, pausing } from './gradual.ts'

/** A Y.Map of columns, as found in a document that anyone with write access may have filled, or what reads like one. */
export interface RowMap {
  readonly _map: ReadonlyMap<string, Y.Item>
  readonly _item: Y.Item | null
  readonly doc: Y.Doc | null
  get(key: string): unknown
  has(key: string): boolean
  set(key: string, value: unknown): unknown
  delete(key: string): void
  keys(): IterableIterator<string>
}

/** Rows that are read in other rows. */
export interface GivenRows {
  ids(): Iterable<string>
  of(rowId: string): RowMap[]
}

/** Keys that are looked at within a moment. */
const KEYS_AT_ONCE = 1_000

/** Divides a row id from its creator in a part key. No row id holds it. */
const SEPARATOR = '\u001f'

/**
 * The rows of one table of a document.
 *
 * A row with a random id is one Y.Map under that id. A row whose id two devices may choose independently (a
 * natural key) is stored as one map per creator, under `id ␟ creator`: had both used the bare id, Yjs would keep
 * one map and drop the other with every column in it. Such parts read as one row, in which what both have written
 * competes as any concurrent values of one cell do. So nothing is lost, nobody has to mend anything, and the row is a
 * function of the document alone.
 */
export class RowParts {
  readonly map: Y.Map<unknown>
  /** The part keys of rows that hold any, by id. */
  readonly #shared = new Map<string, string[]>()
  readonly #gathering = new Gradual(this.#gather())
  readonly #given: GivenRows | undefined

  constructor(map: Y.Map<unknown>, given?: GivenRows) {
    this.map = map
    this.#given = given
  }

  /**
   * The id of the row that a key of the table's map belongs to. It never holds the separator, however many of them
   * a foreign program has put into the key: so each key belongs to exactly one row.
   */
  static rowIdOf(key: string): string {
    const end = key.indexOf(SEPARATOR)
    return end === -1 ? key : key.slice(0, end)
  }

  static isRowId(text: string): boolean {
    return text.length > 0 && text.length <= 1_000 && !text.includes(SEPARATOR) && text.isWellFormed()
  }

  /** Finds out which rows have several parts: done before any row is read, at the latest when the first one is. */
  get gathering(): Gradual {
    return this.#gathering
  }

  /**
   * Puts a new row into the document. It can be read before the transaction ends.
   *
   * @param creator  this client, where others may choose the id too
   */
  add(rowId: string, row: Y.Map<unknown>, creator?: number): void {
    const key = creator === undefined ? rowId : `${rowId}${SEPARATOR}${creator.toString(36)}`
    this.map.set(key, row)
    if (this.#gathering.hasBegun) this.#note(key, rowId)
  }

  /** Takes in a key that has appeared in the map. @returns the id of its row */
  keyAppeared(key: string): string {
    const rowId = RowParts.rowIdOf(key)
    if (this.#gathering.hasBegun) this.#note(key, rowId)
    return rowId
  }

  /** The maps that make up a row, first the one that wins; empty when there is no such row. */
  of(rowId: string): RowMap[] {
    if (rowId.includes(SEPARATOR)) return []
    const first = this.map.get(rowId)
    const parts: RowMap[] = first instanceof Y.Map ? [first] : []
    const shared = this.#sharedKeys().get(rowId)
    if (shared) {
      for (const key of shared) {
        const part = this.map.get(key)
        if (part instanceof Y.Map) parts.push(part)
      }
    }
    return parts.length > 0 || !this.#given ? parts : this.#given.of(rowId)
  }

  *rowIds(): Generator<string> {
    for (const key of this.map.keys()) if (!key.includes(SEPARATOR)) yield key
    for (const rowId of this.#sharedKeys().keys()) if (!this.map.has(rowId)) yield rowId
    for (const rowId of this.#given?.ids() ?? [])
      if (!this.map.has(rowId) && !this.#sharedKeys().has(rowId)) yield rowId
  }

  #sharedKeys(): ReadonlyMap<string, string[]> {
    this.#gathering.finish()
    return this.#shared
  }

  *#gather(): Generator<void> {
    yield* pausing(this.map.keys(), KEYS_AT_ONCE, (key) => this.#note(key, RowParts.rowIdOf(key)))
  }

  #note(key: string, rowId: string): void {
    if (key !== rowId) insertSorted(this.#shared, rowId, key)
  }
}

function insertSorted(shared: Map<string, string[]>, rowId: string, key: string): void {
  const keys = shared.get(rowId)
  if (!keys) shared.set(rowId, [key])
  else if (!keys.includes(key)) {
    keys.push(key)
    keys.sort()
  }
}
