import { column, defineSchema, type Schema, segueTable } from 'segue/crdt'

const { string, whole, richText } = column

const itemColumns = {
  name: string('name').notNull(),
  count: whole('count'),
  notes: richText('notes'),
}

const pairColumns = { leftRef: string('left_ref').notNull(), rightRef: string('right_ref').notNull() }

/** The older version of an app: a table with random ids, and one with a natural key. */
const oldItem = segueTable('item', itemColumns)
const oldPair = segueTable(
  'pair',
  { ...pairColumns, label: string('label') },
  { key: ['leftRef', 'rightRef'] },
)

/** The newer one: a column more, and a table more. */
const newItem = segueTable('item', { ...itemColumns, extra: whole('extra') })
const newPair = segueTable(
  'pair',
  { ...pairColumns, label: string('label') },
  { key: ['leftRef', 'rightRef'] },
)
const novelty = segueTable('novelty', { name: string('name').notNull() })

/** One version of an app. */
export interface Version {
  readonly schema: Schema
  readonly item: typeof oldItem
  readonly pair: typeof oldPair
  /** What only the newer one knows. */
  readonly newer?: { readonly item: typeof newItem; readonly novelty: typeof novelty }
}

export const OLDER: Version = {
  schema: defineSchema({ item: oldItem, pair: oldPair }),
  item: oldItem,
  pair: oldPair,
}

export const NEWER: Version = {
  schema: defineSchema({ item: newItem, pair: newPair, novelty }),
  // Whatever the older one may write, the newer one may write too.
  item: newItem as unknown as typeof oldItem,
  pair: newPair,
  newer: { item: newItem, novelty },
}

export const TABLES = ['item', 'pair', 'novelty'] as const
