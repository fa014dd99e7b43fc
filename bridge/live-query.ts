import type { Mirror } from './mirror.ts'

/** A query that can say its SQL and run: every Drizzle `select` is one. */
export interface Query<Rows> {
  toSQL(): { sql: string; params: unknown[] }
  all(): Rows
}

/**
 * Runs a query now, and again after each commit that changed a table it reads: once for any number of commits in
 * the same task.
 *
 * @param onRows  gets the rows, first before this function returns
 * @returns       the way to stop
 * @throws {QueryError} the first run was refused
 */
export function liveQuery<Rows>(
  mirror: Mirror,
  query: Query<Rows>,
  onRows: (rows: Rows) => void,
): () => void {
  const tables = mirror.tablesOf(query.toSQL().sql)
  let stopped = false
  let scheduled = false
  const run = () => {
    scheduled = false
    if (!stopped && !mirror.destroyed) onRows(query.all())
  }
  run()
  const unobserve = mirror.observe((changed) => {
    if (scheduled || tables.isDisjointFrom(changed)) return
    scheduled = true
    queueMicrotask(run)
  })
  return () => {
    stopped = true
    unobserve()
  }
}
