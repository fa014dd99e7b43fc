import { and, asc, count, desc, eq, gt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { hasWord, type ReadDatabase, searchedWords, wordsColumn } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { note, playlist, playlistTune, tag, tune } from 'segue/tables'

/** Stands between the words of one tune's tags: a character nobody types. */
export const TAG_SEPARATOR = '\u001f'

export type TuneSort = 'title' | 'newest' | 'type' | 'mode'

/** Which tunes of a library are looked for; what is empty or left out does not narrow. */
export interface TuneFilter {
  /** What somebody typed: every word is somewhere in the tune, its tags or its notes. */
  readonly search?: string
  readonly type?: string
  readonly mode?: string
  readonly tag?: string
  /** A list that the tunes do not stand on yet. */
  readonly notOn?: SpaceId
}

/** Rows of a long list that are near to what is seen. */
export interface Window {
  readonly offset: number
  readonly limit: number
}

/** Some tunes of a library: those that follow each other by their ids, up to the last where no end is said; or by name. */
export type Among =
  | { readonly after: string; readonly upTo: string | undefined }
  | { readonly ids: readonly string[] }

/** Whether an id is one of some; of all if nothing is said. */
function isAmong(column: SQLiteColumn, among: Among | undefined): SQL | undefined {
  if (!among) return undefined
  if ('ids' in among) return sql`${column} in (select value from json_each(${JSON.stringify(among.ids)}))`
  return and(gt(column, among.after), among.upTo === undefined ? undefined : lte(column, among.upTo))
}

export function matching(
  libraryId: SpaceId,
  { search = '', type = '', mode = '', tag: word = '', notOn }: TuneFilter,
  among?: Among,
) {
  // What is known of some tunes alone is found by their ids: a plus is how SQLite is told to leave another index alone.
  const own = (column: SQLiteColumn) => sql`${sql.raw(among ? '+' : '')}${column}`
  const said = (table: typeof tag | typeof note, condition: SQL) =>
    sql`${tune.id} in (select ${table.tuneRef} from ${table} where ${and(
      eq(own(table.spaceId), libraryId),
      isAmong(table.tuneRef, among),
      condition,
    )})`
  return and(
    eq(tune.spaceId, libraryId),
    isAmong(tune.id, among),
    type === '' ? undefined : sql`${tune.type} = ${type} collate nocase`,
    mode === '' ? undefined : sql`${tune.mode} = ${mode} collate nocase`,
    word === '' ? undefined : said(tag, eq(own(tag.tagText), word)),
    notOn &&
      sql`not exists (
        select 1 from ${playlistTune} where ${playlistTune.spaceId} = ${notOn} and ${playlistTune.tuneRef} = ${tune.id}
      )`,
    ...searchedWords(search).map((each) =>
      or(hasWord(tune, each), said(tag, hasWord(tag, each)), said(note, hasWord(note, each))),
    ),
  )
}

const byTitle = [sql`${tune.title} collate nocase`, asc(tune.id)]

/**
 * What comes first among the tunes that a search finds, whatever their titles; nothing where it does not matter.
 *
 * The words of a row begin with its title: what begins with the search comes first, then words that begin with it.
 */
export function rank(sort: TuneSort, search = ''): SQL | undefined {
  const [first] = searchedWords(search)
  if (sort !== 'title' || first === undefined) return undefined
  const words = wordsColumn(tune)
  return sql`case
    when substr(${words}, 1, ${first.length}) = ${first} then 0
    when instr(${words}, ${` ${first}`}) > 0 then 1
    else 2
  end`
}

/** Tunes without a value go last. */
export function inOrder(sort: TuneSort, search = ''): SQL[] {
  if (sort === 'newest') return [desc(tune.id)]
  if (sort === 'title') return [rank(sort, search) ?? [], byTitle].flat()
  return [sql`${tune[sort]} collate nocase nulls last`, ...byTitle]
}

/**
 * The tunes of a library that match, in order, each with its tags in one text; those of a window when there is one.
 *
 * The ids of the window are found first, in an index alone where nothing narrows: all before it are only counted.
 */
export function libraryTunes(
  db: ReadDatabase,
  libraryId: SpaceId,
  { sort = 'title', ...filter }: TuneFilter & { readonly sort?: TuneSort } = {},
  { offset, limit }: Window = { offset: 0, limit: -1 },
) {
  const order = inOrder(sort, filter.search)
  const window = db
    .select({ id: tune.id })
    .from(tune)
    .where(matching(libraryId, filter))
    .orderBy(...order)
    .limit(limit)
    .offset(offset)
    .as('window')
  return (
    db
      .select(listed(libraryId))
      // A cross join is what SQLite does not turn round: each id of the window is looked up.
      .from(window)
      .crossJoin(tune)
      .where(and(eq(tune.spaceId, libraryId), eq(tune.id, window.id)))
      .orderBy(...order)
  )
}

/** What a list says of a tune, with its tags in one text. */
const listed = (libraryId: SpaceId) => ({
  id: tune.id,
  title: tune.title,
  type: tune.type,
  mode: tune.mode,
  incipit: tune.incipit,
  tags: sql<string | null>`(
    select group_concat(${tag.tagText}, ${sql.raw(`char(${TAG_SEPARATOR.charCodeAt(0)})`)}) from ${tag}
    where ${tag.spaceId} = ${libraryId} and ${tag.tuneRef} = ${tune.id}
  )`,
})

/** The same of some tunes, in no order that could be relied on. */
export const tunesOf = (db: ReadDatabase, libraryId: SpaceId, ids: readonly string[]) =>
  db
    .select(listed(libraryId))
    .from(tune)
    .where(and(eq(tune.spaceId, libraryId), isAmong(tune.id, { ids })))

export type LibraryTuneRow = ReturnType<ReturnType<typeof libraryTunes>['all']>[number]

/** How many tunes of a library match: one row. */
export const tuneCount = (db: ReadDatabase, libraryId: SpaceId, filter: TuneFilter = {}) =>
  db.select({ tunes: count() }).from(tune).where(matching(libraryId, filter))

/**
 * How many tunes a library has: one row.
 *
 * SQLite counts a whole table by its pages, and a part of it row by row. A library is most of its table.
 */
export function librarySize(db: ReadDatabase, libraryId: SpaceId) {
  const elsewhere = (sign: '<' | '>') =>
    sql`(select count(*) from ${tune} where ${tune.spaceId} ${sql.raw(sign)} ${libraryId})`
  const tunes = sql<number>`(select count(*) from ${tune}) - ${elsewhere('<')} - ${elsewhere('>')}`
  return db.select({ tunes: tunes.as('tunes') }).from(sql`(select 1)`)
}

/**
 * The types, or the keys and modes, that tunes of a library have, in order; what differs in case alone is one of them.
 *
 * An index leads from each to the next: the tunes between are not read.
 */
export function valuesInUse(db: ReadDatabase, libraryId: SpaceId, fact: 'type' | 'mode') {
  const column = tune[fact]
  const after = (value: SQL) => sql`(
    select ${column} from ${tune} where ${tune.spaceId} = ${libraryId} and ${column} > ${value} collate nocase
    order by ${column} collate nocase limit 1
  )`
  return db.select({ value: sql<string>`value` }).from(sql`(
    with recursive used(value) as (
      select ${after(sql`''`)} union all select ${after(sql`used.value`)} from used where used.value is not null
    )
    select value from used where value is not null
  )`)
}

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
