/**
 * The rows of a query's next run, where each row that reads as before is the object it was before; the array itself
 * is the previous one when nothing differs. What renders rows by identity then patches those that changed.
 *
 * A row is looked for at its place, and where that reads otherwise under its `id`.
 */
export function keepRows<Rows>(previous: Rows, next: Rows): Rows {
  if (!Array.isArray(previous) || !Array.isArray(next)) return next
  let byId: Map<unknown, unknown> | undefined
  let isSame = previous.length === next.length
  const kept = next.map((row: unknown, index) => {
    if (isEqual(previous[index], row)) return previous[index]
    isSame = false
    byId ??= new Map(previous.map((each: unknown) => [idOf(each), each]))
    const known = byId.get(idOf(row))
    return isEqual(known, row) ? known : row
  })
  return isSame ? previous : (kept as Rows)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

const idOf = (row: unknown): unknown => (isObject(row) ? (row.id ?? row.rowId) : undefined)

/** Joins nest one row in another, and a JSON column may hold anything that JSON can. */
function isEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
  )
}
