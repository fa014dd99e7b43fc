import { column, segueTable } from '../schema/index.ts'
import { GOALS } from './lookups.ts'

const { string, reference, instant, orderKey, oneOf } = column

/** A list of tunes: for an instrument, a band, a session, a gig. */
export const playlist = segueTable('playlist', {
  userRef: string('user_ref').notNull(),
  name: string('name'),
  instrumentRef: string('instrument_ref'),
  genreDefault: string('genre_default'),
  srAlgType: string('sr_alg_type').default('fsrs'),
})

/** A tune's place on a playlist. Sort by `position`, then by `id`. */
export const playlistTune = segueTable(
  'playlist_tune',
  {
    playlistRef: reference('playlist_ref').notNull(),
    tuneRef: reference('tune_ref').notNull(),
    position: orderKey('position').notNull(),
    current: instant('current'),
    learned: instant('learned'),
    scheduled: instant('scheduled'),
    goal: oneOf(GOALS)('goal').default('recall'),
  },
  { key: ['playlistRef', 'tuneRef'], indexes: [['playlistRef', 'position'], ['tuneRef']] },
)
