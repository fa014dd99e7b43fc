import type { BindParams } from 'sql.js'
import { keepRows } from './keep-rows.ts'
import type { Mirror, SqlRow } from './mirror.ts'

/** A query that can say its SQL and run: every Drizzle `select` is one. */
export interface Query<Rows> {
  toSQL(): { sql: string; params: unknown[] }
  all(): Rows
}

export interface LiveQueryOptions<Rows> {
  /** Runs a query that is due, later; by default at the end of the task. */
  readonly schedule?: (run: () => void) => void
  /** Rows that are shown so far, to be kept where they read the same. */
  readonly previous?: Rows | undefined
}

/** A query in SQL, with its parameters, as a live query takes it. The caller says what its rows are. */
export const sqlQuery = <Row extends SqlRow = SqlRow>(
  mirror: Mirror,
  sql: string,
  params: BindParams = [],
): Query<Row[]> => ({
  toSQL: () => ({ sql, params: Array.isArray(params) ? params : Object.values(params ?? {}) }),
  all: () => mirror.query(sql, params) as Row[],
})

/**
 * Runs a query now, and again after each commit that changed a table it reads: once for any number of commits until
 * the run that is due. Rows that read as before are the same objects as before.
 *
 * @param onRows  gets the rows, first before this function returns, then whenever they read otherwise
 * @returns       the way to stop
 * @throws {QueryError} the first run was refused
 */
export function liveQuery<Rows>(
  mirror: Mirror,
  query: Query<Rows>,
  onRows: (rows: Rows) => void,
  { schedule = queueMicrotask, previous }: LiveQueryOptions<Rows> = {},
): () => void {
  const tables = mirror.tablesOf(query.toSQL().sql)
  let stopped = false
  let scheduled = false
  let rows = keepRows(previous, query.all()) as Rows
  onRows(rows)
  const run = () => {
    scheduled = false
    if (stopped || mirror.destroyed) return
    const next = keepRows(rows, query.all())
    if (next === rows) return
    rows = next
    onRows(rows)
  }
  const unobserve = mirror.observe((changed) => {
    if (scheduled || tables.isDisjointFrom(changed)) return
    scheduled = true
    schedule(run)
  })
  return () => {
    stopped = true
    unobserve()
  }
}
