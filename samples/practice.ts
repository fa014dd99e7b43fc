/**
 * A practice database as an old program would have left it: integer ids, dates in several forms, and a few of the
 * flaws that such databases have. Everything in it is made up here; the same seed gives the same rows.
 */
import { generateTunes, type SampleTune, seeded } from './generate.ts'

type SampleCell = string | number | null | Uint8Array
interface SampleTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SampleCell[])[]
}
export type SampleTables = Readonly<Record<string, SampleTable>>

const TUNES = 220
const SEED = 11
const PERSON = 1
const LISTS = [
  { name: 'Kitchen fiddle', instrument: 1, genre: 'ITRAD', from: 0, count: 60 },
  { name: 'Whistle beginners', instrument: 3, genre: 'ITRAD', from: 40, count: 45 },
  { name: 'Ceilidh band', instrument: 1, genre: 'SCOTTISH', from: 90, count: 80 },
] as const
const INSTRUMENTS = ['fiddle', 'flute', 'tin whistle', 'concertina'] as const
const WORDS = ['session', 'beginner', 'slow', 'set opener', 'needs work']
const REMARKS = [
  'Slow the turn, watch the second ending.',
  'Learned by ear from Séamus at the summer school.',
  'Goes well after a jig in G.',
  'Second part an octave up the last time.',
  'The B part still falls apart above 90.',
]
/** Tunes the person had put into the bin of the old program. */
const REMOVED = new Set([207, 212, 216])
const FIRST_DAY = Date.UTC(2024, 8, 2, 18, 30)
const DAY = 86_400_000

/** The same moment as three versions of the old program wrote it. */
function written(ms: number, version: number): string {
  const iso = new Date(ms).toISOString()
  if (version === 0) return iso.slice(0, 19).replace('T', ' ')
  if (version === 1) return iso
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 16)}`
}

export const sampleTunes = (): SampleTune[] => generateTunes(TUNES, SEED)

/** All tables of the sample database. */
export function practiceTables(): SampleTables {
  const tunes = sampleTunes()
  const random = seeded(SEED)
  const pick = <T>(list: readonly T[], fallback: T): T => list[Math.floor(random() * list.length)] ?? fallback
  const listed = LISTS.flatMap(({ from, count }, list) =>
    Array.from({ length: count }, (_, index) => ({ playlist: list + 1, tune: from + index + 1 })),
  )
  const records = listed.flatMap(({ playlist, tune }, index) =>
    Array.from({ length: 1 + (index % 4) }, (_, round) => {
      const practised = FIRST_DAY + (index * 3 + round * 11) * DAY + (index % 50) * 60_000
      const interval = 2 ** (round + 1)
      const quality = 2 + Math.floor(random() * 4)
      return { playlist, tune, practised, due: practised + interval * DAY, interval, quality, round }
    }),
  )
  return {
    user_profile: {
      columns: ['id', 'name', 'email'],
      rows: [[PERSON, 'Demo Player', 'player@segue.example']],
    },
    genre: {
      columns: ['id', 'name', 'region'],
      rows: [
        ['ITRAD', 'Irish traditional', 'Ireland'],
        ['SCOTTISH', 'Scottish traditional', 'Scotland'],
      ],
    },
    instrument: {
      columns: ['id', 'instrument'],
      rows: INSTRUMENTS.map((name, index) => [index + 1, name]),
    },
    tune: {
      columns: ['id', 'title', 'type', 'structure', 'mode', 'incipit', 'genre', 'composer', 'deleted'],
      rows: tunes.map(({ title, type, structure, mode, incipit, genre }, index) => [
        ...[index + 1, title, type, structure, mode, incipit, genre, null],
        REMOVED.has(index + 1) ? 1 : 0,
      ]),
    },
    playlist: {
      columns: ['playlist_id', 'user_ref', 'name', 'instrument_ref', 'genre_default', 'sr_alg_type', 'deleted'],
      rows: LISTS.map(({ name, instrument, genre }, index) => [index + 1, PERSON, name, instrument, genre, 'fsrs', 0]),
    },
    playlist_tune: {
      columns: ['playlist_ref', 'tune_ref', 'current', 'learned', 'scheduled', 'goal', 'deleted'],
      rows: listed.map(({ playlist, tune }, index) => [
        ...[playlist, tune, null, index % 3 === 0 ? written(FIRST_DAY + index * DAY, 0) : null, null, 'recall', 0],
      ]),
    },
    note: {
      columns: ['id', 'user_ref', 'tune_ref', 'playlist_ref', 'created_date', 'note_text', 'public', 'deleted'],
      rows: [
        ...Array.from({ length: 42 }, (_, index): SampleCell[] => [
          ...[index + 1, PERSON, index * 5 + 1, null, written(FIRST_DAY + index * DAY, index % 3)],
          ...[pick(REMARKS, ''), 0, 0],
        ]),
        [43, PERSON, 3, 1, written(FIRST_DAY, 1), 'We start with this one, twice through.', 1, 0],
        // Its tune was deleted from the database for good.
        [44, PERSON, 9001, null, written(FIRST_DAY, 0), 'A note whose tune is gone.', 0, 0],
      ],
    },
    reference: {
      columns: ['id', 'url', 'ref_type', 'tune_ref', 'user_ref', 'comment', 'title', 'public', 'deleted'],
      rows: Array.from({ length: 24 }, (_, index) => [
        ...[index + 1, `https://example.org/tunes/${index * 7 + 1}`, index % 2 ? 'audio' : 'website', index * 7 + 1],
        ...[PERSON, null, index % 2 ? 'A slow recording' : 'Where I learned it', 0, 0],
      ]),
    },
    tag: {
      columns: ['tag_id', 'user_ref', 'tune_ref', 'tag_text'],
      rows: Array.from({ length: 80 }, (_, index) => [index + 1, PERSON, (index * 2) % TUNES + 1, pick(WORDS, 'slow')]),
    },
    practice_record: {
      columns: ['id', 'playlist_ref', 'tune_ref', 'practiced', 'quality', 'easiness', 'interval', 'repetitions', 'due'],
      rows: [
        ...records.map(({ playlist, tune, practised, due, interval, quality, round }, index) => [
          ...[index + 1, playlist, tune, written(practised, index % 3), quality, 2.5, interval, round + 1],
          written(due, index % 3),
        ]),
        // The old program wrote one round twice after a crash.
        ...records.slice(0, 1).map(({ playlist, tune, practised, due, interval, quality, round }) => [
          ...[records.length + 1, playlist, tune, written(practised, 1), quality, 2.5, interval, round + 1],
          written(due, 1),
        ]),
      ],
    },
    tune_override: {
      columns: ['id', 'tune_ref', 'user_ref', 'title', 'mode'],
      rows: [
        [1, 2, PERSON, 'The one from the wedding', null],
        [2, 8, PERSON, null, 'E minor'],
      ],
    },
    daily_practice_queue: {
      columns: ['id', 'user_ref', 'playlist_ref', 'tune_ref', 'window_start_utc', 'window_end_utc', 'bucket', 'order_index'],
      rows: Array.from({ length: 12 }, (_, index) => [
        ...[index + 1, PERSON, 1, index + 1, '2025-03-01 00:00:00', '2025-03-02 00:00:00', 1, index],
      ]),
    },
  }
}
