import type { Database } from 'sql.js'

/**
 * Names of the tables a query reads, from SQLite's own program for it: EXPLAIN lists every b-tree that is opened,
 * through views, joins, subqueries and indexes alike. Nothing is parsed.
 *
 * @see https://www.sqlite.org/opcode.html#OpenRead
 */
export function readTables(database: Database, sql: string): ReadonlySet<string> {
  const roots = tablesByRootPage(database)
  const tables = new Set<string>()
  const program = database.prepare(`EXPLAIN ${sql}`)
  try {
    while (program.step()) {
      const [, opcode, , root] = program.get()
      const table = opcode === 'OpenRead' ? roots.get(Number(root)) : undefined
      if (table) tables.add(table)
    }
  } finally {
    program.free()
  }
  return tables
}

function tablesByRootPage(database: Database): Map<number, string> {
  const [result] = database.exec('SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0')
  return new Map((result?.values ?? []).map(([page, table]) => [Number(page), String(table)]))
}
