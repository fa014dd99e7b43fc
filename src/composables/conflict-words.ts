import { GENRE_OPTIONS, referenceName, typeName } from './tune-words.ts'
import { whenWords } from './when-words.ts'

/** Columns by table, in the words of people. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tune: {
    title: 'Title',
    type: 'Type',
    mode: 'Key and mode',
    structure: 'Structure',
    incipit: 'Incipit',
    genre: 'Genre',
    composer: 'Composer',
    artist: 'Learned from',
    release_year: 'Year',
  },
  playlist: { name: 'Name of the list', instrument_ref: 'Instrument', genre_default: 'Genre' },
  playlist_tune: {
    position: 'Place on the list',
    goal: 'Goal',
    learned: 'Learned on',
    current: 'Practised on',
    scheduled: 'Next practice',
  },
  note: { public: 'Note: for everybody', favorite: 'Note: favourite', display_order: 'Note: order' },
  reference: {
    url: 'Link: address',
    title: 'Link: title',
    comment: 'Link: comment',
    ref_type: 'Link: kind',
    display_order: 'Link: order',
  },
}

/** What a column is called, also one that only a later version of the app knows. */
export function fieldName(tableName: string, columnName: string): string {
  const plain = columnName.replace(/_ref$/, '').replaceAll('_', ' ')
  return FIELDS[tableName]?.[columnName] ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/**
 * A value as people read it.
 *
 * @param json   as the mirror keeps it
 * @param place  on its list, where the value is one
 */
export function valueWords(column: string, json: string, place: number | null = null): string {
  if (place !== null) return `Place ${place}`
  const value: unknown = JSON.parse(json)
  if (value === null || value === '') return 'Nothing'
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  if (column === 'tune.type') return typeName(text)
  if (column === 'tune.genre') return GENRE_OPTIONS.find((genre) => genre.value === text)?.label ?? text
  if (column === 'reference.ref_type') return referenceName(text)
  if (column === 'playlist_tune.goal') return text.replaceAll('_', ' ')
  return INSTANT.test(text) ? whenWords(text) : text
}
