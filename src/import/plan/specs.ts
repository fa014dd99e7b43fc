import type { CellValue } from 'segue/crdt'
import type { ImportedTable } from '../types.ts'

/** A row's cells while they are read. */
export type Cells = Record<string, CellValue>

/** What sets one table apart from the others. */
export interface TableSpec {
  /** Columns that may hold the legacy id, the first that is there counts. */
  readonly idColumns: readonly string[]
  readonly tuneLink?: 'required'
  readonly playlistLink?: 'required' | 'optional'
  /** Whose row it is goes into `userRef`. */
  readonly owned?: 'always' | 'if said'
  /**
   * What makes two rows the same, from cells with new ids. `undefined` when only the legacy id does. The new id is
   * made from it too, so that an export without ids comes to the same rows.
   */
  readonly key?: (cells: Cells) => string | undefined
  /** Names the key in a message: “is the same … as row 5”. */
  readonly same: string
  /** Columns by which rows stand in their place, in hand-made order. */
  readonly orderColumns?: readonly string[]
}

const text = (value: CellValue | undefined): string =>
  value === undefined || value === null ? '' : String(value)

/** A tune that has no id is its title, type and key. */
export const tuneFacts = ({ title, type, mode }: Readonly<Cells>): string =>
  [title, type, mode].map(text).join('|').toLowerCase()

export const SPECS: Readonly<Record<ImportedTable, TableSpec>> = {
  tune: { idColumns: ['id', 'tune_id'], same: 'tune' },
  playlist: { idColumns: ['playlist_id', 'repertoire_id', 'id'], owned: 'always', same: 'playlist' },
  playlist_tune: {
    idColumns: [],
    tuneLink: 'required',
    playlistLink: 'required',
    key: ({ playlistRef, tuneRef }) => `${text(playlistRef)}:${text(tuneRef)}`,
    same: 'tune on the same playlist',
    orderColumns: ['position', 'order_index', 'display_order', 'sort_order'],
  },
  note: { idColumns: ['id'], tuneLink: 'required', playlistLink: 'optional', owned: 'if said', same: 'note' },
  reference: { idColumns: ['id'], tuneLink: 'required', owned: 'if said', same: 'reference' },
  tag: {
    idColumns: ['tag_id', 'id'],
    tuneLink: 'required',
    owned: 'always',
    key: ({ tuneRef, tagText }) => `${text(tuneRef)}:${text(tagText)}`,
    same: 'tag on the same tune',
  },
  practice_record: {
    idColumns: ['id'],
    tuneLink: 'required',
    playlistLink: 'required',
    key: ({ playlistRef, tuneRef, practiced }) =>
      typeof practiced === 'string' ? `${text(playlistRef)}:${text(tuneRef)}:${practiced}` : undefined,
    same: 'tune, playlist and time',
  },
  tune_override: {
    idColumns: [],
    tuneLink: 'required',
    owned: 'always',
    key: ({ tuneRef }) => text(tuneRef),
    same: 'tune',
  },
}

/** The name of a row that has neither a legacy id nor a key: what it says. */
export function contentKey(table: ImportedTable, cells: Readonly<Cells>): string {
  if (table === 'tune') return tuneFacts(cells)
  if (table === 'playlist') return text(cells.name).toLowerCase()
  return JSON.stringify(Object.entries(cells).sort(([a], [b]) => (a < b ? -1 : 1)))
}
