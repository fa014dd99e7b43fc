import type { InferInsertModel, InferSelectModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { callAll } from 'lib0/function'
import * as Y from 'yjs'
import { isCollectable } from './collectable.ts'
import { type CellProblem, DuplicateRowError, InvalidRowError, RowNotFoundError } from './errors.ts'
import { newRowId, type RowId, type SpaceId } from './ids.ts'
import { type ProjectedRow, projectRow, REMOVED_AT, rowObject } from './projection.ts'
import { replaceText } from './replace-text.ts'
import { partFor, type RowMap, RowParts, storedCell } from './row-parts.ts'
import {
  type CellValue,
  type ColumnShape,
  checkedCells,
  type Schema,
  type TableShape,
  toInstant,
} from './schema/index.ts'
import { reportNothingTooDeep } from './too-deep.ts'

/** Values for a new row: defaults may be left out, and `id` too unless you choose it yourself. */
export type NewRow<T extends SQLiteTable> = Omit<InferInsertModel<T>, 'id' | 'spaceId'> & { id?: RowId }

/** New values for some columns of a row. */
export type RowPatch<T extends SQLiteTable> = Partial<Omit<InferInsertModel<T>, 'id' | 'spaceId'>>

/** The rows that one transaction touched, by table. */
export interface SpaceChange {
  readonly spaceId: SpaceId
  readonly rows: ReadonlyMap<TableShape, ReadonlySet<RowId>>
  /** The origin given to the transaction: the space itself for edits made here. */
  readonly origin: unknown
}

export type SpaceListener = (change: SpaceChange) => void

interface SpaceOptions {
  readonly id: SpaceId
  readonly schema: Schema
  readonly doc?: Y.Doc
  /** The wall clock; a parameter so that a simulation can own it. */
  readonly now?: () => Date
}

/**
 * A space: one Y.Doc whose root maps are tables, whose keys are row ids, whose values are maps of columns.
 *
 * It is the only place that writes rows. Every method applies at once to the document, and to everything that
 * listens, before it returns.
 */
export class Space {
  readonly id: SpaceId
  readonly schema: Schema
  readonly doc: Y.Doc
  readonly #now: () => Date
  readonly #tables = new Map<TableShape, RowParts>()
  readonly #shapeByMap = new Map<unknown, TableShape>()
  readonly #listeners = new Set<SpaceListener>()

  constructor({ id, schema, doc = new Y.Doc({ guid: id }), now = () => new Date() }: SpaceOptions) {
    this.id = id
    this.schema = schema
    this.doc = doc
    this.#now = now
    for (const shape of schema.shapes) {
      const map = doc.getMap(shape.name)
      this.#tables.set(shape, new RowParts(map))
      this.#shapeByMap.set(map, shape)
    }
    doc.gcFilter = isCollectable
    doc.on('beforeObserverCalls', reportNothingTooDeep)
    doc.on('afterTransaction', this.#afterTransaction)
  }

  /**
   * Adds a row and returns its id.
   *
   * In a table with a natural key the id is made from the key's values; a removed row with that key comes back
   * with the new values.
   *
   * @throws {InvalidRowError} a value does not fit its column; nothing is written
   * @throws {DuplicateRowError} a live row has this id already
   */
  insert<T extends SQLiteTable>(table: T, values: NewRow<T>): RowId {
    const shape = this.schema.shape(table)
    const cells = checkedCells(shape, values, 'insert')
    const chosen = this.#chosenId(shape, values)
    const rowId = chosen ?? newRowId()
    const rows = this.#rows(shape)
    const parts = chosen === undefined ? [] : rows.of(rowId)
    if (parts.length > 0) {
      const found = projectRow(shape, parts)
      if (found.state === 'live') throw new DuplicateRowError(shape.name, rowId)
      this.transact(() => {
        for (const column of shape.columns) {
          writeCell(parts, column, cells.has(column) ? (cells.get(column) ?? null) : column.defaultValue)
        }
        partFor(parts, REMOVED_AT)?.set(REMOVED_AT, null)
      })
      return rowId
    }
    const key = chosen === undefined ? rowId : RowParts.sharedKey(rowId, this.doc.clientID)
    this.transact(() => rows.map.set(key, newRowMap(shape, cells)))
    return rowId
  }

  /**
   * Sets some columns of a row. Values that are there already are not written again.
   *
   * @throws {InvalidRowError} a value does not fit, or belongs to the natural key; nothing is written
   * @throws {RowNotFoundError} no live row has this id
   */
  update<T extends SQLiteTable>(table: T, rowId: RowId, patch: RowPatch<T>): void {
    const shape = this.schema.shape(table)
    const cells = checkedCells(shape, patch, 'update')
    const parts = this.#live(shape, rowId)
    const fixed: CellProblem[] = shape.keyProperties
      .filter((property) => Object.hasOwn(patch, property))
      .map((property) => ({ column: property, message: 'is part of the key and cannot change' }))
    if (fixed.length > 0) throw new InvalidRowError(shape.name, fixed)
    this.transact(() => {
      for (const [column, value] of cells) writeCell(parts, column, value)
    })
  }

  /**
   * Puts a row in the trash. Edits that others make to it meanwhile are kept for a restore.
   *
   * @throws {RowNotFoundError} no live row has this id
   */
  remove(table: SQLiteTable, rowId: RowId): void {
    const parts = this.#live(this.schema.shape(table), rowId)
    this.transact(() => partFor(parts, REMOVED_AT)?.set(REMOVED_AT, toInstant(this.#now())))
  }

  /**
   * Takes a row out of the trash. Restoring a live row does nothing.
   *
   * @throws {RowNotFoundError} the row was never here
   */
  restore(table: SQLiteTable, rowId: RowId): void {
    const shape = this.schema.shape(table)
    const parts = this.#rows(shape).of(rowId)
    if (parts.length === 0) throw new RowNotFoundError(shape.name, rowId)
    if (projectRow(shape, parts).state !== 'removed') return
    this.transact(() => partFor(parts, REMOVED_AT)?.set(REMOVED_AT, null))
  }

  /** The live row with this id, or `undefined`. */
  get<T extends SQLiteTable>(table: T, rowId: RowId): InferSelectModel<T> | undefined {
    const shape = this.schema.shape(table)
    const row = this.project(shape, rowId)
    if (row.state !== 'live') return undefined
    return rowObject(shape, this.id, rowId, row.cells) as InferSelectModel<T>
  }

  /**
   * The shared text of a `richText` cell, for editors that bind to it.
   *
   * @throws {RowNotFoundError} no live row has this id
   */
  text(table: SQLiteTable, rowId: RowId, property: string): Y.Text {
    const shape = this.schema.shape(table)
    const column = shape.byProperty.get(property)
    if (column?.kind !== 'richText') {
      throw new InvalidRowError(shape.name, [{ column: property, message: 'is not a richText column' }])
    }
    const parts = this.#live(shape, rowId)
    const found = storedCell(parts, column.name)
    if (found instanceof Y.Text) return found
    const text = new Y.Text(typeof found === 'string' ? found : '')
    this.transact(() => partFor(parts, column.name)?.set(column.name, text))
    return text
  }

  /** Groups edits: one update, one change for listeners, one re-run of live queries. */
  transact<R>(edits: () => R): R {
    return this.doc.transact(edits, this)
  }

  /** Calls back after every transaction that touched a row, wherever it came from. Returns the way to stop. */
  observe(listener: SpaceListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What a row means under the schema; see {@link projectRow}. */
  project(shape: TableShape, rowId: RowId): ProjectedRow {
    return projectRow(shape, this.#rows(shape).of(rowId))
  }

  /** The id that a row with these values has in a table with a natural key, whether it is here or not. */
  keyOf(shape: TableShape, values: Readonly<Record<string, unknown>>): RowId {
    return naturalKey(shape, values)
  }

  /** Ids of all rows of a table: live, removed and hidden. */
  rowIds(shape: TableShape): Iterable<RowId> {
    return this.#rows(shape).rowIds()
  }

  /** Stops listening and frees the document. May be called twice. */
  destroy(): void {
    this.#listeners.clear()
    this.doc.off('beforeObserverCalls', reportNothingTooDeep)
    this.doc.off('afterTransaction', this.#afterTransaction)
    this.doc.destroy()
  }

  #rows(shape: TableShape): RowParts {
    const rows = this.#tables.get(shape)
    if (!rows) throw new TypeError(`The shape of "${shape.name}" belongs to another schema.`)
    return rows
  }

  #live(shape: TableShape, rowId: RowId): RowMap[] {
    const parts = this.#rows(shape).of(rowId)
    if (parts.length === 0 || typeof storedCell(parts, REMOVED_AT) === 'string') {
      throw new RowNotFoundError(shape.name, rowId)
    }
    return parts
  }

  #chosenId(shape: TableShape, values: Readonly<Record<string, unknown>>): RowId | undefined {
    const { id } = values
    const chosen = shape.keyProperties.length > 0 ? naturalKey(shape, values) : id
    if (chosen === undefined) return undefined
    if (typeof chosen !== 'string' || !RowParts.isRowId(chosen)) {
      throw new InvalidRowError(shape.name, [
        { column: 'id', message: 'must be text of 1 to 1000 characters' },
      ])
    }
    return chosen
  }

  readonly #afterTransaction = (transaction: Y.Transaction) => {
    const rows = new Map<TableShape, Set<RowId>>()
    const touch = (shape: TableShape, key: string) => {
      const rowId = RowParts.rowIdOf(key)
      const known = rows.get(shape)
      if (known) known.add(rowId)
      else rows.set(shape, new Set([rowId]))
    }
    for (const [type, keys] of transaction.changed) {
      const shape = this.#shapeByMap.get(type)
      if (shape) {
        for (const key of keys) {
          if (key === null) continue
          this.#rows(shape).keyAppeared(key)
          touch(shape, key)
        }
        continue
      }
      const place = this.#rowOf(type)
      if (place) touch(place.shape, place.key)
    }
    if (rows.size === 0) return
    const change: SpaceChange = { spaceId: this.id, rows, origin: transaction.origin }
    // All are called, also when one throws: a mirror must not fall behind because of a stranger.
    callAll([...this.#listeners], [change])
  }

  /** Climbs from a changed type to the row it lies in, however deep. */
  #rowOf(type: { readonly _item: Y.Item | null }): { shape: TableShape; key: string } | undefined {
    for (let item = type._item; item !== null; ) {
      const parent = item.parent
      if (!(parent instanceof Y.AbstractType)) return undefined
      const shape = this.#shapeByMap.get(parent)
      if (shape) return item.parentSub === null ? undefined : { shape, key: item.parentSub }
      item = parent._item
    }
    return undefined
  }
}

/** The key's values, divided by colons. A colon within any but the last is escaped: no two keys give one id. */
function naturalKey(shape: TableShape, values: Readonly<Record<string, unknown>>): RowId {
  const parts = shape.keyProperties.map((property) => String(values[property]))
  const last = parts.pop() ?? ''
  return [...parts.map((part) => part.replaceAll('%', '%25').replaceAll(':', '%3A')), last].join(':')
}

function newRowMap(shape: TableShape, cells: ReadonlyMap<ColumnShape, CellValue>): RowMap {
  const row: RowMap = new Y.Map()
  for (const column of shape.columns) {
    const value = cells.get(column)
    // A shared text exists from the start, so that two people's first words merge.
    if (column.kind === 'richText') {
      row.set(column.name, new Y.Text(typeof value === 'string' ? value.toWellFormed() : ''))
    } else if (value !== undefined && value !== column.defaultValue) row.set(column.name, value)
  }
  return row
}

function writeCell(parts: readonly RowMap[], column: ColumnShape, value: CellValue): void {
  const part = partFor(parts, column.name)
  const stored = part?.get(column.name)
  if (column.kind === 'richText') {
    const next = typeof value === 'string' ? value : ''
    if (stored instanceof Y.Text) replaceText(stored, next)
    else part?.set(column.name, new Y.Text(next.toWellFormed()))
    return
  }
  // What is not stored reads as the default, so null has to be written over it.
  const current = stored === undefined ? column.defaultValue : stored
  if (current !== value) part?.set(column.name, value)
}
