import { defineSchema, segueTable } from 'segue/crdt'
import { columns } from '../item.ts'

/** The table of the benchmark, with an index on `b`. */
export const item = segueTable('item', columns(), { indexes: [['b']] })
export const schema = defineSchema({ item })
