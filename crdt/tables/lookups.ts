/** The kinds of reference a musician keeps beside a tune. */
export const REFERENCE_TYPES = [
  'website',
  'audio',
  'video',
  'sheet-music',
  'article',
  'social',
  'lesson',
  'other',
] as const

/** What a practice round aims at. */
export const GOALS = ['recall', 'initial_learn', 'fluency', 'session_ready', 'performance_polish'] as const

/** Genres that the app knows by name. */
export const GENRES = [
  { id: 'ITRAD', name: 'Irish traditional' },
  { id: 'SCOTTISH', name: 'Scottish traditional' },
  { id: 'ENGLISH', name: 'English country dance' },
  { id: 'OLDTIME', name: 'American old-time' },
  { id: 'QUEBEC', name: 'Québécois' },
  { id: 'NORDIC', name: 'Nordic folk' },
  { id: 'OTHER', name: 'Other' },
] as const

/** Tune types with the metre and the length of note that their ABC is written in. */
export const TUNE_TYPES = [
  { id: 'reel', name: 'Reel', metre: '4/4' },
  { id: 'jig', name: 'Jig', metre: '6/8' },
  { id: 'slip jig', name: 'Slip jig', metre: '9/8' },
  { id: 'hornpipe', name: 'Hornpipe', metre: '4/4' },
  { id: 'polka', name: 'Polka', metre: '2/4' },
  { id: 'slide', name: 'Slide', metre: '12/8' },
  { id: 'waltz', name: 'Waltz', metre: '3/4' },
  { id: 'mazurka', name: 'Mazurka', metre: '3/4' },
  { id: 'strathspey', name: 'Strathspey', metre: '4/4' },
  { id: 'march', name: 'March', metre: '4/4' },
  { id: 'air', name: 'Air', metre: '4/4' },
  { id: 'barndance', name: 'Barndance', metre: '4/4' },
] as const

/** Modes and keys as the app offers them: "D major", "E dorian"… */
export const MODES = ['C', 'D', 'E', 'F', 'G', 'A', 'B', 'B♭', 'E♭'].flatMap((tonic) =>
  ['major', 'minor', 'dorian', 'mixolydian'].map((mode) => `${tonic} ${mode}`),
)

/** Instruments that a playlist may be for. */
export const INSTRUMENTS = [
  'fiddle',
  'flute',
  'tin whistle',
  'uilleann pipes',
  'button accordion',
  'concertina',
  'banjo',
  'guitar',
  'bouzouki',
  'mandolin',
  'harp',
  'piano',
  'voice',
] as const
