import type { RawGroup } from '../raw.ts'
import {
  emptyRows,
  IMPORTED_TABLES,
  type ImportPlan,
  type ImportProblem,
  type LegacyPerson,
  noneSkipped,
} from '../types.ts'
import { openGroup, type PlannedGroup, tablesNamed } from './group.ts'
import type { PlanOptions } from './options.ts'
import { readRows } from './read-rows.ts'

/** Works out what importing some raw tables would write. Whatever cannot be taken is in the plan's problems. */
export function planImport(groups: readonly RawGroup[], options: PlanOptions): ImportPlan {
  const planned = groups.map((raw) => planGroup(raw, options))
  const tables = emptyRows()
  const skipped = noneSkipped()
  const problems: ImportProblem[] = planned.flatMap((group) => group.problems)
  for (const table of IMPORTED_TABLES) {
    const ids = new Set<string>()
    let repeated = 0
    for (const group of planned) {
      skipped[table] += group.skipped[table]
      for (const row of group.rows[table]) {
        // The same database in two formats, chosen together.
        if (ids.has(row.id)) repeated++
        else tables[table].push(row)
        ids.add(row.id)
      }
    }
    skipped[table] += repeated
    if (repeated > 0) problems.push(inTwoFiles(table, repeated))
  }
  const main = planned.find(({ person }) => person !== undefined)
  return {
    source: [...new Set(planned.map(({ source }) => source))].join(' + '),
    people: everybody(planned),
    person: main?.person,
    tables,
    skipped,
    problems,
  }
}

function planGroup(raw: RawGroup, options: PlanOptions): PlannedGroup {
  const group = openGroup(raw, options)
  // Parents come first, so that a link always finds what has become of its end.
  for (const table of IMPORTED_TABLES) {
    const seen = new Map<string, { row: number; content: string }>()
    for (const rawTable of tablesNamed(raw, table)) readRows(group, table, rawTable, seen)
  }
  return group
}

const inTwoFiles = (table: string, count: number): ImportProblem => ({
  file: '',
  table,
  row: 0,
  severity: 'note',
  message: `${count} rows are in two of the files; taken once`,
})

function everybody(groups: readonly PlannedGroup[]): LegacyPerson[] {
  const byId = new Map<string, LegacyPerson>()
  for (const { people } of groups) {
    for (const person of people.all) {
      const known = byId.get(person.id)
      byId.set(person.id, { ...person, rows: person.rows + (known?.rows ?? 0) })
    }
  }
  return [...byId.values()].sort((a, b) => b.rows - a.rows)
}
