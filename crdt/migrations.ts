import { Gradual, pausing } from './gradual.ts'
import { MigratedKeys, MigratedRow } from './migrated-row.ts'
import type { Place } from './place.ts'
import { type ProjectedRow, projectCell, type ReadAs } from './projection.ts'
import type { GivenRows, RowMap, RowParts } from './row-parts.ts'
import {
  type CellValue,
  type ColumnShape,
  cellProblem,
  isRegister,
  type MigrationShape,
  migratedId,
  type Schema,
  type TableShape,
} from './schema/index.ts'
import type { Stamps } from './stamps.ts'

/** Rows that are read within a moment: an application's function looks at each. */
const ROWS_AT_ONCE = 200

/** A row that a migration reads in another. */
interface GivenRow extends Place {
  readonly source: Place
  readonly keys: MigratedKeys
  readonly readAs: ReadAs
}

/** Where rows are read. */
interface ReadRows {
  of(shape: TableShape): RowParts
  stored(shape: TableShape, rowId: string): ProjectedRow
}

/**
 * The migrations of a schema: which rows they read in others, without writing anything.
 *
 * What is given is worked out when somebody first asks, and follows the rows that it is told of. A schema without
 * migrations costs nothing.
 */
export class Migrations {
  readonly #rows: ReadRows
  readonly #stamps: Stamps
  /** Migrations to another table, and to the same, by the table they start from. */
  readonly #outgoing: ReadonlyMap<TableShape, readonly MigrationShape[]>
  readonly #own: ReadonlyMap<TableShape, readonly MigrationShape[]>
  readonly #given = new Map<TableShape, Map<string, GivenRow>>()
  readonly #bySource = new Map<TableShape, Map<string, readonly GivenRow[]>>()
  /** By id, which tells the migration and the row that is read. */
  readonly #affected = new Map<string, Place>()
  readonly #building = new Gradual(this.#build())

  constructor({ migrations }: Schema, rows: ReadRows, stamps: Stamps) {
    this.#rows = rows
    this.#stamps = stamps
    const [own, outgoing] = [
      migrations.filter(({ from, to }) => from === to),
      migrations.filter(({ from, to }) => from !== to),
    ]
    this.#own = Map.groupBy(own, ({ from }) => from)
    this.#outgoing = Map.groupBy(outgoing, ({ from }) => from)
    for (const { to } of outgoing) this.#given.set(to, new Map())
  }

  /** The rows of a table that migrations give; nothing when none can. */
  givenTo(shape: TableShape): GivenRows | undefined {
    const given = this.#given.get(shape)
    if (!given) return undefined
    return {
      ids: () => {
        this.#building.finish()
        return given.keys()
      },
      of: (rowId) => {
        this.#building.finish()
        const row = given.get(rowId)
        if (!row) return []
        const { source, keys } = row
        return this.#rows
          .of(source.shape)
          .of(source.rowId)
          .map((part) => new MigratedRow(part, keys))
      },
    }
  }

  /** Has to be done before anybody follows the space. */
  get building(): Gradual {
    return this.#building
  }

  *#build(): Generator<void> {
    for (const shape of this.#outgoing.keys()) {
      yield* pausing(this.#rows.of(shape).rowIds(), ROWS_AT_ONCE, (rowId) => this.#give({ shape, rowId }))
    }
  }

  /** How a row is read because of migrations; nothing for most. */
  readAs(shape: TableShape, rowId: string, parts: readonly RowMap[]): ReadAs | undefined {
    const own = this.#own.get(shape)
    const rows = this.#given.get(shape)
    if (!own && !rows) return undefined
    const given = parts[0] instanceof MigratedRow ? rows?.get(rowId)?.readAs : undefined
    if (!own || parts.length === 0) return given
    let readAs: ReadAs = given ?? { columns: shape.columns }
    for (const migration of own) {
      const cells = readAs.columns.map((column) => projectCell(column, parts, this.#stamps))
      const [row] = rowsOf(migration, rowOf(shape, rowId, cells))
      if (row) readAs = { ...readAs, ...withValues(readAs.columns, row) }
    }
    return readAs
  }

  /** The row in which a row is read; nothing for one that stands by itself. */
  sourceOf(shape: TableShape, rowId: string): Place | undefined {
    const given = this.#given.get(shape)
    if (!given) return undefined
    const [part] = this.#rows.of(shape).of(rowId)
    return part instanceof MigratedRow ? given.get(rowId)?.source : undefined
  }

  /** Takes note that a row has been written to. Returns the rows that may read otherwise because of it. */
  touch(shape: TableShape, rowId: string): readonly Place[] {
    if (!this.#building.hasBegun || !this.#outgoing.has(shape)) return NOWHERE
    const before = this.#bySource.get(shape)?.get(rowId) ?? []
    const after = this.#give({ shape, rowId })
    const places = new Map([...before, ...after].map((row): [string, Place] => [row.rowId, row]))
    for (const [id, place] of places) this.#affected.set(id, place)
    return [...places.values()].flatMap((place) => [place, ...this.touch(place.shape, place.rowId)])
  }

  /** All that this has been said of in the transaction that is ending, also what is not given any more. */
  takeAffected(): Place[] {
    const places = [...this.#affected.values()]
    this.#affected.clear()
    return places
  }

  /** Reads a row anew. */
  #give(source: Place): readonly GivenRow[] {
    const { shape, rowId } = source
    const known = this.#bySource.get(shape) ?? new Map<string, readonly GivenRow[]>()
    this.#bySource.set(shape, known)
    for (const row of known.get(rowId) ?? []) this.#given.get(row.shape)?.delete(row.rowId)
    const given = this.#read(source)
    for (const row of given) this.#given.get(row.shape)?.set(row.rowId, row)
    if (given.length > 0) known.set(rowId, given)
    else known.delete(rowId)
    return given
  }

  #read(source: Place): GivenRow[] {
    const { shape, rowId } = source
    const row = this.#rows.stored(shape, rowId)
    if (row.state !== 'live' && row.state !== 'removed') return []
    const removedAt = row.state === 'removed' ? row.removedAt : undefined
    return (this.#outgoing.get(shape) ?? []).flatMap((migration) => {
      const { id, to } = migration
      return rowsOf(migration, rowOf(shape, rowId, row.cells)).map((made) => ({
        shape: to,
        rowId: migratedId(id, rowId, made.name),
        source,
        keys: new MigratedKeys(migration, made.name),
        readAs: { removedAt, ...withValues(to.columns, made) },
      }))
    })
  }
}

const NOWHERE: readonly Place[] = []

interface MadeRow {
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
  readonly problem?: string
}

const rowOf = (
  { columns }: TableShape,
  id: string,
  cells: readonly CellValue[],
): Record<string, unknown> => ({
  ...Object.fromEntries(columns.map(({ property }, index) => [property, cells[index] ?? null])),
  id,
})

/** What an application's function makes of a row. It must not take down the projection: a row that it fails on is hidden. */
function rowsOf({ id, rows }: MigrationShape, row: Record<string, unknown>): MadeRow[] {
  try {
    const made = new Map<string, MadeRow>()
    for (const { name: given = '', values = {} } of rows(structuredClone(row))) {
      // Half a character, as cutting a text may leave, can be in no key.
      const name = given.toWellFormed()
      const problem = made.has(name) ? `migration: "${id}" makes two rows with one name` : undefined
      made.set(name, { name, values, ...(problem && { problem }) })
    }
    return [...made.values()]
  } catch (error) {
    return [{ name: '', values: {}, problem: `migration: "${id}" failed: ${String(error)}` }]
  }
}

/** Columns that read these values where nobody has written any. */
function withValues(
  columns: readonly ColumnShape[],
  { values, problem }: MadeRow,
): { columns: readonly ColumnShape[]; problem?: string } {
  const problems = problem ? [problem] : []
  const properties = new Set(columns.map(({ property }) => property))
  for (const property of Object.keys(values)) {
    if (!properties.has(property)) problems.push(`migration: "${property}" is not a column of this table`)
  }
  const read = columns.map((column) => {
    const value = Object.hasOwn(values, column.property) ? values[column.property] : undefined
    if (value === undefined) return column
    const wrong = isRegister(column) ? cellProblem(column, value) : 'can only be moved'
    if (wrong) problems.push(`migration: ${column.name} ${wrong}`)
    return wrong ? column : { ...column, defaultValue: value as CellValue }
  })
  return problems[0] === undefined ? { columns: read } : { columns: read, problem: problems[0] }
}
