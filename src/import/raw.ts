import { IMPORTED_TABLES, type ImportProblem } from './types.ts'

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
  /** Set where the format decides it (ABC); else the profile in the file does, or the file's name. */
  readonly source?: string
  readonly tables: readonly RawTable[]
  readonly problems?: readonly ImportProblem[]
}

/** Tables that explain others: they are read, and nothing of them is written. */
const EXPLAINING_TABLES = ['user_profile', 'instrument', 'genre', 'daily_practice_queue']

/** Other names that exports give to a table. */
const TABLE_ALIASES: Readonly<Record<string, string>> = {
  tunes: 'tune',
  playlists: 'playlist',
  repertoire: 'playlist',
  repertoires: 'playlist',
  playlist_tunes: 'playlist_tune',
  repertoire_tune: 'playlist_tune',
  notes: 'note',
  references: 'reference',
  tags: 'tag',
  practice_records: 'practice_record',
  tune_overrides: 'tune_override',
  users: 'user_profile',
  user: 'user_profile',
  profile: 'user_profile',
  instruments: 'instrument',
  genres: 'genre',
  practice_queue: 'daily_practice_queue',
}

const KNOWN_TABLES = new Set<string>([...IMPORTED_TABLES, ...EXPLAINING_TABLES])

/** The table that is meant by a name, or `undefined` when none of ours is. */
export function knownTable(name: string): string | undefined {
  const plain = columnName(name)
  if (KNOWN_TABLES.has(plain)) return plain
  return Object.hasOwn(TABLE_ALIASES, plain) ? TABLE_ALIASES[plain] : undefined
}

/** Other names that exports and people give to a column. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  title: ['name'],
  name: ['title'],
  mode: ['key'],
  type: ['rhythm', 'tune_type'],
  release_year: ['year'],
  id_foreign: ['foreign_id'],
  url: ['link'],
  tune_ref: ['tune_id'],
  playlist_ref: ['playlist_id', 'repertoire_ref', 'repertoire_id'],
  note_text: ['text', 'note'],
  tag_text: ['tag', 'text'],
  user_ref: ['user_id'],
  instrument_ref: ['instrument'],
}

/** “Release Year” → `release_year`. */
export const columnName = (header: string): string =>
  header
    .normalize('NFC')
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')

/** A value by its column's name, or by another name of that column. */
export function valueIn(row: RawRow, column: string): unknown {
  for (const name of [column, ...(ALIASES[column] ?? [])]) if (row.has(name)) return row.get(name)
  return undefined
}

/** Which table the columns of a row belong to; `undefined` when they fit none. */
export function recognisedTable(headers: Iterable<string>): string | undefined {
  const columns = new Set(headers)
  const has = (...names: string[]) => names.some((name) => columns.has(name))
  if (has('window_start_utc', 'queue_date')) return 'daily_practice_queue'
  if (has('tune_ref', 'tune_id')) {
    if (has('practiced', 'quality')) return 'practice_record'
    if (has('note_text', 'text')) return 'note'
    if (has('url', 'link')) return 'reference'
    if (has('tag_text', 'tag')) return 'tag'
    if (has('playlist_ref', 'playlist_id')) return 'playlist_tune'
    if (has('user_ref')) return 'tune_override'
  }
  if (has('playlist_id')) return 'playlist'
  if (has('title')) return 'tune'
  if (has('email', 'supabase_user_id')) return 'user_profile'
  if (has('instrument')) return 'instrument'
  return has('name') ? 'tune' : undefined
}
