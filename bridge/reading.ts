import type { Database, Statement } from 'sql.js'
import { QueryError } from './errors.ts'

const BLANK = /[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?\*\//y
const WORD = /[a-z]+/iy
const READING = new Set(['SELECT', 'WITH', 'VALUES'])

/**
 * Refuses statements that are not queries, by their first word.
 *
 * `PRAGMA query_only` stops statements that write rows (a WITH can end in a DELETE). It does not stop BEGIN, ATTACH
 * or another PRAGMA, some of which act as soon as they are compiled, under EXPLAIN too. sql.js compiles only the
 * first statement of a text, so that one counts.
 *
 * @throws {QueryError} the statement begins with something else
 */
export function assertReading(sql: string): void {
  const word = firstWord(sql)
  if (READING.has(word)) return
  const reason = `it begins with ${word || 'no word'}, not with SELECT, WITH or VALUES, and the mirror is readonly`
  throw new QueryError(sql, new Error(reason))
}

/** A view of a database whose statements can only be queries. */
export function readingView(database: Database): Database {
  const view: Database = Object.create(database, {
    prepare: {
      value: (...[sql, params]: Parameters<Database['prepare']>): Statement => {
        assertReading(sql)
        try {
          return database.prepare(sql, params)
        } catch (cause) {
          throw new QueryError(sql, cause)
        }
      },
    },
  })
  return view
}

function firstWord(sql: string): string {
  let at = 0
  for (BLANK.lastIndex = 0; BLANK.test(sql); ) at = BLANK.lastIndex
  WORD.lastIndex = at
  return WORD.exec(sql)?.[0].toUpperCase() ?? ''
}
