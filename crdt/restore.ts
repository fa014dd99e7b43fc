import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { isSameValue } from './conflicts.ts'
import { CrdtError, RowNotFoundError } from './errors.ts'
import type { RowId } from './ids.ts'
import type { CellValue, ColumnShape, TableShape } from './schema/index.ts'
import type { Space } from './space.ts'
import { isSameText } from './text-runs.ts'

/** What a restore has done, in rows. */
export interface Restored {
  /** Rows with other values now. */
  readonly changed: number
  /** Rows that are back. */
  readonly broughtBack: number
  /** Rows that are in the trash now, because they were not there then. */
  readonly removed: number
  /** Rows that could not be brought back as they were, and were left as they are. */
  readonly left: number
}

/**
 * Makes a space what it was, by ordinary edits in one transaction, which is one step to undo: values where they
 * differ, rows removed since brought back, rows made since put in the trash. Texts change by their smallest splice,
 * counters by the difference, sets by element. So it merges with what others do meanwhile.
 *
 * Constraints are settled as in any merge, because rows that are right together may not be so one by one.
 *
 * @param then  the space at the moment in question, perhaps of an older epoch
 */
export function restoreSpace(space: Space, then: Space): Restored {
  const restorer = new Restorer(space, then)
  space.transact(() => restorer.all(), { asMerged: true })
  return restorer.done
}

/**
 * Makes one row what it was. One that has been removed since comes back with the rows that it refers to and those that
 * hung on it, as far as they went too; one that was not there yet goes to the trash.
 *
 * @param properties  restore only these of its cells
 * @throws {RowNotFoundError} neither then nor now is there such a row
 * @throws {ForeignKeyError | UniqueError | CheckError | RestrictError} it cannot be as it was as things are now; of
 *   what it refers to, something may be back
 */
export function restoreRow(
  space: Space,
  table: SQLiteTable,
  rowId: RowId,
  then: Space,
  properties?: readonly string[],
): Restored {
  const restorer = new Restorer(space, then)
  space.transact(() => restorer.row(table, rowId, properties))
  return restorer.done
}

class Restorer {
  readonly done = { changed: 0, broughtBack: 0, removed: 0, left: 0 }
  readonly #space: Space
  readonly #then: Space
  readonly #tables: ReadonlyMap<string, SQLiteTable>
  readonly #visited = new Set<string>()

  constructor(space: Space, then: Space) {
    this.#space = space
    this.#then = then
    this.#tables = new Map(
      Object.values(space.schema.tables).map((table) => [space.schema.shape(table).name, table]),
    )
  }

  all(): void {
    const tables = [...this.#tables.values()]
    const rowIdsOf = (table: SQLiteTable) => {
      const shape = this.#space.schema.shape(table)
      return new Set([...this.#space.rowIds(shape), ...this.#then.rowIds(shape)])
    }
    for (const table of tables) {
      for (const rowId of rowIdsOf(table)) {
        this.#takeAway(table, rowId)
        this.#bringBack(table, rowId)
      }
    }
  }

  row(table: SQLiteTable, rowId: RowId, properties?: readonly string[]): void {
    const shape = this.#space.schema.shape(table)
    const [was, is] = [this.#then.stored(shape, rowId), this.#space.stored(shape, rowId)]
    if (was.state === 'absent' && is.state === 'absent') throw new RowNotFoundError(shape.name, rowId)
    if (properties) this.#write(table, rowId, properties)
    else if (was.state !== 'live') this.#takeAway(table, rowId)
    else {
      const isBack = is.state === 'removed' || is.state === 'absent'
      this.#withParents(table, rowId)
      if (isBack) this.#children(table, rowId)
    }
  }

  #withParents(table: SQLiteTable, rowId: RowId): void {
    const shape = this.#space.schema.shape(table)
    const key = `${shape.name} ${rowId}`
    if (this.#visited.has(key)) return
    this.#visited.add(key)
    const was = this.#then.stored(shape, rowId)
    if (was.state !== 'live') return
    for (const { column, target } of shape.foreignKeys) {
      const parentId = was.cells[shape.columns.indexOf(column)]
      const parent = this.#tables.get(target)
      if (!parent || typeof parentId !== 'string' || this.#space.get(parent, parentId)) continue
      if (this.#then.get(parent, parentId)) this.#withParents(parent, parentId)
    }
    this.#bringBack(table, rowId)
  }

  /** What hung on a row then and has gone since. */
  #children(table: SQLiteTable, rowId: RowId): void {
    const { name } = this.#space.schema.shape(table)
    for (const child of this.#tables.values()) {
      const shape = this.#space.schema.shape(child)
      const columns = shape.foreignKeys.filter(({ target }) => target === name).map(({ column }) => column)
      if (columns.length === 0) continue
      for (const childId of this.#then.rowIds(shape)) {
        const was = this.#then.stored(shape, childId)
        const hung =
          was.state === 'live' && columns.some((each) => was.cells[shape.columns.indexOf(each)] === rowId)
        const { state } = this.#space.stored(shape, childId)
        if (!hung || this.#visited.has(`${shape.name} ${childId}`)) continue
        if (state !== 'removed' && state !== 'absent') continue
        try {
          this.#withParents(child, childId)
          this.#children(child, childId)
        } catch (error) {
          // Something has taken its place. The row itself is back all the same.
          if (!(error instanceof CrdtError)) throw error
          this.done.left += 1
        }
      }
    }
  }

  /** Puts in the trash what was not there then. */
  #takeAway(table: SQLiteTable, rowId: RowId): void {
    const shape = this.#space.schema.shape(table)
    const [was, is] = [this.#then.stored(shape, rowId), this.#space.stored(shape, rowId)]
    if (was.state === 'live' || was.state === 'hidden') return
    if (is.state === 'absent' || this.#space.isRemoved(shape, rowId)) return
    this.#space.remove(table, rowId)
    this.done.removed += 1
  }

  #bringBack(table: SQLiteTable, rowId: RowId): void {
    const shape = this.#space.schema.shape(table)
    const [was, is] = [this.#then.stored(shape, rowId), this.#space.stored(shape, rowId)]
    if (was.state === 'hidden' && is.state !== 'hidden') this.done.left += 1
    if (was.state !== 'live') return
    if (is.state === 'absent') {
      const values = shape.columns.map(({ property }, index) => [property, was.cells[index]])
      this.#space.insert(table, { ...Object.fromEntries(values), id: rowId })
    } else this.#space.restore(table, rowId)
    const isBack = is.state === 'absent' || is.state === 'removed'
    const isWritten = this.#write(table, rowId)
    if (isBack) this.done.broughtBack += 1
    else if (isWritten) this.done.changed += 1
  }

  /** Writes the cells that differ. Returns whether there were any. */
  #write(table: SQLiteTable, rowId: RowId, properties?: readonly string[]): boolean {
    const shape = this.#space.schema.shape(table)
    const [was, is] = [this.#then.stored(shape, rowId), this.#space.stored(shape, rowId)]
    if (was.state === 'absent' || was.state === 'hidden') throw new RowNotFoundError(shape.name, rowId)
    const patch: Record<string, CellValue> = {}
    const texts: ColumnShape[] = []
    for (const [index, column] of shape.columns.entries()) {
      const { property, kind } = column
      if (properties && !properties.includes(property)) continue
      if (kind === 'richText') {
        if (!this.#hasSameText(table, rowId, property)) texts.push(column)
      } else {
        const value = was.cells[index] ?? null
        const isHeld = 'cells' in is && isSameValue(is.cells[index] ?? null, value)
        if (!isHeld && !isOfKey(shape, property)) patch[property] = value
      }
    }
    if (Object.keys(patch).length > 0) this.#space.update(table, rowId, patch)
    for (const { property } of texts)
      this.#space.writeText(table, rowId, property, this.#then.runs(table, rowId, property))
    return Object.keys(patch).length + texts.length > 0
  }

  #hasSameText(table: SQLiteTable, rowId: RowId, property: string): boolean {
    return isSameText(this.#then.runs(table, rowId, property), this.#space.runs(table, rowId, property))
  }
}

const isOfKey = ({ keyProperties }: TableShape, property: string) => keyProperties.includes(property)
