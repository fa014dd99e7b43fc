import { ConstrainedRow, ConstraintIndex } from './constraint-index.ts'
import { CheckError, ForeignKeyError, RestrictError, UniqueError } from './errors.ts'
import { Gradual, pausing } from './gradual.ts'
import type { Place } from './place.ts'
import { type ProjectedRow, projectCell } from './projection.ts'
import type { Rows } from './rows.ts'
import {
  type CellValue,
  type ColumnShape,
  type ForeignKey,
  holds,
  type Schema,
  type TableShape,
  type UniqueKey,
} from './schema/index.ts'
import type { Stamps } from './stamps.ts'
import { readsNull, Verdicts, valuesOf } from './verdicts.ts'

/** Rows that are read within a moment. */
const ROWS_AT_ONCE = 200

/**
 * The foreign keys, unique keys and checks of a space: what they hide in the merged state, without writing anything,
 * and what they refuse at the point of edit.
 *
 * Its index is built when somebody first asks, and follows the rows that it is told of. A schema without constraints
 * costs nothing.
 */
export class Constraints {
  readonly #schema: Schema
  readonly #rows: Rows
  readonly #stamps: Stamps
  readonly #index: ConstraintIndex
  readonly #verdicts: Verdicts
  readonly #touched = new Map<TableShape, Set<string>>()
  /** Rows that have to be asked about again, with what was told of them. */
  readonly #doubted = new Map<ConstrainedRow, string | undefined>()
  readonly #building = new Gradual(this.#build())
  #refuses = true

  constructor(schema: Schema, rows: Rows, stamps: Stamps) {
    this.#schema = schema
    this.#rows = rows
    this.#stamps = stamps
    this.#index = new ConstraintIndex(schema)
    this.#verdicts = new Verdicts(this.#index, (row) => {
      const local = this.#local(row)
      return local.state === 'live' ? local.cells : []
    })
  }

  /** Has to be done before anybody follows the space: what a change hides shows only beside what was before. */
  get building(): Gradual {
    return this.#building
  }

  *#build(): Generator<void> {
    for (const shape of this.#schema.shapes) {
      if (!this.#index.covers(shape)) continue
      yield* pausing(this.#rows.of(shape).rowIds(), ROWS_AT_ONCE, (rowId) => {
        const row = this.#read({ shape, rowId })
        if (row) this.#index.add(row)
      })
    }
  }

  /** Runs edits without refusing any, and each of one row alone: what does not fit is hidden, as after a merge. */
  settling<R>(edits: () => R): R {
    const refused = this.#refuses
    this.#refuses = false
    try {
      return edits()
    } finally {
      this.#refuses = refused
    }
  }

  /** Takes note that a row has been written to. */
  touch(shape: TableShape, rowId: string): void {
    if (!this.#building.hasBegun || !this.#index.covers(shape)) return
    const known = this.#touched.get(shape)
    if (known) known.add(rowId)
    else this.#touched.set(shape, new Set([rowId]))
  }

  /** Rows of which something else is shown than was told, though nobody has written to them. */
  takeChanged(): Place[] {
    this.#follow()
    const changed = [...this.#doubted].filter(([row, told]) => {
      if (this.#index.find(row.shape.name, row.rowId) !== row) return false
      return told === undefined || this.#tell(row) !== told
    })
    this.#doubted.clear()
    return changed.map(([row]) => row)
  }

  /** A row as it is shown among the others. */
  shown(shape: TableShape, rowId: string, local: ProjectedRow): ProjectedRow {
    if (local.state !== 'live' || !this.#index.covers(shape)) return local
    const row = this.#find(shape, rowId)
    if (!row) return local
    this.#tell(row)
    if (row.reason) return { state: 'hidden', reason: row.reason }
    const broken = this.#verdicts.broken(row)
    if (broken.length === 0) return local
    const cells = [...local.cells]
    const withheld = broken.map(({ column, target }) => {
      const index = shape.columns.indexOf(column)
      const value = cells[index] ?? null
      cells[index] = null
      const reason = `foreign key: ${column.name} refers to the ${target} "${value}", which is not shown`
      return { column: column.name, value, reason }
    })
    return { state: 'live', cells, withheld }
  }

  /** Rows that are hidden because this one has the same key. */
  duplicates(shape: TableShape, rowId: string): ConstrainedRow[] {
    if (!this.#refuses || shape.unique.length === 0) return []
    const row = this.#find(shape, rowId)
    if (!row) return []
    const others = shape.unique.flatMap((unique, index) => this.#index.sharing(unique, row.keys[index]))
    return [...new Set(others)].filter((other) => this.#verdicts.reasonOf(other) && other.behind === row)
  }

  /**
   * Says no to values that would break a constraint.
   *
   * @param changes  what is about to be written
   * @param options.all  whether the row is about to appear, so that what it has already is checked, too
   * @throws {ForeignKeyError | CheckError | UniqueError}
   */
  assertFit(
    { shape, rowId }: Place,
    changes: ReadonlyMap<ColumnShape, CellValue>,
    options?: { readonly all?: boolean },
  ): void {
    const { foreignKeys, unique, checks } = shape
    if (!this.#refuses || foreignKeys.length + unique.length + checks.length === 0) return
    this.#find(shape, rowId)
    const parts = this.#rows.of(shape).of(rowId)
    const columns = this.#rows.columns(shape, rowId, parts)
    const before = columns.map((column) => projectCell(column, parts, this.#stamps))
    const after = shape.columns.map((column, index) =>
      changes.has(column) ? (changes.get(column) ?? null) : (before[index] ?? null),
    )
    const isNew = (column: ColumnShape) => {
      const index = shape.columns.indexOf(column)
      return options?.all || keyOf([before[index]]) !== keyOf([after[index]])
    }
    const broken = foreignKeys.filter((key) => {
      const target = after[shape.columns.indexOf(key.column)]
      if (typeof target !== 'string' || this.#verdicts.isShown(key.target, target)) return false
      const mayReadNull = key.onDelete === 'set null' && parts.length > 0 && !changes.has(key.column)
      if (isNew(key.column) && !mayReadNull)
        throw new ForeignKeyError(shape.name, key.column.name, key.target, target)
      return key.onDelete === 'set null'
    })
    const values = valuesOf({ shape, rowId }, after, broken)
    const failed = checks.find((check) => !holds(check, values))
    if (failed) throw new CheckError(shape.name, failed.name)
    for (const each of unique) {
      if (!each.columns.some(isNew) || readsNull(each, broken)) continue
      const holder = this.#holder(each, uniqueKey(shape, each, after), rowId)
      if (holder) {
        const names = each.columns.map(({ name }) => name)
        throw new UniqueError(shape.name, names, holder.rowId)
      }
    }
  }

  /** @throws {RestrictError} a shown row refers to this one and does not let it go */
  assertRemovable(shape: TableShape, rowId: string): void {
    if (!this.#refuses || !this.#find(shape, rowId)) return
    for (const [key, children] of this.#index.childrenOf(shape.name, rowId)) {
      if (key.onDelete !== 'restrict') continue
      const shown = [...children].filter((child) => this.#verdicts.reasonOf(child) === null)
      const [first] = shown.sort((a, b) => (a.rowId < b.rowId ? -1 : 1))
      if (first) throw new RestrictError(shape.name, rowId, first.shape.name, first.rowId)
    }
  }

  #holder(unique: UniqueKey, key: string | null, self: string): ConstrainedRow | undefined {
    return this.#index
      .sharing(unique, key)
      .find((row) => row.rowId !== self && this.#verdicts.reasonOf(row) === null)
  }

  #find(shape: TableShape, rowId: string): ConstrainedRow | undefined {
    if (!this.#index.covers(shape)) return undefined
    this.#building.finish()
    this.#follow()
    return this.#index.find(shape.name, rowId)
  }

  #tell(row: ConstrainedRow): string {
    const nulls = () => this.#verdicts.broken(row).map(({ column }) => column.name)
    row.told ??= this.#verdicts.reasonOf(row) ?? `null: ${nulls().join(', ')}`
    return row.told
  }

  /** Reads the rows again that have been written to, and doubts all that may depend on them. */
  #follow(): void {
    if (this.#touched.size === 0) return
    const doubtful: Place[] = []
    for (const [shape, rowIds] of this.#touched) {
      for (const rowId of rowIds) {
        const old = this.#index.find(shape.name, rowId)
        const row = this.#read({ shape, rowId })
        if (!old && !row) continue
        // A check looks at every cell.
        if (old && row && shape.checks.length === 0 && row.isLike(old)) continue
        if (old) {
          doubtful.push(...this.#mates(old))
          this.#index.delete(old)
        }
        if (row) this.#index.add(row)
        doubtful.push({ shape, rowId })
      }
    }
    this.#touched.clear()
    this.#doubt(doubtful)
  }

  #doubt(places: readonly Place[]): void {
    const seen = new Map<string, Set<string>>()
    const stack = [...places]
    for (let place = stack.pop(); place; place = stack.pop()) {
      const { shape, rowId } = place
      const known = seen.get(shape.name) ?? new Set()
      if (known.has(rowId)) continue
      seen.set(shape.name, known.add(rowId))
      const row = this.#index.find(shape.name, rowId)
      if (row) {
        if (!this.#doubted.has(row)) this.#doubted.set(row, row.told)
        row.reason = row.behind = row.told = undefined
        for (const mate of this.#mates(row)) stack.push(mate)
      }
      for (const [, children] of this.#index.childrenOf(shape.name, rowId))
        for (const child of children) stack.push(child)
    }
  }

  *#mates({ shape, keys }: ConstrainedRow): Generator<ConstrainedRow> {
    for (const [index, unique] of shape.unique.entries()) yield* this.#index.sharing(unique, keys[index])
  }

  #local({ shape, rowId }: Place): ProjectedRow {
    return this.#rows.stored(shape, rowId)
  }

  #read({ shape, rowId }: Place): ConstrainedRow | undefined {
    const local = this.#local({ shape, rowId })
    if (local.state !== 'live') return undefined
    const { cells } = local
    const parentOf = ({ column }: ForeignKey) => {
      const cell = cells[shape.columns.indexOf(column)]
      return typeof cell === 'string' ? cell : null
    }
    const parents = shape.foreignKeys.map(parentOf)
    const keys = shape.unique.map((unique) => uniqueKey(shape, unique, cells))
    return new ConstrainedRow(
      shape,
      rowId,
      keys.length > 0 ? this.#createdAt(shape, rowId) : 0,
      parents,
      keys,
    )
  }

  /** What nobody has said when it was written is younger than everything else. */
  #createdAt(shape: TableShape, rowId: string): number {
    const item = this.#rows.of(shape).of(rowId)[0]?._item
    return (item && this.#stamps.of(item.id).at) || Number.POSITIVE_INFINITY
  }
}

function uniqueKey(
  shape: TableShape,
  { columns }: UniqueKey,
  cells: readonly (CellValue | undefined)[],
): string | null {
  const values = columns.map((column) => cells[shape.columns.indexOf(column)] ?? null)
  return values.includes(null) ? null : keyOf(values)
}

/** Values as a text that only the same values have. */
const keyOf = (values: readonly (CellValue | undefined)[]): string =>
  JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
