import { and, count, eq, sql } from 'drizzle-orm'
import { type ReadDatabase, trash } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { note, playlist, playlistTune, reference, tune, tuneOverride } from 'segue/tables'
import { ownVersionOf, seenFact, type Viewer } from './own-version.ts'

/** The list of a playlist in order, with the facts of its own copies of the tunes as the viewer has them. */
export function playlistRows(db: ReadDatabase, spaceId: SpaceId, viewer: Viewer) {
  return db
    .select({
      rowId: playlistTune.id,
      tuneId: tune.id,
      title: seenFact('title'),
      sharedTitle: tune.title,
      type: seenFact('type'),
      mode: seenFact('mode'),
      incipit: seenFact('incipit'),
      firstNote: sql<string | null>`(
        select ${note.noteText} from ${note}
        where ${note.tuneRef} = ${tune.id} and ${note.spaceId} = ${tune.spaceId} and ${note.noteText} <> ''
        order by ${note.displayOrder}, ${note.id} limit 1
      )`,
      notes: sql<number>`(
        select count(*) from ${note} where ${note.tuneRef} = ${tune.id} and ${note.spaceId} = ${tune.spaceId}
      )`,
      references: sql<number>`(
        select count(*) from ${reference}
        where ${reference.tuneRef} = ${tune.id} and ${reference.spaceId} = ${tune.spaceId}
      )`,
    })
    .from(playlistTune)
    .innerJoin(tune, and(eq(tune.spaceId, playlistTune.spaceId), eq(tune.id, playlistTune.tuneRef)))
    .leftJoin(tuneOverride, ownVersionOf(viewer))
    .where(eq(playlistTune.spaceId, spaceId))
    .orderBy(playlistTune.position, playlistTune.id)
}

export type PlaylistRow = ReturnType<ReturnType<typeof playlistRows>['all']>[number]

/** How many tunes each playlist has, by space. */
export function tuneCounts(db: ReadDatabase) {
  return db
    .select({ spaceId: playlistTune.spaceId, tunes: count() })
    .from(playlistTune)
    .groupBy(playlistTune.spaceId)
}

/** What each playlist is called, by space. */
export function playlistNames(db: ReadDatabase) {
  return db.select({ spaceId: playlist.spaceId, name: playlist.name }).from(playlist)
}

/** Playlists that somebody put in the trash. */
export function removedPlaylists(db: ReadDatabase) {
  return db.select({ spaceId: trash.spaceId }).from(trash).where(eq(trash.tableName, 'playlist'))
}
