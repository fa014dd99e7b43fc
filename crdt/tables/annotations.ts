import { column, segueTable } from '../schema/index.ts'
import { REFERENCE_TYPES } from './lookups.ts'
import { tune } from './tune.ts'

const { string, reference: rowReference, instant, richText, flag, whole, oneOf } = column

/**
 * What somebody wrote about a tune, perhaps for one playlist only. What they keep to themselves lies in their own
 * space, and the tune perhaps in another: so neither is a foreign key.
 */
export const note = segueTable(
  'note',
  {
    userRef: string('user_ref'),
    tuneRef: rowReference('tune_ref').notNull(),
    playlistRef: rowReference('playlist_ref'),
    createdDate: instant('created_date'),
    noteText: richText('note_text'),
    public: flag('public').notNull().default(false),
    favorite: flag('favorite').notNull().default(false),
    displayOrder: whole('display_order').notNull().default(0),
  },
  { indexes: [['tuneRef']], search: ['noteText'] },
)

/** A link that belongs to a tune: a recording, a setting, a lesson. */
export const reference = segueTable(
  'reference',
  {
    url: string('url').notNull(),
    refType: oneOf(REFERENCE_TYPES)('ref_type'),
    tuneRef: rowReference('tune_ref')
      .notNull()
      .references(() => tune.id, { onDelete: 'cascade' }),
    userRef: string('user_ref'),
    comment: string('comment'),
    title: string('title'),
    public: flag('public').notNull().default(false),
    favorite: flag('favorite').notNull().default(false),
    displayOrder: whole('display_order').notNull().default(0),
  },
  { indexes: [['tuneRef']] },
)

/** A word that somebody sorts tunes by; the same word twice on one tune is one tag. */
export const tag = segueTable(
  'tag',
  {
    userRef: string('user_ref').notNull(),
    tuneRef: rowReference('tune_ref')
      .notNull()
      .references(() => tune.id, { onDelete: 'cascade' }),
    tagText: string('tag_text').notNull(),
  },
  {
    key: ['userRef', 'tuneRef', 'tagText'],
    indexes: [['tuneRef'], ['tagText']],
    search: ['tagText'],
  },
)
