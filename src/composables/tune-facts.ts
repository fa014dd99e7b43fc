import type { OwnFact } from '../actions/index.ts'
import type { SelectOption } from '../components/ui/index.ts'
import { GENRE_OPTIONS, MODE_OPTIONS, TYPE_OPTIONS } from './tune-words.ts'

/** A fact of a tune as forms show it. */
export interface TuneFact {
  readonly key: OwnFact
  readonly label: string
  /** What can be chosen; other facts are typed. */
  readonly options?: readonly SelectOption[]
  readonly wide?: boolean
}

/** The facts of a tune in the order of its page. */
export const TUNE_FACTS: readonly TuneFact[] = [
  { key: 'title', label: 'Title', wide: true },
  { key: 'incipit', label: 'Incipit', wide: true },
  { key: 'type', label: 'Type', options: TYPE_OPTIONS },
  { key: 'mode', label: 'Key and mode', options: MODE_OPTIONS },
  { key: 'genre', label: 'Genre', options: GENRE_OPTIONS },
  { key: 'structure', label: 'Structure' },
  { key: 'composer', label: 'Composer' },
  { key: 'artist', label: 'Learned from' },
  { key: 'releaseYear', label: 'Year' },
]

/** What a typed or chosen text means as the value of a fact, or a sentence about what is wrong with it. */
export function factValue(
  key: OwnFact,
  text: string,
): { value: string | number | null } | { problem: string } {
  const typed = text.trim()
  if (key === 'title' && typed === '') return { problem: 'A tune needs a title.' }
  if (key !== 'releaseYear' || typed === '') return { value: typed || null }
  return /^\d{3,4}$/.test(typed)
    ? { value: Number(typed) }
    : { problem: 'Give the year in digits, like 1978.' }
}
