import type { ImportedTable, ImportProblem, PlannedRow, TableCounts } from '../import/index.ts'
import { typeName } from './tune-words.ts'

/** Tables as people call what is in them. */
export const TABLE_WORDS: Readonly<Record<ImportedTable, string>> = {
  tune: 'Tunes',
  playlist: 'Playlists',
  playlist_tune: 'Tunes on playlists',
  note: 'Notes',
  reference: 'References',
  tag: 'Tags',
  practice_record: 'Practice records',
  tune_override: 'Own versions of tunes',
}

const COUNT_WORDS: readonly (readonly [key: keyof TableCounts, words: string])[] = [
  ['insert', 'new'],
  ['update', 'filled in'],
  ['unchanged', 'already here'],
  ['inTrash', 'in your trash'],
  ['skipped', 'left out'],
]

/** “217 new · 3 left out”. */
export const countWords = (counts: TableCounts): string =>
  COUNT_WORDS.filter(([key]) => counts[key] > 0)
    .map(([key, words]) => `${counts[key].toLocaleString('en')} ${words}`)
    .join(' · ')

/** “practice.sqlite, note, row 44, tune_ref”. */
export const placeOf = ({ file, table, row, column }: ImportProblem): string =>
  [file, table, row > 0 ? `row ${row}` : '', column ?? ''].filter(Boolean).join(', ')

/** A planned tune as lists show it. */
export function plannedTune({ id, cells }: PlannedRow): { id: string; title: string; facts: string } {
  const text = (property: string): string => {
    const value = cells[property]
    return typeof value === 'string' ? value : ''
  }
  const facts = [typeName(text('type') || null), text('mode')].filter(Boolean).join(' · ')
  return { id, title: text('title'), facts }
}
