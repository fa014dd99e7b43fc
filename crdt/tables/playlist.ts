import { column, segueTable } from '../schema/index.ts'
import { GOALS } from './lookups.ts'
import { tune } from './tune.ts'

const { string, reference, instant, orderKey, oneOf } = column

/** A list of tunes: for an instrument, a band, a session, a gig. */
export const playlist = segueTable('playlist', {
  userRef: string('user_ref').notNull(),
  name: string('name'),
  instrumentRef: string('instrument_ref'),
  genreDefault: string('genre_default'),
  srAlgType: string('sr_alg_type').default('fsrs'),
})

/**
 * A tune's place on a playlist. Sort by `position`, then by `id`. The playlist is no foreign key: a space is one list,
 * and a tune may be put on it before the list's own row has arrived.
 */
export const playlistTune = segueTable(
  'playlist_tune',
  {
    playlistRef: reference('playlist_ref').notNull(),
    tuneRef: reference('tune_ref')
      .notNull()
      .references(() => tune.id, { onDelete: 'cascade' }),
    position: orderKey('position').notNull(),
    current: instant('current'),
    learned: instant('learned'),
    scheduled: instant('scheduled'),
    goal: oneOf(GOALS)('goal').default('recall'),
  },
  { key: ['playlistRef', 'tuneRef'], indexes: [['playlistRef', 'position'], ['tuneRef']] },
)
