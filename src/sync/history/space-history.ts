import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { type Restored, type RowChange, type RowId, restoreRow, restoreSpace, type Space } from 'segue/crdt'
import type { HistoryApi, LoggedMoment } from 'segue/supabase'
import { HistoryOfflineError, NoHistoryError, RestoreRefusedError } from './errors.ts'
import { PastReader, type Place, type ReadOptions } from './past-reader.ts'

/** Edits of one person without a pause, and what they have changed. */
export interface Moment extends LoggedMoment {
  /** Of what the schema knows; nothing for a checkpoint. */
  readonly changes: readonly RowChange[]
}

/** One moment in which a row was changed. */
export interface RowMoment {
  readonly moment: LoggedMoment
  readonly change: RowChange
}

interface HistorySource {
  /** The document as it is now; a new epoch brings another one. */
  readonly space: () => Space
  /** Nothing for a space that no server knows. */
  readonly api: HistoryApi | undefined
  readonly isOnline: () => boolean
  readonly mayEdit: () => boolean
}

/**
 * What a space was, as far back as the server keeps it, and the way back there.
 *
 * Everything but a restore needs the network: without one it throws {@link HistoryOfflineError}, for a space that is on
 * this device only {@link NoHistoryError}, and otherwise a {@link SyncError} when the server cannot be asked or says no.
 */
export class SpaceHistory {
  readonly #source: HistorySource

  constructor(source: HistorySource) {
    this.#source = source
  }

  /**
   * Moments before another one, newest first, each with what it has changed; none at the beginning.
   *
   * @param limit  at most this many
   */
  async moments({
    before,
    limit = 20,
    ...options
  }: ReadOptions & { before?: LoggedMoment | undefined; limit?: number } = {}): Promise<Moment[]> {
    const { api, reader } = this.#reader()
    const place = before && (before.from === null ? before.seq : before.from + 1)
    const moments = await api.moments(this.#source.space().id, place, limit, options.signal)
    const changes = new Map<LoggedMoment, readonly RowChange[]>()
    const edited = moments.filter(isEdited).reverse()
    const { onProgress } = options
    let done = 0
    for (const stretch of byEpoch(edited)) {
      const share = (part: number) => onProgress?.((done + part * stretch.length) / edited.length)
      const found = reader.changes(stretch, { ...options, onProgress: share })
      for (const moment of stretch) changes.set(moment, (await found.next()).value ?? [])
      await found.return(undefined)
      done += stretch.length
    }
    return moments.map((moment) => ({ ...moment, changes: changes.get(moment) ?? [] }))
  }

  /**
   * The space as it was at the end of a moment, in a document of its own that may be looked at and not written to.
   * Whoever asks destroys it.
   *
   * @throws {HistoryGoneError} it is not kept any more
   */
  async at(moment: Place, options: ReadOptions = {}): Promise<Space> {
    return this.#reader().reader.at(moment, options)
  }

  /** The moments in which a row was changed, newest first, as far back as the log goes. */
  async ofRow(table: SQLiteTable, rowId: RowId, options: ReadOptions = {}): Promise<RowMoment[]> {
    const { api, reader } = this.#reader()
    const space = this.#source.space()
    const shape = space.schema.shape(table)
    const edited: Edited[] = []
    for (let before: number | undefined; before === undefined || before > 1; ) {
      const page = await api.moments(space.id, before, 200, options.signal)
      const found = page.filter(isEdited)
      edited.push(...found)
      const last = page.at(-1)
      if (!last || found.length < page.length) break
      before = (last.from ?? last.seq) + 1
    }
    const rows: RowMoment[] = []
    let done = 0
    for (const stretch of byEpoch(edited.reverse())) {
      const share = (part: number) => options.onProgress?.((done + part * stretch.length) / edited.length)
      let index = 0
      for await (const changes of reader.changes(
        stretch,
        { ...options, onProgress: share },
        { shape, rowId },
      )) {
        const [moment, change] = [stretch[index], changes[0]]
        if (moment && change) rows.push({ moment, change })
        index += 1
      }
      done += stretch.length
    }
    return rows.reverse()
  }

  /**
   * Makes the space what it was then, by ordinary edits that merge: one step to undo.
   *
   * @throws {RestoreRefusedError} the person may only look
   */
  restore(then: Space): Restored {
    this.#assertMayEdit()
    return restoreSpace(this.#source.space(), then)
  }

  /**
   * Makes a row, or some of its cells, what it was then; see {@link restoreRow}.
   *
   * @throws {RestoreRefusedError} the person may only look
   * @throws {CrdtError} it cannot be so as things are now
   */
  restoreRow(table: SQLiteTable, rowId: RowId, then: Space, properties?: readonly string[]): Restored {
    this.#assertMayEdit()
    return restoreRow(this.#source.space(), table, rowId, then, properties)
  }

  #assertMayEdit(): void {
    if (!this.#source.mayEdit()) throw new RestoreRefusedError()
  }

  #reader(): { api: HistoryApi; reader: PastReader } {
    const { api, isOnline, space } = this.#source
    if (!api) throw new NoHistoryError()
    if (!isOnline()) throw new HistoryOfflineError()
    const { id, schema } = space()
    return { api, reader: new PastReader(id, schema, api) }
  }
}

type Edited = LoggedMoment & { readonly from: number }

const isEdited = (moment: LoggedMoment): moment is Edited => moment.from !== null

/** Documents of different epochs share no updates: each is read from a checkpoint of its own. */
function byEpoch(moments: readonly Edited[]): Edited[][] {
  const stretches: Edited[][] = []
  for (const moment of moments) {
    const stretch = stretches.at(-1)
    if (stretch && stretch[0]?.epoch === moment.epoch) stretch.push(moment)
    else stretches.push([moment])
  }
  return stretches
}
