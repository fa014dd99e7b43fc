import type { RowId, Space } from 'segue/crdt'
import { tune } from 'segue/tables'
import { tuneFacts } from '../plan/specs.ts'
import type { PlannedRow } from '../types.ts'
import { forEach } from './pauses.ts'

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
export async function matchTunes(
  planned: readonly PlannedRow[],
  library: Space,
  pause: () => Promise<void>,
): Promise<MatchedTunes> {
  const tunes = await libraryTunes(library, pause)
  const byId = new Map<RowId, LibraryTune>()
  const byOrigin = new Map<string, LibraryTune[]>()
  const byFacts = new Map<string, LibraryTune[]>()
  await forEach(tunes, pause, (each) => {
    byId.set(each.id, each)
    if (each.origin !== undefined) add(byOrigin, each.origin, each)
    if (each.isLive) add(byFacts, each.facts, each)
  })

  const ids = new Map<RowId, RowId>()
  const taken = new Set<RowId>()
  let renamed = 0
  await forEach(planned, pause, ({ id, cells }) => {
    const known = byId.get(id)
    if (!known) return
    taken.add(id)
    ids.set(id, id)
    if (known.title.toLowerCase() !== String(cells.title).toLowerCase()) renamed++
  })
  const known = ids.size
  const claim = (each: PlannedRow, candidates: readonly LibraryTune[] = []) => {
    if (ids.has(each.id)) return
    const found = candidates.find((candidate) => !taken.has(candidate.id))
    if (!found) return
    taken.add(found.id)
    ids.set(each.id, found.id)
  }
  await forEach(planned, pause, (each) => claim(each, byOrigin.get(originOf(each.cells) ?? '')))
  const recognisedBefore = ids.size
  await forEach(planned, pause, (each) => claim(each, byFacts.get(tuneFacts(each.cells))))
  return { ids, byFacts: ids.size - recognisedBefore, renamed, known }
}

async function libraryTunes(library: Space, pause: () => Promise<void>): Promise<LibraryTune[]> {
  const shape = library.schema.shape(tune)
  const tunes: LibraryTune[] = []
  // All ids at once: people may go on editing while the rows are read.
  await forEach([...library.rowIds(shape)], pause, (id) => {
    const row = library.project(shape, id)
    if (row.state !== 'live' && row.state !== 'removed') return
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
  })
  return tunes
}

const originOf = ({ primaryOrigin, idForeign }: PlannedRow['cells']): string | undefined =>
  typeof idForeign === 'string' && typeof primaryOrigin === 'string'
    ? `${primaryOrigin}\n${idForeign}`
    : undefined

function add<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key)
  if (group) group.push(item)
  else groups.set(key, [item])
}
