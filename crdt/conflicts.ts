import * as Y from 'yjs'
import { type Candidate, candidatesOf, entriesOf, spreadColumns } from './cells.ts'
import { fitted } from './projection.ts'
import type { RowMap } from './row-parts.ts'
import {
  type CellValue,
  type ColumnShape,
  type ConcurrentValue,
  type ConflictRule,
  isRegister,
  ruleName,
  type TableShape,
} from './schema/index.ts'
import type { Stamps } from './stamps.ts'

/** Root of a document that keeps what concurrent values have lost. No table can have this name. */
export const CONFLICTS = 'segue_conflicts'

const SEPARATOR = '\u001f'

/** Two values that were written to one cell at the same time, by people who did not know of each other's. */
export interface CellConflict {
  /** Stable within its row. */
  readonly id: string
  /** SQL name of the column. */
  readonly column: string
  readonly kept: ConcurrentValue
  readonly lost: ConcurrentValue
  /** The name of the rule that chose. */
  readonly rule: string
  /** When a later write has replaced both, and who wrote it; nothing as long as the cell still holds them. */
  readonly settled: { readonly at: number; readonly userId: string; readonly device: string } | undefined
}

/** A row that is about to be written to. */
export interface ContestedRow {
  readonly shape: TableShape
  readonly rowId: string
  readonly parts: readonly RowMap[]
  readonly stamps: Stamps
}

/** A conflict as it is stored once it is settled. Devices were not written down from the beginning. */
interface StoredConflict {
  readonly kept: StoredValue
  readonly lost: StoredValue
  readonly rule: string
  readonly settledAt: number
  readonly settledBy: string
  readonly settledDevice?: unknown
}

type StoredValue = Omit<ConcurrentValue, 'device'> & { readonly device?: unknown }

/**
 * The conflicts of a document: open ones, that its cells still hold, and settled ones, of which the loser has been
 * written down by whoever settled them.
 */
export class Conflicts {
  readonly #map: Y.Map<unknown>
  readonly #stamps: Stamps
  #keysByRow: Map<string, Set<string>> | undefined

  constructor(doc: Y.Doc, stamps: Stamps) {
    this.#map = doc.getMap(CONFLICTS)
    this.#stamps = stamps
  }

  /** All conflicts of a row, in a stable order. */
  of(shape: TableShape, rowId: string, parts: readonly RowMap[]): CellConflict[] {
    const open = this.open(shape, parts).map(({ conflict }) => conflict)
    const index = this.#index()
    const keys = index.size > 0 ? index.get(rowKey(shape.storedAs, rowId)) : undefined
    if (!keys) return open
    const settled = [...keys].sort().flatMap((key) => {
      const stored = this.#map.get(key)
      return isStored(stored) ? [settledConflict(shape, key, stored)] : []
    })
    return [...open, ...settled]
  }

  /** What the cells of a row still hold, with the items of both values. */
  open(shape: TableShape, parts: readonly RowMap[]): { conflict: CellConflict; items: readonly Y.Item[] }[] {
    if (parts.length < 2 && spreadColumns(parts).size === 0) return []
    return shape.columns.flatMap((column) => {
      const [kept, ...others] = this.contested(column, parts)
      if (!kept) return []
      return others.map((lost) => ({
        items: [kept.item, lost.item],
        conflict: {
          id: conflictId(column, lost),
          column: column.name,
          ...{ kept: concurrentValue(column, kept), lost: concurrentValue(column, lost) },
          rule: ruleName(column.conflicts),
          settled: undefined,
        },
      }))
    })
  }

  /** The values of a cell that compete, the latest first; none when there is but one, or all are the same. */
  contested(column: ColumnShape, parts: readonly RowMap[]): Candidate[] {
    if (!isRegister(column) || entriesOf(parts, column.storedAs).length < 2) return []
    const candidates = candidatesOf(parts, column.storedAs, this.#stamps)
    const [first, ...others] = candidates.map(({ value }) => comparable(fitted(column, value)))
    return others.some((other) => other !== first) ? candidates : []
  }

  /** Writes down what is about to be replaced, in the transaction that replaces it. */
  settle({ shape, rowId, parts, stamps }: ContestedRow, column: ColumnShape, rule: ConflictRule): void {
    const [kept, ...others] = this.contested(column, parts)
    if (!kept) return
    for (const lost of others) {
      const stored: StoredConflict = {
        ...{ kept: storedValue(column, kept), lost: storedValue(column, lost) },
        rule: ruleName(rule),
        settledAt: stamps.next,
        settledBy: stamps.author.userId,
        ...(stamps.author.device && { settledDevice: stamps.author.device }),
      }
      this.#map.set([shape.storedAs, rowId, conflictId(column, lost)].join(SEPARATOR), stored)
    }
  }

  /** The rows whose settled conflicts a transaction has changed, by the names of their tables. */
  take(transaction: Y.Transaction): { table: string; rowId: string }[] {
    const rows: { table: string; rowId: string }[] = []
    const changed: ReadonlyMap<unknown, ReadonlySet<string | null>> = transaction.changed
    for (const key of changed.get(this.#map) ?? []) {
      if (key === null) continue
      const [table = '', rowId = ''] = key.split(SEPARATOR)
      rows.push({ table, rowId })
      const keys = this.#index().get(rowKey(table, rowId)) ?? new Set()
      if (this.#map.has(key)) keys.add(key)
      else keys.delete(key)
      this.#index().set(rowKey(table, rowId), keys)
    }
    return rows
  }

  #index(): Map<string, Set<string>> {
    if (!this.#keysByRow) {
      this.#keysByRow = new Map()
      for (const key of this.#map.keys()) {
        const [table = '', rowId = ''] = key.split(SEPARATOR)
        const known = this.#keysByRow.get(rowKey(table, rowId))
        if (known) known.add(key)
        else this.#keysByRow.set(rowKey(table, rowId), new Set([key]))
      }
    }
    return this.#keysByRow
  }
}

const rowKey = (table: string, rowId: string) => table + SEPARATOR + rowId

function conflictId({ storedAs }: ColumnShape, { item: { id } }: Candidate): string {
  return [storedAs, `${id.client.toString(36)}.${id.clock.toString(36)}`].join(SEPARATOR)
}

const concurrentValue = (column: ColumnShape, { value, at, author }: Candidate): ConcurrentValue => ({
  value: fitted(column, value),
  at,
  ...author,
})

/** A value to be written down, as it is: a newer app may know more of it. */
const storedValue = (column: ColumnShape, { value, at, author, item }: Candidate): StoredValue => ({
  value: plainValue(column, value, item),
  at,
  userId: author.userId,
  ...(author.device && { device: author.device }),
})

/** A value as it can be written once more, also where the schema does not know it. */
export const plainValue = (column: ColumnShape, value: unknown, { content }: Y.Item): CellValue =>
  content instanceof Y.ContentAny && value !== undefined ? (value as CellValue) : fitted(column, value)

/** Whether two values of cells are the same, whatever their kind. */
export const isSameValue = (a: CellValue, b: CellValue): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && comparable(a) === comparable(b))

/** A value as a text by which equal ones can be told. */
const comparable = (value: CellValue): string =>
  typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)

function settledConflict({ columns }: TableShape, key: string, stored: StoredConflict): CellConflict {
  const [, , storedAs = '', item = ''] = key.split(SEPARATOR)
  const { kept, lost, rule, settledAt, settledBy, settledDevice } = stored
  const column = columns.find((each) => each.storedAs === storedAs)
  const read = ({ value, at, userId, device }: StoredValue): ConcurrentValue => ({
    ...{ value: column ? fitted(column, value) : value, at, userId },
    device: deviceOf(device),
  })
  return {
    id: storedAs + SEPARATOR + item,
    column: column?.name ?? storedAs,
    kept: read(kept),
    lost: read(lost),
    rule,
    settled: { at: settledAt, userId: settledBy, device: deviceOf(settledDevice) },
  }
}

const deviceOf = (stored: unknown): string => (typeof stored === 'string' ? stored : '')

/** Whether a stored value is a conflict that was settled before some moment. */
export const settledBefore = (value: unknown, moment: Date): boolean =>
  isStored(value) && value.settledAt < moment.getTime()

function isStored(value: unknown): value is StoredConflict {
  if (typeof value !== 'object' || value === null) return false
  const { kept, lost, rule, settledAt, settledBy } = value as Record<string, unknown>
  return (
    isValue(kept) &&
    isValue(lost) &&
    typeof rule === 'string' &&
    typeof settledAt === 'number' &&
    typeof settledBy === 'string'
  )
}

function isValue(side: unknown): side is StoredValue {
  if (typeof side !== 'object' || side === null) return false
  const { value, at, userId } = side as Record<string, unknown>
  return value !== undefined && typeof at === 'number' && Number.isFinite(at) && typeof userId === 'string'
}
