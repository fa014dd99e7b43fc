import type { CellValue } from './cell-value.ts'
import type { ColumnKind, ColumnShape, TableShape } from './shapes.ts'

/**
 * The Postgres type of each kind of column. Rows in a document, in SQLite and in a Postgres table of these types say the
 * same: `toPostgres` and `fromPostgres` lose nothing.
 *
 * @see https://www.postgresql.org/docs/current/datatype.html
 */
export const POSTGRES_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  enum: 'text',
  richText: 'text',
  // Compared by code points, as everywhere else.
  orderKey: 'text COLLATE "C"',
  integer: 'bigint',
  counter: 'bigint',
  bigWhole: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  instant: 'timestamptz',
  localDate: 'date',
  stringSet: 'text[]',
  json: 'jsonb',
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `CREATE TABLE` for rows of many spaces, with the columns that every table has. */
export function postgresDdl(shape: TableShape): string {
  const columns = shape.columns.map(
    ({ name, kind, notNull }) => `${quoted(name)} ${POSTGRES_TYPES[kind]}${notNull ? ' NOT NULL' : ''}`,
  )
  return `CREATE TABLE ${quoted(shape.name)} (
  ${[
    'space_id uuid NOT NULL',
    'id text NOT NULL',
    'last_modified_at timestamptz',
    'last_modified_by text',
    ...columns,
    'PRIMARY KEY (space_id, id)',
  ].join(',\n  ')}
)`
}

/**
 * A cell as a parameter of a statement, or a value in the JSON of PostgREST.
 *
 * A shared text may hold characters that no Postgres text can (U+0000, half a character); they are left out.
 */
export function toPostgres({ kind }: ColumnShape, cell: CellValue): unknown {
  if (cell === null) return null
  if (kind === 'json') return JSON.stringify(cell)
  if (kind === 'bigWhole') return String(cell)
  if (kind === 'richText') return String(cell).replaceAll('\u0000', '').toWellFormed()
  return cell
}

/** A cell from the JSON that Postgres and PostgREST make of it; 64-bit integers are asked for as text (`column::text`). */
export function fromPostgres({ kind }: ColumnShape, value: unknown): CellValue {
  if (value === null || value === undefined) return null
  switch (kind) {
    case 'bigWhole':
      return BigInt(String(value))
    case 'instant':
      return new Date(String(value)).toISOString()
    default:
      return value as CellValue
  }
}
