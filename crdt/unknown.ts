import { callAll } from 'lib0/function'
import * as Y from 'yjs'
import { columnOf, type Entry, entriesOf } from './cells.ts'
import { Gradual, pausing } from './gradual.ts'
import { isFitting, REMOVED_AT } from './projection.ts'
import { RowParts } from './row-parts.ts'
import {
  type ColumnShape,
  elementProblem,
  MIGRATED_MARK,
  migrationIdOf,
  OWN_PREFIX,
  type Schema,
  type TableShape,
} from './schema/index.ts'

/** What a document holds that the schema does not know: parts made by a newer version of the app, most likely. */
export interface UnknownParts {
  /** Tables, by their names in the document, and how many rows each has. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
  /** Columns of known tables, and in how many rows there is something. */
  readonly columns: readonly UnknownCells[]
  /** Known columns in which there is something that is not of their type, and in how many rows. */
  readonly values: readonly UnknownCells[]
}

export interface UnknownCells {
  /** SQL name of the table. */
  readonly table: string
  /** SQL name of the column; of one that is not known its name in the document. */
  readonly column: string
  readonly rows: number
}

/** Rows that are looked through within a moment. */
const ROWS_AT_ONCE = 2_000

type RowIds = Set<string>

/** Any type of Yjs; its own declarations leave open what it holds. */
type SharedType = Y.ContentType['type']

/** The rows of a table that nobody knows, each in one part or more. */
class CountedRows {
  readonly #keys = new Set<string>()
  readonly #partsOf = new Map<string, number>()

  get size(): number {
    return this.#partsOf.size
  }

  /** @returns whether that is news */
  see(key: string, isThere: boolean): boolean {
    if (this.#keys.has(key) === isThere) return false
    if (isThere) this.#keys.add(key)
    else this.#keys.delete(key)
    const rowId = RowParts.rowIdOf(key)
    const parts = (this.#partsOf.get(rowId) ?? 0) + (isThere ? 1 : -1)
    if (parts > 0) this.#partsOf.set(rowId, parts)
    else this.#partsOf.delete(rowId)
    return true
  }
}

/**
 * Counts what the schema of a space does not know in its document.
 *
 * It looks through the document when somebody first asks, and from then on only at the cells that a transaction has
 * changed.
 */
export class Unknown {
  readonly #doc: Y.Doc
  readonly #schema: Schema
  readonly #tables: ReadonlyMap<TableShape, RowParts>
  readonly #columns: ReadonlyMap<TableShape, ReadonlyMap<string, ColumnShape>>
  readonly #shapes: ReadonlyMap<unknown, TableShape>
  readonly #listeners = new Set<() => void>()
  /** Rows of unknown tables. */
  readonly #rows = new Map<string, CountedRows>()
  /** Rows by the columns, as they are stored, that hold something unknown. */
  readonly #cells = new Map<TableShape, Map<string, RowIds>>()
  #told: UnknownParts | undefined
  #isChanged = false
  readonly #building = new Gradual(this.#build())

  constructor(doc: Y.Doc, schema: Schema, tables: ReadonlyMap<TableShape, RowParts>) {
    this.#doc = doc
    this.#schema = schema
    this.#tables = tables
    this.#columns = new Map(
      schema.shapes.map((shape) => [
        shape,
        new Map(shape.columns.map((column) => [column.storedAs, column])),
      ]),
    )
    this.#shapes = new Map([...tables].map(([shape, { map }]): [unknown, TableShape] => [map, shape]))
  }

  /** Has to be done before anybody follows the space. */
  get building(): Gradual {
    return this.#building
  }

  get parts(): UnknownParts {
    this.#building.finish()
    this.#told ??= this.#counted()
    return this.#told
  }

  /** Calls back when there is more or less of it. Returns the way to stop. */
  observe(listener: () => void): () => void {
    this.#building.finish()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes in what a transaction has changed.
   *
   * @param isChecked  what it has written fits the schema, so that it can only have written over something unknown
   */
  take({ changed }: Y.Transaction, { isChecked = false } = {}): void {
    if (!this.#building.hasBegun || (isChecked && this.#cells.size === 0)) return
    for (const [type, keys] of changed) {
      const shape = this.#shapes.get(type)
      if (shape) for (const key of keys) key !== null && this.#seeRow(shape, key)
      else if (type._item === null) this.#seeRoot(type, keys)
      else this.#seeCells(type._item, keys)
    }
    if (!this.#isChanged) return
    this.#isChanged = false
    this.#told = undefined
    callAll([...this.#listeners], [])
  }

  destroy(): void {
    this.#listeners.clear()
  }

  *#build(): Generator<void> {
    for (const [name, root] of this.#doc.share) {
      if (!this.#schema.shapeStoredAs(name)) this.#seeRoot(root, root._map.keys())
    }
    for (const [shape, rows] of this.#tables)
      yield* pausing(rows.map.keys(), ROWS_AT_ONCE, (key) => this.#seeRow(shape, key))
    this.#isChanged = false
  }

  #seeRoot(root: SharedType, keys: Iterable<string | null>): void {
    const name = Y.findRootTypeKey(root)
    if (name.startsWith(OWN_PREFIX)) return
    const known = this.#rows.get(name) ?? new CountedRows()
    this.#rows.set(name, known)
    for (const key of keys) {
      if (key === null) continue
      const item = root._map.get(key)
      if (known.see(key, item !== undefined && !item.deleted)) this.#isChanged = true
    }
  }

  /** A part of a row has appeared, changed for another, or gone. */
  #seeRow(shape: TableShape, key: string): void {
    const rowId = RowParts.rowIdOf(key)
    for (const [column, rows] of this.#cells.get(shape) ?? [])
      if (rows.has(rowId)) this.#count(shape, rowId, column)
    const part = this.#tables.get(shape)?.map.get(key)
    if (part instanceof Y.Map) for (const each of part._map.keys()) this.#seeCell(shape, rowId, part, each)
  }

  #seeCells({ parent, parentSub }: Y.Item, keys: ReadonlySet<string | null>): void {
    const shape = this.#shapes.get(parent)
    const part = shape && parentSub !== null ? this.#tables.get(shape)?.map.get(parentSub) : undefined
    if (!shape || parentSub === null || !(part instanceof Y.Map)) return
    for (const key of keys) if (key !== null) this.#seeCell(shape, RowParts.rowIdOf(parentSub), part, key)
  }

  #seeCell(shape: TableShape, rowId: string, part: Y.Map<unknown>, key: string): void {
    const storedAs = columnOf(key)
    if (storedAs === REMOVED_AT || this.#isMigrated(shape, storedAs)) return
    const column = this.#columns.get(shape)?.get(storedAs)
    // Most cells are what they should be, and were so before.
    const isFine = column && key === storedAs && isFitting(column, part.get(key))
    if (!isFine || this.#cells.get(shape)?.get(storedAs)?.has(rowId)) this.#count(shape, rowId, storedAs)
  }

  /** Whether a cell belongs to a row that a known migration reads in this one. */
  #isMigrated(shape: TableShape, storedAs: string): boolean {
    if (!storedAs.startsWith(MIGRATED_MARK)) return false
    const id = migrationIdOf(storedAs)
    return this.#schema.migrations.some((migration) => migration.id === id && migration.from === shape)
  }

  #count(shape: TableShape, rowId: string, storedAs: string): void {
    const column = this.#columns.get(shape)?.get(storedAs)
    const entries = entriesOf(this.#tables.get(shape)?.of(rowId) ?? [], storedAs)
    const isUnknown = column ? entries.some((entry) => !isKnown(column, entry)) : entries.length > 0
    const columns = this.#cells.get(shape) ?? new Map<string, RowIds>()
    const rows = columns.get(storedAs) ?? new Set()
    if (isUnknown === rows.has(rowId)) return
    if (isUnknown) rows.add(rowId)
    else rows.delete(rowId)
    this.#cells.set(shape, columns.set(storedAs, rows))
    this.#isChanged = true
  }

  #counted(): UnknownParts {
    const tables = [...this.#rows].map(([name, { size }]) => ({ name, rows: size }))
    const columns: UnknownCells[] = []
    const values: UnknownCells[] = []
    for (const [{ name: table }, found] of this.#cells) {
      const shape = this.#schema.shapeNamed(table)
      for (const [storedAs, { size: rows }] of found) {
        const known = shape && this.#columns.get(shape)?.get(storedAs)
        if (rows > 0) (known ? values : columns).push({ table, column: known?.name ?? storedAs, rows })
      }
    }
    const byName = (a: UnknownCells, b: UnknownCells) =>
      `${a.table} ${a.column}` < `${b.table} ${b.column}` ? -1 : 1
    return {
      tables: tables.filter(({ rows }) => rows > 0).sort((a, b) => (a.name < b.name ? -1 : 1)),
      columns: columns.sort(byName),
      values: values.sort(byName),
    }
  }
}

function isKnown(column: ColumnShape, { element, value }: Entry): boolean {
  if (column.kind === 'counter') return Number.isSafeInteger(value)
  if (column.kind === 'stringSet') return element !== undefined && elementProblem(element) === undefined
  return element === undefined && isFitting(column, value)
}
