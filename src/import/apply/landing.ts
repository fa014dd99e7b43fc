import {
  isSpaceId,
  type ProjectedRow,
  type RowId,
  type Space,
  type SpaceId,
  type TableShape,
} from 'segue/crdt'
import { playlist, tune, tuneSchema } from 'segue/tables'
import type { ImportedTable, ImportPlan, ImportTarget, PlannedCells, PlannedRow } from '../types.ts'
import { type MatchedTunes, matchTunes } from './match-tunes.ts'
import { forEach } from './pauses.ts'

/** A row where it will lie: under the id it has there, with links that lead there. */
export interface LandedRow {
  readonly table: ImportedTable
  readonly shape: TableShape
  readonly id: RowId
  readonly cells: PlannedCells
  readonly planned: PlannedRow
}

/** What writing a row means. */
export type Verdict =
  | { readonly kind: 'insert' }
  /** Cells that are empty here and not there. What somebody has written here is never overwritten. */
  | { readonly kind: 'update'; readonly patch: PlannedCells }
  | { readonly kind: 'unchanged' }
  /** It, its tune or its playlist was removed here; it stays removed. */
  | { readonly kind: 'inTrash' }

/** Where the rows of a plan come down in the spaces of a person. Reads, and never writes. */
export class Landing {
  readonly tunes: MatchedTunes
  readonly #target: ImportTarget
  readonly #listed: ReadonlySet<string>
  readonly #pause: () => Promise<void>

  private constructor(
    tunes: MatchedTunes,
    target: ImportTarget,
    listed: ReadonlySet<string>,
    pause: () => Promise<void>,
  ) {
    this.tunes = tunes
    this.#target = target
    this.#listed = listed
    this.#pause = pause
  }

  /** @param pause  lets others do their work */
  static async of(plan: ImportPlan, target: ImportTarget, pause: () => Promise<void>): Promise<Landing> {
    const tunes = await matchTunes(plan.tables.tune, target.library, pause)
    const listed = new Set<string>()
    await forEach(plan.tables.playlist_tune, pause, ({ cells }) =>
      listed.add(`${cells.playlistRef}:${cells.tuneRef}`),
    )
    return new Landing(tunes, target, listed, pause)
  }

  /** Rows of a table by the space they belong to: the library, or a playlist's own. */
  async bySpace(table: ImportedTable, rows: readonly PlannedRow[]): Promise<Map<SpaceId, LandedRow[]>> {
    const shape = tuneSchema.shapeNamed(table)
    if (!shape) throw new TypeError(`The app has no table "${table}".`)
    const landed = new Map<SpaceId, LandedRow[]>()
    await forEach(rows, this.#pause, (planned) => {
      const home = this.#homeOf(table, planned)
      const row = this.#landed(table, shape, planned)
      const others = landed.get(home)
      if (others) others.push(row)
      else landed.set(home, [row])
    })
    return landed
  }

  /** The space, unless it is a playlist's that is not there yet. */
  findSpace(home: SpaceId): Space | undefined {
    return home === this.#target.library.id ? this.#target.library : this.#target.findPlaylist(home)
  }

  judge({ table, shape, id, cells }: LandedRow, space: Space | undefined): Verdict {
    const stored: ProjectedRow = space?.project(shape, id) ?? { state: 'absent' }
    switch (stored.state) {
      case 'absent':
        return this.#isBuried(table, cells, space) ? { kind: 'inTrash' } : { kind: 'insert' }
      case 'removed':
        return { kind: 'inTrash' }
      case 'hidden':
        return { kind: 'unchanged' }
    }
    // What was practised is an event: it is not written again.
    if (table === 'practice_record') return { kind: 'unchanged' }
    const patch = emptyOnes(shape, stored.cells, cells)
    return Object.keys(patch).length > 0 ? { kind: 'update', patch } : { kind: 'unchanged' }
  }

  #homeOf(table: ImportedTable, { id, cells }: PlannedRow): SpaceId {
    const { playlistRef, tuneRef } = cells
    const isShared =
      table === 'playlist_tune' ||
      (table === 'note' && cells.public === true && this.#listed.has(`${playlistRef}:${tuneRef}`))
    const home = table === 'playlist' ? id : isShared ? playlistRef : undefined
    return isSpaceId(home) ? home : this.#target.library.id
  }

  #landed(table: ImportedTable, shape: TableShape, planned: PlannedRow): LandedRow {
    const { tuneRef } = planned.cells
    const cells =
      typeof tuneRef === 'string' ? { ...planned.cells, tuneRef: this.#tuneId(tuneRef) } : planned.cells
    const id =
      table === 'tune'
        ? this.#tuneId(planned.id)
        : shape.keyProperties.length > 0
          ? this.#target.library.keyOf(shape, cells)
          : planned.id
    return { table, shape, id, cells, planned }
  }

  #tuneId(plannedId: RowId): RowId {
    return this.tunes.ids.get(plannedId) ?? plannedId
  }

  /** Whether the row's tune or its whole playlist lies in the trash. */
  #isBuried(table: ImportedTable, { tuneRef }: PlannedCells, space: Space | undefined): boolean {
    const { library } = this.#target
    if (space && space !== library && isRemoved(space, tuneSchema.shape(playlist), space.id)) return true
    if (table === 'tune' || typeof tuneRef !== 'string') return false
    return isRemoved(library, tuneSchema.shape(tune), tuneRef) && space?.get(tune, tuneRef) === undefined
  }
}

const isRemoved = (space: Space, shape: TableShape, id: RowId): boolean =>
  space.project(shape, id).state === 'removed'

function emptyOnes(
  shape: TableShape,
  stored: readonly PlannedCells[string][],
  cells: PlannedCells,
): Record<string, PlannedCells[string]> {
  const patch: Record<string, PlannedCells[string]> = {}
  const has = (property: string) =>
    stored[shape.columns.findIndex((column) => column.property === property)] !== null
  shape.columns.forEach(({ property }, index) => {
    const value = cells[property]
    if (value === undefined || value === null || shape.keyProperties.includes(property)) return
    // An origin alone says nothing: it and the id there are one piece of knowledge.
    const isEmpty = property === 'primaryOrigin' ? !has('idForeign') : (stored[index] ?? null) === null
    if (isEmpty && stored[index] !== value) patch[property] = value
  })
  return patch
}
