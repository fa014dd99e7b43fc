import { and, count, eq, sql } from 'drizzle-orm'
import type { ReadDatabase } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { playlist, playlistTune, tag, tune } from 'segue/tables'

/** Stands between the words of one tune's tags: a character nobody types. */
export const TAG_SEPARATOR = '\u001f'

/** The tunes of a library, by title, each with its tags in one text. */
export function libraryTunes(db: ReadDatabase, libraryId: SpaceId) {
  const tagList = db
    .select({
      tuneRef: tag.tuneRef,
      words: sql<string>`group_concat(${tag.tagText}, ${sql.raw(`char(${TAG_SEPARATOR.charCodeAt(0)})`)})`.as(
        'words',
      ),
    })
    .from(tag)
    .where(eq(tag.spaceId, libraryId))
    .groupBy(tag.tuneRef)
    .as('tag_list')
  return db
    .select({
      id: tune.id,
      title: tune.title,
      type: tune.type,
      mode: tune.mode,
      genre: tune.genre,
      incipit: tune.incipit,
      composer: tune.composer,
      tags: tagList.words,
    })
    .from(tune)
    .leftJoin(tagList, eq(tagList.tuneRef, tune.id))
    .where(eq(tune.spaceId, libraryId))
    .orderBy(sql`${tune.title} collate nocase`, tune.id)
}

export type LibraryTuneRow = ReturnType<ReturnType<typeof libraryTunes>['all']>[number]

/** One tune of one space: none or one row. */
export function tuneById(db: ReadDatabase, spaceId: SpaceId, tuneId: string) {
  return db
    .select()
    .from(tune)
    .where(and(eq(tune.spaceId, spaceId), eq(tune.id, tuneId)))
}

/** My tags of one tune, in alphabetical order. */
export function tagsOf(db: ReadDatabase, libraryId: SpaceId, tuneId: string) {
  return db
    .select({ id: tag.id, text: tag.tagText })
    .from(tag)
    .where(and(eq(tag.spaceId, libraryId), eq(tag.tuneRef, tuneId)))
    .orderBy(tag.tagText)
}

/** Every word that tags something, the most used first. */
export function tagWords(db: ReadDatabase, libraryId: SpaceId) {
  return db
    .select({ text: tag.tagText, uses: count() })
    .from(tag)
    .where(eq(tag.spaceId, libraryId))
    .groupBy(tag.tagText)
    .orderBy(sql`count(*) desc`, tag.tagText)
}

/** The playlists that a tune stands on. */
export function playlistsOf(db: ReadDatabase, tuneId: string) {
  return db
    .select({ spaceId: playlistTune.spaceId, name: playlist.name })
    .from(playlistTune)
    .innerJoin(
      playlist,
      and(eq(playlist.spaceId, playlistTune.spaceId), eq(playlist.id, playlistTune.playlistRef)),
    )
    .where(eq(playlistTune.tuneRef, tuneId))
    .orderBy(playlist.name)
}
