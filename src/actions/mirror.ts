import { type Difference, dump, type Mirror } from 'segue/bridge'

/**
 * Fills the mirror anew from the documents and says where it had been different: an empty list means that it had been
 * exact.
 */
export function rebuildAndCompare(mirror: Mirror): Difference[] {
  const before = dump(mirror)
  mirror.rebuild()
  const after = dump(mirror)
  return [...before]
    .map(([table, mirrored]) => ({ table, mirrored, projected: after.get(table) ?? [] }))
    .filter(({ mirrored, projected }) => mirrored.join('\n') !== projected.join('\n'))
}
