import type { Database, Statement } from 'sql.js'
import { QueryError, refused } from './errors.ts'

const BLANK = /[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?\*\//y
const WORD = /[a-z]+/iy
const READING = new Set(['SELECT', 'WITH', 'VALUES'])

/**
 * Refuses statements that are not queries, by their first word; and where that is WITH, which can end in a DELETE, by
 * the program that SQLite makes of them. sql.js compiles only the first statement of a text, so that one counts.
 *
 * The word comes first because BEGIN, ATTACH and PRAGMA write nothing, and some of them act as soon as they are compiled,
 * under EXPLAIN too. `PRAGMA query_only` is no help: to turn it off and on for each projection lets SQLite compile every
 * prepared statement again, which takes longer than the projection.
 *
 * @throws {QueryError} the statement is wrong, begins with something else, or writes
 */
export function assertReading(database: Database, sql: string): void {
  const word = firstWord(sql)
  if (!READING.has(word)) {
    const reason = `it begins with ${word || 'no word'}, not with SELECT, WITH or VALUES, and the mirror is readonly`
    throw new QueryError(sql, new Error(reason))
  }
  if (word === 'WITH' && writes(database, sql))
    throw new QueryError(sql, new Error('it writes, and the mirror is readonly'))
}

/**
 * Whether the program of a statement begins a transaction that writes.
 *
 * @see https://www.sqlite.org/opcode.html#Transaction
 */
function writes(database: Database, sql: string): boolean {
  const program = compiled(database, `EXPLAIN ${sql}`)
  try {
    while (program.step()) {
      const { opcode, p2 } = program.getAsObject()
      if (opcode === 'Transaction' && p2 !== 0) return true
    }
    return false
  } finally {
    program.free()
  }
}

/** A view of a database whose statements can only be queries. */
export function readingView(database: Database): Database {
  const view: Database = Object.create(database, {
    prepare: {
      value: (...[sql, params]: Parameters<Database['prepare']>): Statement => {
        assertReading(database, sql)
        return whenUsed(() => compiled(database, sql, params))
      },
    },
  })
  return view
}

/** A statement that is compiled when it is used: for each query Drizzle prepares one more, and never frees it. */
function whenUsed(compile: () => Statement): Statement {
  let statement: Statement | undefined
  const nothing: Statement = Object.create(null)
  return new Proxy(nothing, {
    get(_, name) {
      statement ??= compile()
      const value: unknown = Reflect.get(statement, name)
      return typeof value === 'function' ? value.bind(statement) : value
    },
  })
}

function compiled(database: Database, ...[sql, params]: Parameters<Database['prepare']>): Statement {
  try {
    return database.prepare(sql, params)
  } catch (cause) {
    throw refused(sql, cause)
  }
}

function firstWord(sql: string): string {
  let at = 0
  for (BLANK.lastIndex = 0; BLANK.test(sql); ) at = BLANK.lastIndex
  WORD.lastIndex = at
  return WORD.exec(sql)?.[0].toUpperCase() ?? ''
}
