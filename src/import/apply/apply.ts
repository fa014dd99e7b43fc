import { ForeignKeyError, InvalidRowError, orderKeysBetween, type Space, type SpaceId } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import { ensureTune, playlistOrder } from '../../actions/index.ts'
import {
  IMPORTED_TABLES,
  type ImportCounts,
  type ImportPlan,
  type ImportProblem,
  type ImportTarget,
  type PlannedCells,
  type Slicing,
} from '../types.ts'
import { rowsIn, startCounts } from './counts.ts'
import { type LandedRow, Landing } from './landing.ts'
import { breather } from './pauses.ts'
import { slices } from './slices.ts'

/** What an import did. */
export interface ImportResult {
  readonly counts: ImportCounts
  /** Rows that were refused while they were written. */
  readonly problems: readonly ImportProblem[]
  /** The playlists of the plan that are here now. */
  readonly playlists: readonly { readonly id: SpaceId; readonly name: string }[]
  /** Whether it was stopped. What had been written stays, and a second run does the rest. */
  readonly stopped: boolean
}

const UNNAMED_LIST = 'Imported list'
const LONGEST_NAME = 200

/**
 * Writes a plan: new rows are added, empty cells filled, everything else left as it is. Running it twice changes
 * nothing the second time.
 *
 * Rows go into the spaces in slices of one transaction each. Aborting `signal` stops between two slices.
 */
export async function applyImport(
  plan: ImportPlan,
  target: ImportTarget,
  { signal, onProgress, pause = breather() }: Slicing = {},
): Promise<ImportResult> {
  const landing = await Landing.of(plan, target, pause)
  const counts = startCounts(plan)
  const problems: ImportProblem[] = []
  const playlists = new Map<SpaceId, string>()
  const total = rowsIn(plan)
  let done = 0
  const result = (stopped: boolean): ImportResult => ({
    ...{ counts, problems, stopped },
    playlists: [...playlists].map(([id, name]) => ({ id, name })),
  })

  for (const table of IMPORTED_TABLES) {
    for (const [home, rows] of await landing.bySpace(table, plan.tables[table])) {
      if (signal?.aborted) return result(true)
      const name = table === 'playlist' ? nameOf(rows[0]?.cells) : (playlists.get(home) ?? UNNAMED_LIST)
      const space = landing.findSpace(home) ?? (await target.playlistSpace({ id: home, name }))
      if (table === 'playlist') playlists.set(home, name)
      const writer = new Writer(landing, target.library, space)
      for await (const slice of slices(rows, pause)) {
        if (signal?.aborted) return result(true)
        space.transact(() => {
          for (const row of slice) {
            const outcome = writer.write(row)
            if (typeof outcome === 'string') counts[table][outcome]++
            else {
              counts[table].skipped++
              problems.push(outcome)
            }
          }
        }, NOT_UNDOABLE)
        done += slice.length
        onProgress?.({ done, total })
      }
    }
  }
  return result(false)
}

/** An import goes slice by slice: taking back one of them would help nobody. */
const NOT_UNDOABLE = { undoable: false }

const nameOf = (cells: PlannedCells | undefined): string =>
  typeof cells?.name === 'string' ? cells.name.slice(0, LONGEST_NAME).toWellFormed() : UNNAMED_LIST

/** Writes rows into one space. */
class Writer {
  readonly #landing: Landing
  readonly #library: Space
  readonly #space: Space
  #lastPosition: string | null | undefined

  constructor(landing: Landing, library: Space, space: Space) {
    this.#landing = landing
    this.#library = library
    this.#space = space
  }

  write(row: LandedRow): 'insert' | 'update' | 'unchanged' | 'inTrash' | ImportProblem {
    const verdict = this.#landing.judge(row, this.#space)
    const table = tableOf(row)
    try {
      if (verdict.kind === 'insert') {
        if (this.#space !== this.#library) this.#bringTune(row.cells)
        this.#space.insert(table, { ...row.cells, ...this.#place(row), id: row.id })
      } else if (verdict.kind === 'update') this.#space.update(table, row.id, verdict.patch)
      return verdict.kind
    } catch (error) {
      if (!(error instanceof InvalidRowError || error instanceof ForeignKeyError)) throw error
      const { file, row: number } = row.planned
      return { file, table: row.table, row: number, severity: 'error', message: error.message }
    }
  }

  /** A playlist carries copies of its tunes, so that whoever it is shared with has them. */
  #bringTune({ tuneRef }: PlannedCells): void {
    const row = typeof tuneRef === 'string' ? this.#library.get(tune, tuneRef) : undefined
    if (row) ensureTune(this.#space, row)
  }

  /** Imported tunes go to the end of a list, in their order. */
  #place({ table, cells }: LandedRow): PlannedCells {
    if (table === 'playlist') return { name: nameOf(cells) }
    if (table !== 'playlist_tune') return {}
    this.#lastPosition ??= playlistOrder(this.#space).at(-1)?.position ?? null
    const [position] = orderKeysBetween(this.#lastPosition, null, 1)
    this.#lastPosition = position
    return { position: position ?? null }
  }
}

function tableOf({ shape }: LandedRow) {
  const table = Object.values(tuneSchema.tables).find((each) => tuneSchema.shape(each) === shape)
  if (!table) throw new TypeError(`The app has no table "${shape.name}".`)
  return table
}
