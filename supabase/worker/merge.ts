import {
  applySnapshot,
  applyUpdates,
  defineSchema,
  InvalidUpdateError,
  Space,
  type SpaceId,
  waitsForUpdates,
} from 'segue/crdt'
import { LogGapError, NoSnapshotError, TooManyTablesError } from './errors.ts'
import type { Base, LoggedUpdate, WorkerLog } from './worker-log.ts'

/** An update of the log that is not one, or contradicts the document. Every device leaves it out, too. */
export interface PoisonedEntry {
  readonly seq: number
  readonly client: string
  readonly n: number
  readonly reason: string
}

/** Yjs looks through all root types for each row of each that it encodes. */
const MAX_TABLES = 1_000

/** The worker knows no tables: it keeps what it is given. */
const NO_TABLES = defineSchema({})

/** A space's document as the log makes it. */
export class MergedSpace {
  readonly id: SpaceId
  readonly base: Base
  readonly poisoned: PoisonedEntry[] = []
  readonly #log: WorkerLog
  readonly #space: Space
  readonly #waitedFor: string | undefined
  #seq: number

  private constructor(log: WorkerLog, space: Space, base: Base) {
    this.id = space.id
    this.base = base
    this.#log = log
    this.#space = space
    this.#seq = startOf(base)
    this.#waitedFor = waitsForUpdates(space.doc)
  }

  /**
   * Loads the worker's newest snapshot that can be read; `undefined` when the space is gone.
   *
   * @throws {NoSnapshotError} there is none, and the log alone does not have the whole document
   */
  static async load(log: WorkerLog, id: SpaceId): Promise<MergedSpace | undefined> {
    let before: number | undefined
    let broken: InvalidUpdateError | undefined
    for (;;) {
      const base = await log.base(id, before)
      if (!base) return undefined
      const space = new Space({ id, schema: NO_TABLES })
      if (!base.snapshot) {
        // The first epoch began with nothing; every other one with a document that only a snapshot holds.
        if (base.epoch > 0) throw new NoSnapshotError(broken)
        return new MergedSpace(log, space, base)
      }
      try {
        applySnapshot(space, base.snapshot.state, 'snapshot')
        return new MergedSpace(log, space, base)
      } catch (error) {
        space.destroy()
        if (!(error instanceof InvalidUpdateError)) throw error
        broken = error
        before = base.snapshot.seq
      }
    }
  }

  get doc() {
    return this.#space.doc
  }

  /** The document holds the log up to this place. */
  get seq(): number {
    return this.#seq
  }

  /** How many updates came after the snapshot. */
  get merged(): number {
    return this.#seq - startOf(this.base)
  }

  /**
   * Merges what the log has by now.
   *
   * @throws {LogGapError}         an update is missing
   * @throws {TooManyTablesError}  the document is a trap
   */
  async catchUp(): Promise<void> {
    for (;;) {
      const page = await this.#log.tail(this.id, this.base.epoch, this.#seq)
      if (page.length === 0) return
      this.#merge(page)
      if (this.doc.share.size > MAX_TABLES) throw new TooManyTablesError(this.doc.share.size)
    }
  }

  /** Since when the document has waited for updates which the log does not have; `null` when it does not. */
  waitingSince(now: Date): Date | null {
    const waitsFor = waitsForUpdates(this.doc)
    if (waitsFor === undefined) return null
    return (waitsFor === this.#waitedFor && this.base.snapshot?.waitingSince) || now
  }

  destroy(): void {
    this.#space.destroy()
  }

  #merge(page: readonly LoggedUpdate[]): void {
    page.forEach(({ seq }, index) => {
      const expected = this.#seq + 1 + index
      if (seq !== expected) throw new LogGapError(expected)
    })
    const refused = applyUpdates(
      this.#space,
      page.map(({ update }) => update),
      'log',
    )
    for (const { index, error } of refused) {
      const entry = page[index]
      if (entry)
        this.poisoned.push({ seq: entry.seq, client: entry.client, n: entry.n, reason: error.message })
    }
    this.#seq += page.length
  }
}

const startOf = ({ snapshot, epochSeq }: Base): number => snapshot?.seq ?? epochSeq
