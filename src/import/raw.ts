import type { ImportProblem } from './types.ts'

/** A row as a file has it: values by column name in lower case with underscores. */
export type RawRow = ReadonlyMap<string, unknown>

/** A table as a file has it. */
export interface RawTable {
  readonly file: string
  readonly name: string
  readonly rows: readonly RawRow[]
  /** What reading the file's format has found. */
  readonly problems?: readonly ImportProblem[]
}

/** Tables whose ids refer to each other, and to nothing outside. */
export interface RawGroup {
  /** Set where the format decides it (ABC); else the profile in the file does, or the caller. */
  readonly source?: string
  readonly tables: readonly RawTable[]
}

/** Other names that exports and people give to a column. */
const ALIASES: Readonly<Record<string, string>> = {
  name: 'title',
  key: 'mode',
  rhythm: 'type',
  tune_type: 'type',
  year: 'release_year',
  foreign_id: 'id_foreign',
  link: 'url',
  tune_id: 'tune_ref',
  playlist_id: 'playlist_ref',
  text: 'note_text',
  tag: 'tag_text',
}

/** “Release Year” → `release_year`. */
export const columnName = (header: string): string =>
  header
    .normalize('NFC')
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')

/** A value by its column's name, or by another name of that column. */
export function valueIn(row: RawRow, column: string): unknown {
  if (row.has(column)) return row.get(column)
  for (const [alias, meant] of Object.entries(ALIASES)) {
    if (meant === column && row.has(alias)) return row.get(alias)
  }
  return undefined
}

const isOneOf = (columns: ReadonlySet<string>, ...names: string[]) => names.some((name) => columns.has(name))

/** Which table the columns of a row belong to; `undefined` when they fit none. */
export function recognisedTable(headers: Iterable<string>): string | undefined {
  const columns = new Set(headers)
  const hasTune = isOneOf(columns, 'tune_ref', 'tune_id')
  const hasPlaylist = isOneOf(columns, 'playlist_ref', 'playlist_id')
  if (isOneOf(columns, 'window_start_utc', 'queue_date')) return 'daily_practice_queue'
  if (hasTune) {
    if (isOneOf(columns, 'practiced', 'quality')) return 'practice_record'
    if (isOneOf(columns, 'note_text', 'text')) return 'note'
    if (isOneOf(columns, 'url', 'link')) return 'reference'
    if (isOneOf(columns, 'tag_text', 'tag')) return 'tag'
    if (hasPlaylist) return 'playlist_tune'
    if (columns.has('user_ref')) return 'tune_override'
  }
  if (columns.has('playlist_id')) return 'playlist'
  if (isOneOf(columns, 'email', 'user_id')) return 'user_profile'
  if (columns.has('instrument')) return 'instrument'
  return isOneOf(columns, 'title', 'name') ? 'tune' : undefined
}
