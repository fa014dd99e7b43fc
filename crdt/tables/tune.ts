import { column, segueTable } from '../schema/index.ts'

const { string, stringSet, whole, reference } = column

/** A melody: facts about it, in a person's library or copied into a shared playlist under the same id. */
export const tune = segueTable(
  'tune',
  {
    idForeign: string('id_foreign'),
    primaryOrigin: string('primary_origin').default('segue'),
    title: string('title').notNull(),
    type: string('type'),
    structure: string('structure'),
    mode: string('mode'),
    incipit: string('incipit'),
    genre: string('genre'),
    composer: string('composer'),
    artist: string('artist'),
    releaseYear: whole('release_year'),
    privateFor: string('private_for'),
  },
  {
    orders: [['title'], ['type', 'title'], ['mode', 'title']],
    search: ['title', 'incipit', 'composer', 'artist'],
  },
)

/**
 * One person's own view of a shared tune. Each fact is in one of three states: null inherits from the tune, a value
 * stands in its place, and a fact whose property is named in `cleared` is left empty.
 */
export const tuneOverride = segueTable(
  'tune_override',
  {
    tuneRef: reference('tune_ref').notNull(),
    userRef: string('user_ref').notNull(),
    title: string('title'),
    type: string('type'),
    structure: string('structure'),
    genre: string('genre'),
    mode: string('mode'),
    incipit: string('incipit'),
    composer: string('composer'),
    artist: string('artist'),
    releaseYear: whole('release_year'),
    idForeign: string('id_foreign'),
    cleared: stringSet('cleared'),
  },
  { key: ['userRef', 'tuneRef'], indexes: [['tuneRef']] },
)
