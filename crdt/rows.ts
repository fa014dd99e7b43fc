import type * as Y from 'yjs'
import { readRegister } from './cells.ts'
import { Migrations } from './migrations.ts'
import { lastModification, laterOf, type Modification } from './modification.ts'
import { type ProjectedRow, projectRow, REMOVED_AT, type ReadAs } from './projection.ts'
import { type RowMap, RowParts } from './row-parts.ts'
import type { ColumnShape, Schema, TableShape } from './schema/index.ts'
import type { Stamps } from './stamps.ts'

/** Reads the rows of a document, each by itself: what constraints make of it among the others is another matter. */
export class Rows {
  readonly tables: ReadonlyMap<TableShape, RowParts>
  readonly migrations: Migrations
  readonly #stamps: Stamps

  constructor(doc: Y.Doc, schema: Schema, stamps: Stamps) {
    this.#stamps = stamps
    this.migrations = new Migrations(schema, this, stamps)
    this.tables = new Map(
      schema.shapes.map((shape) => [
        shape,
        new RowParts(doc.getMap(shape.storedAs), this.migrations.givenTo(shape)),
      ]),
    )
  }

  /** The rows of a table. */
  of(shape: TableShape): RowParts {
    const rows = this.tables.get(shape)
    if (!rows) throw new TypeError(`The shape of "${shape.name}" belongs to another schema.`)
    return rows
  }

  stored(shape: TableShape, rowId: string, parts = this.of(shape).of(rowId)): ProjectedRow {
    return projectRow(shape, parts, this.#stamps, this.readAs(shape, rowId, parts))
  }

  /** How a row is read otherwise than its table; nothing for most. */
  readAs(shape: TableShape, rowId: string, parts: readonly RowMap[]): ReadAs | undefined {
    return this.migrations.readAs(shape, rowId, parts)
  }

  /** The columns of a row, with the defaults that they have in it. */
  columns(shape: TableShape, rowId: string, parts: readonly RowMap[]): readonly ColumnShape[] {
    return this.readAs(shape, rowId, parts)?.columns ?? shape.columns
  }

  /** Whether a row is in the trash, complete or not. */
  isRemoved(shape: TableShape, rowId: string, parts = this.of(shape).of(rowId)): boolean {
    if (typeof readRegister(parts, REMOVED_AT, this.#stamps) === 'string') return true
    return this.readAs(shape, rowId, parts)?.removedAt !== undefined
  }

  modification(shape: TableShape, rowId: string, parts = this.of(shape).of(rowId)): Modification {
    const own = lastModification(parts, this.#stamps)
    const source = this.migrations.sourceOf(shape, rowId)
    return source ? laterOf(own, this.modification(source.shape, source.rowId)) : own
  }

  /** Who last changed each cell, by property. What nobody has written in a row that is read in another is as old as that. */
  attribution(shape: TableShape, rowId: string): Map<string, Modification> {
    const parts = this.of(shape).of(rowId)
    const source = this.migrations.sourceOf(shape, rowId)
    const otherwise = source && this.modification(source.shape, source.rowId)
    return new Map(
      shape.columns.map(({ property, storedAs }) => {
        const own = lastModification(parts, this.#stamps, storedAs)
        return [property, own.at === null && otherwise ? otherwise : own]
      }),
    )
  }
}
