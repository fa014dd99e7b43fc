import type { RowId, TableShape } from 'segue/crdt'
import type { SqlJsStatic } from 'sql.js'
import { OWN_TABLE_NAMES, quoted } from './ddl.ts'
import { FreshRows, type RowQuery } from './fresh-rows.ts'
import type { Mirror, RowProgress, SqlRow } from './mirror.ts'

/** Something of which a mirror does not say what its documents say: a row, or how a table or an index is declared. */
export interface Difference {
  readonly table: string
  /** Which row; nothing for a declaration. */
  readonly row?: { readonly spaceId: string; readonly rowId: string }
  /** What the mirror says, as JSON: nothing, or one entry, or several where one of its own tables has them. */
  readonly mirrored: readonly string[]
  readonly projected: readonly string[]
}

/** Rows that are compared at once: a few hundredths of a second of work. */
const SLICE = 250

/** Every table of a mirror, each row as JSON, in the order of the tables' keys. Equal mirrors have equal dumps. */
export function dump(mirror: Mirror): Map<string, string[]> {
  const names = mirror.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
  return new Map(
    names.map(({ name }) => {
      const table = String(name)
      return [table, mirror.query(`SELECT * FROM ${quoted(table)}`).map((row) => JSON.stringify(row))]
    }),
  )
}

/** Compares a mirror with the documents of its spaces: an empty list means that it is exact. */
export function verify(sql: SqlJsStatic, mirror: Mirror): Difference[] {
  const steps = verifying(sql, mirror)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * The same, some rows at a time. Between them spaces may change as they like: each row is compared as it is by then.
 *
 * @throws {MirrorStateError} the mirror was destroyed
 */
export function* verifying(sql: SqlJsStatic, mirror: Mirror): Generator<RowProgress, Difference[]> {
  const fresh = new FreshRows(sql, mirror.schema)
  const mirrored: RowQuery = (text, params) => mirror.query(text, params)
  try {
    // Documents that nobody has needed for a while are read first.
    for (const space of mirror.spaces) while (space.loadNext()) yield { done: 0, of: 1 }
    const found = declaredOtherwise(mirrored, fresh.query)
    const tables = new Set(mirrored('SELECT name FROM sqlite_schema').map(({ name }) => String(name)))
    const slices = slicesOf(mirror, tables)
    const of = slices.reduce((sum, { rowIds }) => sum + rowIds.size, 0)
    let done = 0
    for (const slice of slices) {
      const { spaceId, shape, rowIds } = slice
      const compare = () => differing(slice, tables, mirrored, fresh.query)
      const space = mirror.spaces.find(({ id }) => id === spaceId)
      found.push(...(space ? fresh.holding(space, shape, rowIds, compare) : compare()))
      done += rowIds.size
      yield { done, of }
    }
    return found
  } finally {
    fresh.close()
  }
}

/** Some rows of one table of a space. */
interface Slice {
  readonly spaceId: string
  readonly shape: TableShape
  readonly rowIds: ReadonlySet<RowId>
}

/** All rows that a document or the mirror knows. */
function slicesOf(mirror: Mirror, tables: ReadonlySet<string>): Slice[] {
  const slices: Slice[] = []
  for (const shape of mirror.schema.shapes) {
    const rows = new Map<string, Set<RowId>>(
      mirror.spaces.map((space) => [space.id, new Set(space.rowIds(shape))]),
    )
    for (const { table, idColumn, condition } of placesOf(shape, tables)) {
      const text = `SELECT space_id, ${idColumn} FROM ${quoted(table)} WHERE ${condition}`
      for (const [spaceId, rowId] of mirror.table(text).rows) {
        const known = rows.get(String(spaceId))
        if (known) known.add(String(rowId))
        else rows.set(String(spaceId), new Set([String(rowId)]))
      }
    }
    for (const [spaceId, all] of rows) {
      const rowIds = [...all]
      for (let at = 0; at < rowIds.length; at += SLICE)
        slices.push({ spaceId, shape, rowIds: new Set(rowIds.slice(at, at + SLICE)) })
    }
  }
  return slices
}

/** Where rows of a table of the schema are told of: in that itself, and in the mirror's own tables. */
const placesOf = (shape: TableShape, tables: ReadonlySet<string>) =>
  [
    { table: shape.name, idColumn: 'id', condition: '1' },
    ...OWN_TABLE_NAMES.map((table) => ({
      table,
      idColumn: 'row_id',
      condition: `table_name = '${shape.name.replaceAll("'", "''")}'`,
    })),
  ].filter(({ table }) => tables.has(table))

function differing(
  { spaceId, shape, rowIds }: Slice,
  tables: ReadonlySet<string>,
  mirrored: RowQuery,
  projected: RowQuery,
): Difference[] {
  const ids = [...rowIds]
  return placesOf(shape, tables).flatMap(({ table, idColumn, condition }) => {
    const text = `SELECT * FROM ${quoted(table)}
      WHERE ${condition} AND space_id = ? AND ${idColumn} IN (${ids.map(() => '?').join(', ')})`
    const read = (query: RowQuery) =>
      Map.groupBy(query(text, [spaceId, ...ids]), (row) => String(row[idColumn]))
    const [said, due] = [read(mirrored), read(projected)]
    return ids
      .map((rowId): Difference => {
        const [left, right] = [said.get(rowId) ?? [], due.get(rowId) ?? []]
        return { table, row: { spaceId, rowId }, mirrored: left.map(asJson), projected: right.map(asJson) }
      })
      .filter((each) => each.mirrored.join('\n') !== each.projected.join('\n'))
  })
}

/** Tables and indexes that are missing, too many, or other than they should be. */
function declaredOtherwise(mirrored: RowQuery, projected: RowQuery): Difference[] {
  const read = (query: RowQuery) =>
    new Map(
      query('SELECT tbl_name, type, name, sql FROM sqlite_schema WHERE sql NOT NULL').map((row) => [
        asJson(row),
        String(row.tbl_name),
      ]),
    )
  const [said, due] = [read(mirrored), read(projected)]
  return [
    ...[...said]
      .filter(([text]) => !due.has(text))
      .map(([text, table]) => ({ table, mirrored: [text], projected: [] })),
    ...[...due]
      .filter(([text]) => !said.has(text))
      .map(([text, table]) => ({ table, mirrored: [], projected: [text] })),
  ]
}

const asJson = (row: SqlRow): string => JSON.stringify(row)
