import {
  applySnapshot,
  applyUpdates,
  encodeSnapshot,
  InvalidUpdateError,
  type RowChange,
  type RowId,
  rowChanges,
  type Schema,
  Space,
  type SpaceId,
  type TableShape,
} from 'segue/crdt'
import type { HistoryApi, LogEntry } from 'segue/supabase'
import { HistoryGoneError } from './errors.ts'

/** A place in the log of one epoch. */
export interface Place {
  readonly epoch: number
  readonly seq: number
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** How much has been read, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** A stretch of one epoch's log. */
interface Stretch {
  readonly epoch: number
  readonly from: number
  readonly seq: number
}

const PAGE = 2_000
const ORIGIN = 'history'
/** Of a stretch, how much the checkpoint before it counts. */
const CHECKPOINT_SHARE = 0.3

/** Reads what a space was at past moments into documents of their own, which nothing else ever sees. */
export class PastReader {
  readonly #id: SpaceId
  readonly #schema: Schema
  readonly #api: HistoryApi

  constructor(id: SpaceId, schema: Schema, api: HistoryApi) {
    this.#id = id
    this.#schema = schema
    this.#api = api
  }

  /**
   * The space at a place in its log. Whoever asks destroys it.
   *
   * @throws {HistoryGoneError} it is not kept any more
   */
  async at({ epoch, seq }: Place, { signal, onProgress }: ReadOptions = {}): Promise<Space> {
    let [space, since] = await this.#checkpoint({ epoch, seq }, signal, (share) =>
      onProgress?.(share * CHECKPOINT_SHARE),
    )
    const start = since
    try {
      for await (const entries of this.#log({ epoch, from: since, seq }, signal)) {
        merge(space, entries)
        since += entries.length
        onProgress?.(CHECKPOINT_SHARE + (1 - CHECKPOINT_SHARE) * ((since - start) / (seq - start)))
      }
      return space
    } catch (error) {
      space.destroy()
      throw error
    }
  }

  /**
   * What each of some stretches of the log, which follow one another in one epoch, has changed, in their order.
   *
   * @param only  of which row; all, if left out
   */
  async *changes(
    stretches: readonly Stretch[],
    { signal, onProgress }: ReadOptions = {},
    only?: { readonly shape: TableShape; readonly rowId: RowId },
  ): AsyncGenerator<readonly RowChange[]> {
    const [first, last] = [stretches[0], stretches.at(-1)]
    if (!first || !last) return
    const { epoch, from } = first
    const report = (share: number) => onProgress?.(Math.min(1, share))
    const before = await this.at({ epoch, seq: from }, { signal, onProgress: (share) => report(share / 2) })
    const after = this.#copy(before)
    const touched = new Map<TableShape, Set<RowId>>()
    const stop = after.observe(({ rows }) => {
      for (const [shape, rowIds] of rows) touched.set(shape, (touched.get(shape) ?? new Set()).union(rowIds))
    })
    const waiting: LogEntry[] = []
    const log = this.#log({ epoch, from, seq: last.seq }, signal)
    try {
      for (const { seq } of stretches) {
        const own: LogEntry[] = []
        while ((own.at(-1)?.seq ?? 0) < seq) {
          if (waiting.length === 0) waiting.push(...((await log.next()).value ?? []))
          const end = waiting.findIndex((entry) => entry.seq > seq)
          own.push(...waiting.splice(0, end === -1 ? waiting.length : end))
        }
        merge(after, own)
        const among = only
          ? new Map(touched.get(only.shape)?.has(only.rowId) ? [[only.shape, new Set([only.rowId])]] : [])
          : touched
        report(0.5 + (seq - from) / (last.seq - from) / 2)
        yield rowChanges(before, after, among)
        touched.clear()
        merge(before, own)
      }
    } finally {
      stop()
      before.destroy()
      after.destroy()
    }
  }

  /** The newest checkpoint that can be read, and its place; the empty document that everything began with. */
  async #checkpoint(
    { epoch, seq }: Place,
    signal: AbortSignal | undefined,
    onProgress: (share: number) => void,
  ): Promise<[space: Space, seq: number]> {
    let unreadable: InvalidUpdateError | undefined
    for (let at = seq; at >= 0; ) {
      const found = await this.#api.checkpoint(this.#id, epoch, at, { signal, onProgress })
      if (!found) break
      const space = this.#empty()
      try {
        applySnapshot(space, found.state, ORIGIN)
        return [space, found.seq]
      } catch (error) {
        space.destroy()
        if (!(error instanceof InvalidUpdateError)) throw error
        unreadable = error
        at = found.seq - 1
      }
    }
    if (epoch > 0) throw new HistoryGoneError(unreadable)
    return [this.#empty(), 0]
  }

  async *#log(
    { epoch, from, seq }: Stretch,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly LogEntry[], undefined> {
    for (let since = from; since < seq; ) {
      signal?.throwIfAborted()
      const { entries } = await this.#api.log(this.#id, epoch, since, Math.min(PAGE, seq - since), signal)
      const wanted = entries.filter((entry) => entry.seq <= seq)
      const last = wanted.at(-1)
      // It was purged while somebody was reading.
      if (!last || wanted[0]?.seq !== since + 1) throw new HistoryGoneError()
      yield wanted
      since = last.seq
    }
  }

  #empty(): Space {
    return new Space({ id: this.#id, schema: this.#schema })
  }

  #copy(space: Space): Space {
    const copy = this.#empty()
    applySnapshot(copy, encodeSnapshot(space), ORIGIN)
    return copy
  }
}

/** What cannot be read is left out, as it is everywhere. */
function merge(space: Space, entries: readonly LogEntry[]): void {
  applyUpdates(
    space,
    entries.map(({ update }) => update),
    ORIGIN,
  )
}
