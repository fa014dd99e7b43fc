import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { ReadDatabase } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { tune } from 'segue/tables'
import { type Among, inOrder, matching, rank, type TuneFilter, type TuneSort } from './library.ts'

export interface TuneSearch extends TuneFilter {
  readonly sort?: TuneSort
}

/** The tunes that a search has found: how many there are, and the ids of the first of them, or of all, in order. */
export interface FoundTunes {
  readonly count: number
  readonly ids: readonly string[]
}

export interface SearchOptions {
  /** Ids among which all that match are, where that is known. */
  readonly among?: readonly string[] | undefined
  /** Tunes that are looked at in one step: a few thousandths of a second of work. */
  readonly part?: number
  /** Tunes that can be put in order in one step. */
  readonly few?: number
  /** The first tunes are told of before all are in order, if they are so many. */
  readonly enough?: number
}

/**
 * All tunes of a library that match, found some at a time: between the steps others can do their work. What they change
 * meanwhile may be found as it was, or as it is.
 *
 * SQLite puts a few of them in order. Where there are more, all tunes are gone through in theirs, and a step on the way
 * tells of the first ones.
 */
export function* searching(
  db: ReadDatabase,
  libraryId: SpaceId,
  search: TuneSearch,
  { among, part = 4_000, few = 2_000, enough = 600 }: SearchOptions = {},
): Generator<FoundTunes | undefined, FoundTunes> {
  const inOneStep = (some: readonly string[]) => sorted(db, libraryId, search, some)
  if (among && among.length <= few) return whole(inOneStep(among))
  /** What was found, by how far in front it belongs; and where each of it belongs that is not in order yet. */
  const places: string[][] = [[], [], []]
  const left = new Map<string, number>()
  for (let after: string | undefined = ''; after !== undefined; ) {
    const upTo = lastOf(db, libraryId, after, part)
    for (const { place, ids } of foundAmong(db, libraryId, search, { after, upTo })) {
      for (const id of textsIn(ids)) {
        places[place]?.push(id)
        left.set(id, place)
      }
    }
    after = upTo
    yield
  }
  if (left.size <= few) return whole(inOneStep([...left.keys()]))

  const count = left.size
  const ordered = places.map((ids) => {
    if (ids.length > few) return []
    for (const id of ids) left.delete(id)
    return inOneStep(ids)
  })
  /** The first of all: up to where the next one is not known yet. */
  const first = () => {
    const end = places.findIndex((ids, place) => (ordered[place]?.length ?? 0) < ids.length)
    return ordered.slice(0, end + 1).flat()
  }
  let isTold = false
  for (let offset = 0; left.size > 0; offset += part) {
    yield
    const ids = allInOrder(db, libraryId, search, offset, part)
    if (ids.length === 0) break
    for (const id of ids) {
      const place = left.get(id)
      if (place === undefined) continue
      left.delete(id)
      ordered[place]?.push(id)
    }
    if (isTold || left.size === 0) continue
    const known = first()
    if (known.length < enough) continue
    isTold = true
    yield { count, ids: known }
  }
  return whole(ordered.flat())
}

const whole = (ids: readonly string[]): FoundTunes => ({ count: ids.length, ids })

/** The id up to which there are so many tunes; nothing where there are no more. */
function lastOf(db: ReadDatabase, libraryId: SpaceId, after: string, part: number): string | undefined {
  const [last] = db
    .select({ id: tune.id })
    .from(tune)
    .where(and(eq(tune.spaceId, libraryId), gt(tune.id, after)))
    .orderBy(asc(tune.id))
    .limit(1)
    .offset(part - 1)
    .all()
  return last?.id
}

/** What matches, in no order: ids as one text, since a row for each would take longer than finding it. */
function foundAmong(
  db: ReadDatabase,
  libraryId: SpaceId,
  { sort = 'title', ...filter }: TuneSearch,
  among: Among,
) {
  const place = sql<number>`${rank(sort, filter.search) ?? sql.raw('0')}`.as('place')
  return db
    .select({ place, ids: sql<string>`json_group_array(${tune.id})` })
    .from(tune)
    .where(matching(libraryId, filter, among))
    .groupBy(sql`place`)
    .all()
}

function sorted(
  db: ReadDatabase,
  libraryId: SpaceId,
  { sort = 'title', ...filter }: TuneSearch,
  ids: readonly string[],
): string[] {
  const rows = db
    .select({ id: tune.id })
    // A cross join is what SQLite does not turn round: each of these is looked up, instead of all in their order.
    .from(sql`json_each(${JSON.stringify(ids)})`)
    .crossJoin(tune)
    .where(and(sql`${tune.id} = value`, matching(libraryId, filter, { ids })))
    .orderBy(...inOrder(sort, filter.search))
    .all()
  return rows.map(({ id }) => id)
}

function allInOrder(
  db: ReadDatabase,
  libraryId: SpaceId,
  { sort = 'title' }: TuneSearch,
  offset: number,
  limit: number,
): string[] {
  const part = db
    .select({ id: tune.id })
    .from(tune)
    .where(eq(tune.spaceId, libraryId))
    .orderBy(...inOrder(sort))
    .limit(limit)
    .offset(offset)
    .as('part')
  const [row] = db
    .select({ ids: sql<string>`json_group_array(${part.id})` })
    .from(part)
    .all()
  return row ? textsIn(row.ids) : []
}

const textsIn = (json: string): string[] => {
  const values: unknown = JSON.parse(json)
  return Array.isArray(values) ? values.map(String) : []
}
