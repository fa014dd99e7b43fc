import { newRowId } from 'segue/crdt'
import { cellsOf } from '../item.ts'

/** A row as every peer is given it: an id and ten cells. */
export type Row = { id: string } & ReturnType<typeof cellsOf>

export const newRows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: newRowId(), ...cellsOf(index) }))

/** The question that every peer answers. Whoever has indexes has one on `b`. */
export const QUERY = 'SELECT * FROM item WHERE b = 3 ORDER BY c DESC, a LIMIT 50'

/** The same question in JavaScript: for peers without a query language, and to check the answers of all. */
export const answerOf = (rows: Iterable<Row>): Row[] => firstOf([...rows].filter(({ b }) => b === 3))

/** The order and the limit of the question, for those who have found its rows. */
export const firstOf = (found: Row[]): Row[] =>
  found.sort((one, other) => other.c - one.c || one.a - other.a).slice(0, 50)
