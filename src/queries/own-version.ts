import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { ReadDatabase } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { tune, tuneOverride } from 'segue/tables'

/** Whose own versions are looked at: they lie in that person's library. */
export interface Viewer {
  readonly libraryId: SpaceId
  readonly userId: string
}

type OverriddenFact = keyof typeof tune.$inferSelect & keyof typeof tuneOverride.$inferSelect

/** Joins a person's own version to a tune, wherever the tune lies. */
export const ownVersionOf = ({ libraryId, userId }: Viewer) =>
  and(
    eq(tuneOverride.spaceId, libraryId),
    eq(tuneOverride.userRef, userId),
    eq(tuneOverride.tuneRef, tune.id),
  )

/** A fact of a tune as its viewer has it: left empty, their own, or as it is shared. */
export const seenFact = <Fact extends OverriddenFact>(fact: Fact): SQL<(typeof tune.$inferSelect)[Fact]> =>
  sql`case
    when exists (select 1 from json_each(${tuneOverride.cleared}) where value = ${sql.raw(`'${fact}'`)}) then null
    else coalesce(${tuneOverride[fact]}, ${tune[fact]})
  end`

/** A person's own version of one tune: none or one row. */
export function ownVersion(db: ReadDatabase, { libraryId, userId }: Viewer, tuneId: string) {
  return db
    .select()
    .from(tuneOverride)
    .where(
      and(
        eq(tuneOverride.spaceId, libraryId),
        eq(tuneOverride.userRef, userId),
        eq(tuneOverride.tuneRef, tuneId),
      ),
    )
}
