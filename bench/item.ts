import { column, defineSchema, segueTable } from 'segue/crdt'

const { string, whole } = column
/** Ten columns of a usual kind. */
export const columns = () => ({
  title: string('title').notNull(),
  key: string('key'),
  kind: string('kind'),
  source: string('source'),
  day: string('day'),
  a: whole('a'),
  b: whole('b'),
  c: whole('c'),
  d: whole('d'),
  e: whole('e'),
})
export const item = segueTable('item', columns())
export const schema = defineSchema({ item })

/** What the nth row says. */
export const cellsOf = (index: number) => ({
  ...{
    title: `A tune of some length ${index}`,
    key: 'D major',
    kind: 'reel',
    source: 'session',
    day: '2026-05-01',
  },
  ...{ a: index, b: index % 7, c: index % 100, d: index % 3, e: 1 },
})
