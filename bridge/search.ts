import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { CellValue, TableShape } from 'segue/crdt'

/** The column of a searched table that holds the words its rows are found by. */
export const WORDS_COLUMN = 'segue_words'

export const isSearched = ({ search }: TableShape): boolean => search.length > 0

const PLAIN = /^[\0-\x7f]*$/

/** Text for comparing: without accents and case, curly quotes as straight ones. */
export const folded = (text: string): string =>
  // Most texts have neither, and to look for them takes ten times as long.
  (PLAIN.test(text)
    ? text
    : text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('’', "'")
  ).toLowerCase()

/** The folded words of a row, each column on a line of its own, the columns in the order of the table. */
export function wordsOf(shape: TableShape, cells: readonly CellValue[]): string {
  const texts = shape.columns.map((column, index) =>
    shape.search.includes(column) ? textOf(cells[index] ?? null) : undefined,
  )
  return folded(texts.filter((text) => text !== undefined).join('\n'))
}

const textOf = (cell: CellValue): string =>
  cell === null ? '' : Array.isArray(cell) ? cell.join(' ') : typeof cell === 'object' ? '' : String(cell)

/** What somebody typed into a search box, as words to look for. */
export const searchedWords = (typed: string): string[] => folded(typed).split(/\s+/).filter(Boolean)

/** The words of a searched table's row, as part of a query; folded, as {@link searchedWords} are. */
export const wordsColumn = (table: SQLiteTable): SQL<string> => sql`${table}.${sql.identifier(WORDS_COLUMN)}`

/** Whether a row has a word: anywhere within its own words. A scan of memory, and exact as soon as a row is written. */
export const hasWord = (table: SQLiteTable, word: string): SQL =>
  sql`instr(${wordsColumn(table)}, ${word}) > 0`
