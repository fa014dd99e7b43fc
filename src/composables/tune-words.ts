import { GENRES, MODES, REFERENCE_TYPES, TUNE_TYPES } from 'segue/tables'
import type { SelectOption } from '../components/ui/index.ts'

const plain = (word: string): SelectOption => ({ value: word, label: word })
const named = ({ id, name }: { id: string; name: string }): SelectOption => ({ value: id, label: name })

export const TYPE_OPTIONS = TUNE_TYPES.map(named)
export const MODE_OPTIONS = MODES.map(plain)
export const GENRE_OPTIONS = GENRES.map(named)

const REFERENCE_NAMES: Readonly<Record<(typeof REFERENCE_TYPES)[number], string>> = {
  website: 'Website',
  audio: 'Recording',
  video: 'Video',
  'sheet-music': 'Sheet music',
  article: 'Article',
  social: 'Social media',
  lesson: 'Lesson',
  other: 'Other',
}
export const REFERENCE_OPTIONS = REFERENCE_TYPES.map((value) => ({ value, label: REFERENCE_NAMES[value] }))

const TYPE_NAMES = new Map<string, string>(TUNE_TYPES.map(({ id, name }) => [id, name]))

/** A tune's type for people. Types that only somebody else's import knows are shown as they are. */
export const typeName = (type: string | null): string => (type === null ? '' : (TYPE_NAMES.get(type) ?? type))

export const referenceName = (type: string | null): string =>
  REFERENCE_OPTIONS.find(({ value }) => value === type)?.label ?? 'Link'

/** 1,234 */
export const whole = (count: number): string => count.toLocaleString('en')

/** “12 tunes”, “1 tune”. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${count === 1 ? one : many}`
