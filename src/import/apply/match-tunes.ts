import type { RowId, Space } from 'segue/crdt'
import { tune } from 'segue/tables'
import { tuneFacts } from '../plan/specs.ts'
import type { PlannedRow } from '../types.ts'

/** What the tunes of a plan are in a library. */
export interface MatchedTunes {
  /** New id of a plan → id of the tune that it is here. Those that are nobody yet keep their new id. */
  readonly ids: ReadonlyMap<RowId, RowId>
  /** Tunes that were recognised by title, type and key alone. */
  readonly byFacts: number
  /** How many new ids are taken by a tune with another title, of how many that are taken at all. */
  readonly renamed: number
  readonly known: number
}

interface LibraryTune {
  readonly id: RowId
  readonly isLive: boolean
  readonly title: string
  readonly facts: string
  readonly origin: string | undefined
}

/**
 * Finds the tunes of a plan in a library: by their new id, else by where they came from (`primary_origin` and
 * `id_foreign`), else by title, type and key. Each tune here is at most one tune of the plan.
 *
 * A tune in the trash is found too, so that it stays there.
 */
export function matchTunes(planned: readonly PlannedRow[], library: Space): MatchedTunes {
  const tunes = libraryTunes(library)
  const byId = new Map(tunes.map((each) => [each.id, each]))
  const ids = new Map<RowId, RowId>()
  const taken = new Set<RowId>()
  let renamed = 0
  for (const { id, cells } of planned) {
    const known = byId.get(id)
    if (!known) continue
    taken.add(id)
    ids.set(id, id)
    if (known.title.toLowerCase() !== String(cells.title).toLowerCase()) renamed++
  }
  const known = ids.size
  const claim = (each: PlannedRow, candidates: readonly LibraryTune[] = []) => {
    const found = candidates.find((candidate) => !taken.has(candidate.id))
    if (found) {
      taken.add(found.id)
      ids.set(each.id, found.id)
    }
    return found !== undefined
  }
  const byOrigin = grouped(tunes, ({ origin }) => origin)
  const byFacts = grouped(tunes, ({ isLive, facts }) => (isLive ? facts : undefined))
  const unknown = planned.filter(
    (each) => !ids.has(each.id) && !claim(each, byOrigin.get(originOf(each.cells) ?? '')),
  )
  const recognised = unknown.filter((each) => claim(each, byFacts.get(tuneFacts(each.cells))))
  return { ids, byFacts: recognised.length, renamed, known }
}

function libraryTunes(library: Space): LibraryTune[] {
  const shape = library.schema.shape(tune)
  const tunes: LibraryTune[] = []
  for (const id of library.rowIds(shape)) {
    const row = library.project(shape, id)
    if (row.state !== 'live' && row.state !== 'removed') continue
    const cells = Object.fromEntries(
      shape.columns.map(({ property }, index) => [property, row.cells[index] ?? null]),
    )
    tunes.push({
      id,
      isLive: row.state === 'live',
      title: String(cells.title),
      facts: tuneFacts(cells),
      origin: originOf(cells),
    })
  }
  return tunes
}

const originOf = ({ primaryOrigin, idForeign }: PlannedRow['cells']): string | undefined =>
  typeof idForeign === 'string' && typeof primaryOrigin === 'string'
    ? `${primaryOrigin}\n${idForeign}`
    : undefined

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
