import type { InferSelectModel } from 'drizzle-orm'
import type { NewRow, RowId, Space } from 'segue/crdt'
import { tune } from 'segue/tables'

export type TuneRow = InferSelectModel<typeof tune>

/** Adds a tune to a space. Text is trimmed, empty text becomes null. */
export function createTune(space: Space, values: NewRow<typeof tune>): RowId {
  return space.insert(tune, { ...values, title: values.title.trim() })
}

/** Everything of a tune that travels when it is copied: its facts, without the place it lay in. */
function tuneFacts({ id: _id, spaceId: _spaceId, ...facts }: TuneRow): Omit<NewRow<typeof tune>, 'id'> {
  return facts
}

/**
 * Makes sure that a space holds a tune under its own id. A live copy there is left as it is, a removed one comes
 * back with these facts.
 *
 * @returns whether the tune was added
 */
export function ensureTune(space: Space, row: TuneRow): boolean {
  if (space.get(tune, row.id) !== undefined) return false
  space.insert(tune, { ...tuneFacts(row), id: row.id })
  return true
}
