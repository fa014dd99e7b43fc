import type { CellValue, RowId, Space, SpaceId } from 'segue/crdt'

/** Largest file that is read, in bytes: it is held in memory several times over. */
export const MAX_FILE_BYTES = 200 * 1024 * 1024

/** A file as a browser or a command line has read it. */
export interface ImportFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The tables an import writes, parents before their children. */
export const IMPORTED_TABLES = [
  'tune',
  'playlist',
  'playlist_tune',
  'note',
  'reference',
  'tag',
  'practice_record',
  'tune_override',
] as const

export type ImportedTable = (typeof IMPORTED_TABLES)[number]

/** One row, ready to be written but for the person it will belong to. */
export interface PlannedRow {
  /** The row's id; for a natural key (tag, playlist_tune, tune_override) see `Space.insert` instead. */
  readonly id: RowId
  /** Row of its table in its file, counted from 1. */
  readonly row: number
  /** Cells by property name, each fit for its column. Columns with nothing to say are left out. */
  readonly cells: Readonly<Record<string, CellValue>>
}

/** Something in a file that could not be taken as it was. */
export interface ImportProblem {
  readonly file: string
  readonly table: string
  /** Row of the table, counted from 1; 0 for the whole table. */
  readonly row: number
  readonly column?: string | undefined
  /** `error`: the row is left out. `warning`: it is imported, but for what the message says. */
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** What an import would write, known before anything is written. */
export interface ImportPlan {
  /** Where the ids come from: the same source and legacy id always give the same new id. */
  readonly source: string
  readonly tables: Readonly<Record<ImportedTable, readonly PlannedRow[]>>
  /** Rows left out by reading: removed ones, duplicates, and those with an error. */
  readonly skipped: Readonly<Record<ImportedTable, number>>
  readonly problems: readonly ImportProblem[]
}

/** Where an import goes. */
export interface ImportTarget {
  readonly library: Space
  /** Opens the space of a playlist, or makes it. Its id must be the given one. */
  playlistSpace(playlist: { readonly id: SpaceId; readonly name: string }): Promise<Space>
  /** The space of a playlist if there is one already; a preview makes none. Left out: all playlists count as new. */
  findPlaylist?(id: SpaceId): Space | undefined
}

/** How many rows of a table are new, get an empty cell filled, are there already, or are left out. */
export interface TableCounts {
  insert: number
  update: number
  unchanged: number
  skipped: number
}

export type ImportCounts = Readonly<Record<ImportedTable, TableCounts>>
