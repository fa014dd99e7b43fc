import type { RawGroup, RawTable } from '../raw.ts'
import { emptyRows, type ImportedTable, type ImportProblem, noneSkipped, type PlannedRow } from '../types.ts'
import { type NewIds, newIdsOf, sourceOf } from './identity.ts'
import { Links } from './links.ts'
import type { PlanOptions } from './options.ts'
import { type People, peopleIn } from './people.ts'
import { type Names, namesIn, type WordTables } from './words.ts'

/** Why rows are left out though nothing is wrong with them; told once for a table, with a count. */
export type QuietReason = 'removed' | 'of somebody else' | 'of something left out' | 'repeated'

/** One group on its way into a plan: what its rows refer to, and what has been found so far. */
export interface PlannedGroup {
  readonly source: string
  readonly owner: string
  readonly newIds: NewIds
  readonly people: People
  /** Legacy id of whose rows are taken. */
  readonly person: string | undefined
  readonly words: WordTables
  readonly links: Links
  readonly rows: Record<ImportedTable, PlannedRow[]>
  readonly skipped: Record<ImportedTable, number>
  readonly problems: ImportProblem[]
}

export const tablesNamed = (group: RawGroup, name: string): RawTable[] =>
  group.tables.filter((table) => table.name === name)

/** Finds out whose group this is, where its ids come from, and what its look-up tables say. */
export function openGroup(raw: RawGroup, options: PlanOptions): PlannedGroup {
  const people = peopleIn(raw)
  const wanted = people.canonical(options.person)
  const person = people.all.some(({ id }) => id === wanted) ? wanted : people.all[0]?.id
  const format = raw.source
  const source = format ?? (options.source?.trim() || sourceOf(raw, people.profile(person)))
  const words: { instruments: Names; genres: Names } = {
    instruments: namesIn(raw.tables, 'instrument', 'instrument_ref'),
    genres: namesIn(raw.tables, 'genre', 'name'),
  }
  return {
    source,
    owner: options.owner,
    newIds: newIdsOf(source, options.scope),
    people,
    person,
    words,
    links: new Links(),
    rows: emptyRows(),
    skipped: noneSkipped(),
    problems: [
      ...(raw.problems ?? []),
      ...raw.tables.flatMap(({ problems = [] }) => problems),
      ...queueNotes(raw),
    ],
  }
}

const queueNotes = (raw: RawGroup): ImportProblem[] =>
  tablesNamed(raw, 'daily_practice_queue')
    .filter(({ rows }) => rows.length > 0)
    .map(({ file, name, rows }) => ({
      file,
      table: name,
      row: 0,
      severity: 'note',
      message: `is not imported (${rows.length} rows): a day’s queue is worked out anew from what was practised`,
    }))
