import { callAll } from 'lib0/function'
import * as Y from 'yjs'
import type { CellConflict, Conflicts } from './conflicts.ts'
import type { Constraints } from './constraints.ts'
import type { RowId, SpaceId } from './ids.ts'
import { RowParts } from './row-parts.ts'
import type { Rows } from './rows.ts'
import type { Schema, TableShape } from './schema/index.ts'
import { forEachItem, type Stamps } from './stamps.ts'

/** The rows that one transaction touched, and those that constraints now show otherwise because of it, by table. */
export interface SpaceChange {
  readonly spaceId: SpaceId
  readonly rows: ReadonlyMap<TableShape, ReadonlySet<RowId>>
  /** Rows in which the transaction has brought values together that were written at the same time. */
  readonly conflicts: readonly NewConflict[]
  /** The origin given to the transaction: the space itself for edits made here. */
  readonly origin: unknown
}

export interface NewConflict {
  readonly shape: TableShape
  readonly rowId: RowId
  readonly conflict: CellConflict
}

/** What has to be known of a space to see what changes in it. */
interface ObservedSpace {
  readonly id: SpaceId
  readonly schema: Schema
  readonly doc: Y.Doc
}

export type SpaceListener = (change: SpaceChange) => void

/** Finds out which rows a transaction has touched, and tells everybody who listens. */
export class SpaceChanges {
  readonly #space: ObservedSpace
  readonly #rows: Rows
  readonly #stamps: Stamps
  readonly #conflicts: Conflicts
  readonly #constraints: Constraints
  readonly #shapeByMap: ReadonlyMap<unknown, TableShape>
  readonly #listeners = new Set<SpaceListener>()

  constructor(
    space: ObservedSpace,
    rows: Rows,
    stamps: Stamps,
    conflicts: Conflicts,
    constraints: Constraints,
  ) {
    this.#space = space
    this.#rows = rows
    this.#stamps = stamps
    this.#conflicts = conflicts
    this.#constraints = constraints
    this.#shapeByMap = new Map(
      [...rows.tables].map(([shape, { map }]): [unknown, TableShape] => [map, shape]),
    )
  }

  observe(listener: SpaceListener): () => void {
    this.#rows.migrations.building.finish()
    this.#constraints.building.finish()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  destroy(): void {
    this.#listeners.clear()
  }

  /** Takes in what a transaction has changed, before anybody reads, and tells. Returns the conflicts it has brought. */
  take(transaction: Y.Transaction): readonly NewConflict[] {
    const touched = new TouchedRows()
    for (const [type, keys] of transaction.changed) {
      const shape = this.#shapeByMap.get(type)
      if (!shape) {
        touched.add(this.#rowOf(type))
        continue
      }
      const rows = this.#rows.of(shape)
      for (const key of keys) {
        if (key === null) continue
        touched.addRow(shape, rows.keyAppeared(key))
      }
    }
    this.#takeStamps(transaction, touched)
    for (const { table, rowId } of this.#conflicts.take(transaction)) {
      const shape = this.#space.schema.shapeStoredAs(table)
      if (shape) touched.add({ shape, key: rowId })
    }
    this.#takeMigrated(touched)
    const { rows } = touched
    for (const [shape, rowIds] of rows) for (const rowId of rowIds) this.#constraints.touch(shape, rowId)
    for (const { shape, rowId } of this.#constraints.takeChanged()) touched.add({ shape, key: rowId })
    if (rows.size === 0) return []
    const change: SpaceChange = {
      spaceId: this.#space.id,
      rows,
      conflicts: transaction.local ? [] : this.#newConflicts(transaction, rows),
      origin: transaction.origin,
    }
    // All are called, also when one throws: a mirror must not fall behind because of a stranger.
    callAll([...this.#listeners], [change])
    return change.conflicts
  }

  /** Rows that are read in others change with them. */
  #takeMigrated(touched: TouchedRows): void {
    const { migrations } = this.#rows
    for (const [shape, rowIds] of touched.rows) for (const rowId of rowIds) migrations.touch(shape, rowId)
    for (const { shape, rowId } of migrations.takeAffected()) touched.add({ shape, key: rowId })
  }

  /** Who wrote a cell, and so which of two values is the later one, may become known after the cell itself. */
  #takeStamps(transaction: Y.Transaction, touched: TouchedRows): void {
    const { late, judged } = this.#stamps.take(transaction)
    if (judged === 'all') {
      for (const [shape, rows] of this.#rows.tables)
        for (const key of rows.map.keys()) touched.add({ shape, key })
      return
    }
    const again = [...judged].map((client) => ({ client, from: 0, to: Number.POSITIVE_INFINITY }))
    // Maps may be nested without end: each is climbed once.
    const known: KnownPlaces = new Map()
    for (const { client, from, to } of [...late, ...again]) {
      forEachItem(this.#space.doc, client, from, to, (item) =>
        touched.add(this.#rowOf({ _item: item }, known)),
      )
    }
  }

  /** The conflicts of a table that nobody has settled. */
  openConflicts(shape: TableShape): NewConflict[] {
    const rows = this.#rows.of(shape)
    return [...rows.rowIds()].flatMap((rowId) =>
      [...this.#conflicts.open(shape, rows.of(rowId))].map(({ conflict }) => ({ shape, rowId, conflict })),
    )
  }

  #newConflicts({ beforeState }: Y.Transaction, rows: TouchedRows['rows']): NewConflict[] {
    const found: NewConflict[] = []
    for (const [shape, rowIds] of rows) {
      for (const rowId of rowIds) {
        for (const { conflict, items } of this.#conflicts.open(shape, this.#rows.of(shape).of(rowId))) {
          const isNew = items.some(({ id }) => id.clock >= (beforeState.get(id.client) ?? 0))
          if (isNew) found.push({ shape, rowId, conflict })
        }
      }
    }
    return found
  }

  /** Climbs from a changed type to the row it lies in, however deep. */
  #rowOf(type: { readonly _item: Y.Item | null }, known?: KnownPlaces): Place | undefined {
    const climbed: unknown[] | undefined = known && []
    let place: Place | undefined
    for (let item = type._item; item !== null; ) {
      const parent = item.parent
      if (!(parent instanceof Y.AbstractType)) break
      if (known?.has(parent)) {
        place = known.get(parent)
        break
      }
      const shape = this.#shapeByMap.get(parent)
      if (shape) {
        place = item.parentSub === null ? undefined : { shape, key: item.parentSub }
        break
      }
      climbed?.push(parent)
      item = parent._item
    }
    for (const each of climbed ?? []) known?.set(each, place)
    return place
  }
}

interface Place {
  readonly shape: TableShape
  readonly key: string
}

/** Where the types lie that have been climbed from already. */
type KnownPlaces = Map<unknown, Place | undefined>

class TouchedRows {
  readonly rows = new Map<TableShape, Set<RowId>>()

  add(place: Place | undefined): void {
    if (place) this.addRow(place.shape, RowParts.rowIdOf(place.key))
  }

  addRow(shape: TableShape, rowId: RowId): void {
    const known = this.rows.get(shape)
    if (known) known.add(rowId)
    else this.rows.set(shape, new Set([rowId]))
  }
}
