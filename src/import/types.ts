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

/** Cells by property name. Columns with nothing to say are left out. */
export type PlannedCells = Readonly<Record<string, CellValue>>

/** One row, ready to be written. */
export interface PlannedRow {
  /** The row's new id; where a table has a natural key (tag, playlist_tune, tune_override), the key makes it. */
  readonly id: RowId
  /** What the row was called where it comes from; `undefined` when it had no id there. */
  readonly legacyId: string | undefined
  readonly file: string
  /** Row of its table in its file, counted from 1. */
  readonly row: number
  readonly cells: PlannedCells
}

/** Something in a file that could not be taken as it was. */
export interface ImportProblem {
  readonly file: string
  readonly table: string
  /** Row of the table, counted from 1; 0 for the whole table. */
  readonly row: number
  readonly column?: string | undefined
  /**
   * `error`: the row is left out. `warning`: it is imported, but for what the message says. `note`: nothing is
   * wrong, but somebody may wonder.
   */
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
}

/** Somebody whose rows are in the files. */
export interface LegacyPerson {
  /** Their id there, as text. */
  readonly id: string
  readonly name: string
  /** Rows that are theirs. */
  readonly rows: number
}

/** What an import would write, known before anything is written. */
export interface ImportPlan {
  /** Where the ids come from: the same source and legacy id always give the same new id. */
  readonly source: string
  /** Everybody whose rows are in the files, those with the most rows first. */
  readonly people: readonly LegacyPerson[]
  /** Whose rows these are; rows of the others are left out. `undefined` when the files name nobody. */
  readonly person: string | undefined
  readonly tables: Readonly<Record<ImportedTable, readonly PlannedRow[]>>
  /** Rows left out by reading: removed ones, duplicates, those of others and those with an error. */
  readonly skipped: Readonly<Record<ImportedTable, number>>
  readonly problems: readonly ImportProblem[]
}

/** Where an import goes. */
export interface ImportTarget {
  readonly library: Space
  /** Who will own the rows. */
  readonly owner: string
  /** Opens the space of a playlist, or makes it. Its id must be the given one. */
  playlistSpace(playlist: { readonly id: SpaceId; readonly name: string }): Promise<Space>
  /** The space of a playlist if there is one already; a preview makes none. */
  findPlaylist(id: SpaceId): Space | undefined
}

/**
 * How many rows of a table are new, get an empty cell filled, are there already, lie in the trash here (and stay
 * there), or are left out by reading.
 */
export interface TableCounts {
  insert: number
  update: number
  unchanged: number
  inTrash: number
  skipped: number
}

export type ImportCounts = Readonly<Record<ImportedTable, TableCounts>>

/** How far a long step has come. */
export interface ImportProgress {
  readonly done: number
  readonly total: number
}

/** For work that is cut into slices. */
export interface Slicing {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /** Lets the screen breathe between two slices; a parameter so that a test can own time. */
  readonly pause?: (() => Promise<void>) | undefined
}

const perTable = <T>(make: () => T): Record<ImportedTable, T> => ({
  tune: make(),
  playlist: make(),
  playlist_tune: make(),
  note: make(),
  reference: make(),
  tag: make(),
  practice_record: make(),
  tune_override: make(),
})

export const emptyRows = () => perTable<PlannedRow[]>(() => [])
export const noneSkipped = () => perTable(() => 0)
