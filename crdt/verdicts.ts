import type { ConstrainedRow, ConstraintIndex } from './constraint-index.ts'
import { type CellValue, type ForeignKey, holds, type TableShape, type UniqueKey } from './schema/index.ts'

/**
 * Decides which rows are shown.
 *
 * A row is shown when everything that it has to refer to is shown, all checks hold, and no older row that is shown has
 * one of its unique keys. Each row is decided by rows that come before it, up its references or back in time, and
 * `checkConstraints` sees to it that these ways never lead back to it; except for references that run in a
 * circle, which lead to no row that stands by itself: those rows are hidden. So there is one answer for each document,
 * whichever row is asked for first.
 */
export class Verdicts {
  readonly #index: ConstraintIndex
  readonly #cellsOf: (row: ConstrainedRow) => readonly CellValue[]

  constructor(index: ConstraintIndex, cellsOf: (row: ConstrainedRow) => readonly CellValue[]) {
    this.#index = index
    this.#cellsOf = cellsOf
  }

  /** Why a row is hidden; null when it is shown. */
  reasonOf(row: ConstrainedRow): string | null {
    // Not a recursion: a stranger's chain of rows may be longer than the stack.
    const open = new Set([row])
    const stack = [row]
    for (let next = stack.at(-1); next; next = stack.at(-1)) {
      const first = next.reason === undefined ? this.#decide(next, open) : undefined
      if (first) {
        open.add(first)
        stack.push(first)
      } else {
        open.delete(next)
        stack.pop()
      }
    }
    return row.reason ?? null
  }

  isShown(table: string, rowId: string): boolean {
    const row = this.#index.find(table, rowId)
    return row !== undefined && this.reasonOf(row) === null
  }

  /** The references of a shown row that read null, because what they refer to is not shown. */
  broken({ shape, parents }: ConstrainedRow): ForeignKey[] {
    return shape.foreignKeys.filter(({ onDelete, target }, index) => {
      const parent = parents[index]
      return onDelete === 'set null' && parent != null && !this.isShown(target, parent)
    })
  }

  /** Finds out about a row, or which other row has to be found out about first. */
  #decide(row: ConstrainedRow, open: ReadonlySet<ConstrainedRow>): ConstrainedRow | undefined {
    const { shape, parents, keys } = row
    const broken: ForeignKey[] = []
    for (const [index, key] of shape.foreignKeys.entries()) {
      const parentId = parents[index]
      if (parentId == null || !matters(shape, key)) continue
      const parent = this.#index.find(key.target, parentId)
      if (parent?.reason === undefined && parent && !open.has(parent)) return parent
      if (parent?.reason === null) continue
      if (key.onDelete !== 'set null') {
        row.reason = `foreign key: ${key.column.name} refers to the ${key.target} "${parentId}", which is not shown`
        return undefined
      }
      broken.push(key)
    }
    if (shape.checks.length > 0) {
      const values = valuesOf(row, this.#cellsOf(row), broken)
      const failed = shape.checks.find((check) => !holds(check, values))
      if (failed) {
        row.reason = `check: "${failed.name}" does not hold`
        return undefined
      }
    }
    for (const [index, unique] of shape.unique.entries()) {
      if (readsNull(unique, broken)) continue
      for (const older of this.#index.sharing(unique, keys[index])) {
        if (older === row) break
        if (older.reason === undefined && !open.has(older)) return older
        if (older.reason !== null) continue
        const columns = unique.columns.map(({ name }) => name).join(', ')
        row.behind = older
        row.reason = `unique: "${older.rowId}" has the same ${columns}`
        return undefined
      }
    }
    row.reason = null
    return undefined
  }
}

/** Whether what a reference leads to can hide the row. */
const matters = ({ unique, checks }: TableShape, { column, onDelete }: ForeignKey): boolean =>
  onDelete !== 'set null' || checks.length > 0 || unique.some(({ columns }) => columns.includes(column))

/** Whether one of the columns of a key reads null, so that nothing has the same. */
export const readsNull = ({ columns }: UniqueKey, broken: readonly ForeignKey[]): boolean =>
  broken.some(({ column }) => columns.includes(column))

/** A row as its checks see it. */
export function valuesOf(
  { shape, rowId }: Pick<ConstrainedRow, 'shape' | 'rowId'>,
  cells: readonly CellValue[],
  broken: readonly ForeignKey[],
): Record<string, CellValue> {
  const values: Record<string, CellValue> = Object.fromEntries(
    shape.columns.map(({ property }, index) => [property, cells[index] ?? null]),
  )
  for (const { column } of broken) values[column.property] = null
  return { ...values, id: rowId }
}
