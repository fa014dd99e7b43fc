import { column, defineSchema, migratedId, migration, segueTable } from 'segue/crdt'

const { string, whole, counter, stringSet, richText } = column

const tuneColumns = {
  title: string('title').notNull(),
  composer: string('composer'),
  composerBorn: whole('composer_born'),
  composerNotes: richText('composer_notes'),
  composerLikes: counter('composer_likes'),
  composerTags: stringSet('composer_tags'),
}

/** The table as it was first: a tune with its composer in it. */
export const tuneWithComposer = segueTable('tune', tuneColumns)
export const beforeSplit = defineSchema({ tuneWithComposer })

/** The same after the split: composers are rows of their own, and tunes refer to them. */
export const tune = segueTable('tune', { ...tuneColumns, composerRef: string('composer_ref') })
export const composer = segueTable('composer', {
  name: string('name').notNull(),
  initial: string('initial'),
  born: whole('born'),
  about: richText('about'),
  likes: counter('likes'),
  tags: stringSet('tags'),
})

export const splitSchema = defineSchema(
  { tune, composer },
  {
    migrations: [
      migration({
        id: 'composers',
        from: tune,
        to: composer,
        moved: { born: 'composerBorn', about: 'composerNotes', likes: 'composerLikes', tags: 'composerTags' },
        rows: (row) =>
          row.composer ? [{ values: { name: row.composer, initial: row.composer.slice(0, 1) } }] : [],
      }),
      migration({
        id: 'composer-of-tune',
        from: tune,
        to: tune,
        rows: (row) => (row.composer ? [{ values: { composerRef: composerOf(row.id) } }] : []),
      }),
    ],
  },
)

export const composerOf = (tuneId: string): string => migratedId('composers', tuneId)
