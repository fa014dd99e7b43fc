import { column, defineSchema, segueTable } from 'segue/crdt'

const { string, whole, decimal, flag, oneOf, richText, orderKey, instant, localDate } = column

/** One column of every kind; random ids. */
export const thing = segueTable('thing', {
  name: string('name').notNull(),
  count: whole('count'),
  weight: decimal('weight'),
  done: flag('done').notNull().default(false),
  color: oneOf(['red', 'green'])('color').default('red'),
  notes: richText('notes'),
  position: orderKey('position'),
  at: instant('at'),
  day: localDate('day'),
})

/** A row whose id is made from two of its columns, with texts and a default. */
export const pair = segueTable(
  'pair',
  {
    leftRef: string('left_ref').notNull(),
    rightRef: string('right_ref').notNull(),
    label: string('label'),
    score: whole('score').default(1),
    notes: richText('notes'),
  },
  { key: ['leftRef', 'rightRef'], indexes: [['rightRef']] },
)

export const sampleSchema = defineSchema({ thing, pair })
