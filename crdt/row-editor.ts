import { type Candidate, writeRegister } from './cells.ts'
import { choiceOf, effectiveRule } from './choice.ts'
import { type Conflicts, plainValue } from './conflicts.ts'
import type { Place } from './place.ts'
import { REMOVED_AT } from './projection.ts'
import { overwrite, type WrittenRow, writeCell } from './row-writer.ts'
import type { Rows } from './rows.ts'
import type { CellValue, ColumnShape, ConflictStrategy } from './schema/index.ts'
import type { Stamps } from './stamps.ts'
import type { Transactions } from './transactions.ts'

/** Writes cells of rows that are here already, and keeps a journal of it. What may be written is for others to say. */
export class RowEditor {
  readonly #rows: Rows
  readonly #stamps: Stamps
  readonly #conflicts: Conflicts
  readonly #transactions: Transactions

  constructor(rows: Rows, stamps: Stamps, conflicts: Conflicts, transactions: Transactions) {
    this.#rows = rows
    this.#stamps = stamps
    this.#conflicts = conflicts
    this.#transactions = transactions
  }

  /** A row to be written to. */
  row({ shape, rowId }: Place, parts = this.#rows.of(shape).of(rowId)): WrittenRow {
    const columns = this.#rows.columns(shape, rowId, parts)
    return { shape, rowId, parts, columns, stamps: this.#stamps, conflicts: this.#conflicts }
  }

  /** Writes a cell, unless it has the value already; says whether it did. */
  writeCell(row: WrittenRow, column: ColumnShape, value: CellValue): boolean {
    const written = writeCell(row, column, value)
    if (!written) return false
    const { journal } = this.#transactions
    if (!journal.isRead) return true
    const place = { table: row.shape.storedAs, rowId: row.rowId, column: column.storedAs }
    const { before } = written
    if (column.kind === 'counter')
      journal.add({ kind: 'count', ...place, by: Number(value) - Number(before) })
    else if (column.kind === 'stringSet') journal.addElements(place, before as string[], value as string[])
    else journal.add({ kind: 'set', ...place, before, after: value })
    return true
  }

  remove(place: Place, removedAt: string): void {
    const { shape, rowId } = place
    this.#transactions.write(place, () => {
      writeRegister(this.#rows.of(shape).of(rowId), REMOVED_AT, removedAt)
      this.#transactions.journal.add({ kind: 'remove', table: shape.storedAs, rowId })
    })
  }

  /** Takes a row out of the trash. One that is read in another comes back with it. */
  restore(place: Place): void {
    const { shape, rowId } = place
    const source = this.#rows.migrations.sourceOf(shape, rowId)
    if (source && this.#rows.isRemoved(source.shape, source.rowId)) this.restore(source)
    this.#transactions.write(place, () => {
      writeRegister(this.#rows.of(shape).of(rowId), REMOVED_AT, null)
      this.#transactions.journal.add({ kind: 'restore', table: shape.storedAs, rowId })
    })
  }

  /**
   * Writes what this device's strategy wants of values that have turned out to compete.
   *
   * @param isMine  whether this device has written a value
   */
  choose(
    place: Place,
    column: ColumnShape,
    strategy: ConflictStrategy,
    isMine: (value: Candidate) => boolean,
  ): void {
    const row = this.row(place)
    const rule = effectiveRule(column.conflicts, strategy)
    const choice = choiceOf(rule, this.#conflicts.contested(column, row.parts), isMine)
    if (!choice) return
    this.#transactions.write(row, () =>
      overwrite(row, column, plainValue(column, choice.value, choice.item), { isResolution: true, rule }),
    )
  }
}
