import type { InferSelectModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError } from '../errors.ts'
import { stableId } from '../ids.ts'
import type { ColumnShape, MigratedRow, MigrationShape, TableShape } from './shapes.ts'

/** How rows of an earlier table read as rows of a later one; see {@link migration}. */
export interface Migration {
  readonly id: string
  readonly from: SQLiteTable
  readonly to: SQLiteTable
  readonly moved: Readonly<Record<string, string>>
  readonly rows: (row: Readonly<Record<string, unknown>>) => readonly MigratedRow[]
}

/**
 * Declares that rows of one table have become rows of another, or that columns of a table follow from others of it.
 *
 * Nothing is written: the new rows are read from the old ones, on every device and in every order in the same way, and
 * what people then write into them is kept with the old ones. So an older app goes on with the old rows meanwhile, and
 * what it changes is seen. The old table and the columns that are read stay declared.
 *
 * @param id     part of the ids of the new rows: it never changes again
 * @param moved  columns whose cells *are* those of an old column, by properties: both apps write the same cell. The only
 *               way for shared texts, counters and sets, which would be doubled if they were copied
 * @param rows   the new rows that an old one gives; a pure function. Where `to` is `from`, of at most one row: the values
 *               that the row itself has in its new columns
 *
 * @example
 * const composers = migration({
 *   id: 'composers',
 *   from: tune,
 *   to: composer,
 *   moved: { about: 'composerNotes' },
 *   rows: (row) => (row.composer ? [{ values: { name: row.composer } }] : []),
 * })
 * const composerOfTune = migration({
 *   id: 'composer-of-tune',
 *   from: tune,
 *   to: tune,
 *   rows: (row) => (row.composer ? [{ values: { composerRef: migratedId('composers', row.id) } }] : []),
 * })
 * defineSchema({ tune, composer }, { migrations: [composers, composerOfTune] })
 */
export function migration<From extends SQLiteTable, To extends SQLiteTable>(declared: {
  readonly id: string
  readonly from: From
  readonly to: To
  readonly moved?: Readonly<
    Partial<Record<keyof InferSelectModel<To> & string, keyof InferSelectModel<From> & string>>
  >
  readonly rows: (row: SourceRow<From>) => readonly {
    readonly name?: string
    readonly values?: Partial<InferSelectModel<To>>
  }[]
}): Migration {
  const { moved = {}, rows, ...places } = declared
  return { ...places, moved: moved as Migration['moved'], rows: rows as unknown as Migration['rows'] }
}

type SourceRow<From extends SQLiteTable> = Omit<
  InferSelectModel<From>,
  'spaceId' | 'lastModifiedAt' | 'lastModifiedBy'
>

const MIGRATED = '0197a1f2-5b0e-7c64-9d2b-8a51f7c3e0d4'

/** The id of a row that a migration makes of another. */
export const migratedId = (migrationId: string, sourceId: string, name = ''): string =>
  stableId(MIGRATED, JSON.stringify([migrationId, sourceId, name]))

/** First character of the keys under which a row keeps cells of rows that it has become; no column's name has it. */
export const MIGRATED_MARK = '>'

/** What comes before the names of the columns in those keys. */
export const migratedPrefix = (migrationId: string, name: string): string =>
  [MIGRATED_MARK + migrationId, encodeURIComponent(name), ''].join(MIGRATED_MARK)

/** The migration that such a key, or the start of one, belongs to. */
export const migrationIdOf = (key: string): string => key.slice(1).split(MIGRATED_MARK, 1)[0] ?? ''

/**
 * Reads what a space needs from declared migrations.
 *
 * @throws {InvalidSchemaError} they name what is not there, or lead in a circle
 */
export function migrationShapes(
  migrations: readonly Migration[],
  shapeOf: (table: SQLiteTable) => TableShape,
): MigrationShape[] {
  const shapes: MigrationShape[] = []
  for (const { id, from, to, moved, rows } of migrations) {
    const place = `The migration "${id}"`
    const [source, target] = [shapeOf(from), shapeOf(to)]
    if (!/^[\w-]{1,60}$/.test(id))
      throw new InvalidSchemaError(`${place} needs an id of letters, digits and dashes.`)
    if (shapes.some((other) => other.id === id))
      throw new InvalidSchemaError(`Two migrations have the id "${id}".`)
    const isOwn = source === target
    if (!isOwn && target.keyProperties.length > 0) {
      throw new InvalidSchemaError(
        `${place} makes rows of "${target.name}", whose ids are a natural key. Take the key out; a unique key says the same.`,
      )
    }
    if (!isOwn && shapes.some((other) => other.from === target)) {
      throw new InvalidSchemaError(
        `${place} makes rows of "${target.name}", from which an earlier one starts. Put it before that one.`,
      )
    }
    if (isOwn && Object.keys(moved).length > 0) {
      throw new InvalidSchemaError(`${place} moves columns within a table: rename them with columnsStoredAs.`)
    }
    shapes.push({ id, from: source, to: target, moved: movedColumns(place, source, target, moved), rows })
  }
  return shapes
}

function movedColumns(
  place: string,
  from: TableShape,
  to: TableShape,
  moved: Migration['moved'],
): ReadonlyMap<ColumnShape, ColumnShape> {
  const columns = new Map<ColumnShape, ColumnShape>()
  for (const [property, sourceProperty] of Object.entries(moved)) {
    const [target, source] = [to.byProperty.get(property), from.byProperty.get(sourceProperty)]
    if (!target || !source) {
      throw new InvalidSchemaError(
        `${place} moves "${sourceProperty}" to "${property}": "${target ? from.name : to.name}" has no such column.`,
      )
    }
    if (target.kind !== source.kind) {
      throw new InvalidSchemaError(
        `${place} moves the ${source.kind} "${sourceProperty}" to the ${target.kind} "${property}": both must be of one kind.`,
      )
    }
    if ([...columns.values()].includes(source)) {
      throw new InvalidSchemaError(`${place} moves "${sourceProperty}" twice.`)
    }
    columns.set(target, source)
  }
  return columns
}
