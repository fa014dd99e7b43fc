import type { RowId, Space } from 'segue/crdt'
import { tuneOverride } from 'segue/tables'

/** The facts of a tune that a person may see otherwise than it is shared. */
export type OwnFact =
  | 'title'
  | 'incipit'
  | 'type'
  | 'mode'
  | 'genre'
  | 'structure'
  | 'composer'
  | 'artist'
  | 'releaseYear'

/**
 * Changes one fact in a person's own version of a shared tune. It lies in their library: nobody else sees it, and a
 * list that they may only view can have one too.
 *
 * @param value  what stands in its place; `null` leaves it empty, `undefined` goes back to what is shared
 * @throws {InvalidRowError} the value does not fit
 */
export function setOwnFact(
  library: Space,
  { userId, tuneId }: { userId: string; tuneId: RowId },
  fact: OwnFact,
  value: string | number | null | undefined,
): void {
  library.transact(() => {
    const id =
      library.get(tuneOverride, [userId, tuneId].join(':'))?.id ??
      library.insert(tuneOverride, { userRef: userId, tuneRef: tuneId })
    library.update(tuneOverride, id, { [fact]: value ?? null })
    library.updateSet(tuneOverride, id, 'cleared', value === null ? { add: [fact] } : { remove: [fact] })
  })
}
