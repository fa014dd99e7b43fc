import { dump, type Mirror } from 'segue/bridge'
import type { CellValue, ColumnShape, Schema, Space } from 'segue/crdt'
import { fitting, latest, type OracleEntry, type OracleRow, rowsOfDocument } from './document-oracle.ts'

type Cells = Readonly<Record<string, string | number | null>>

/**
 * What a mirror of some spaces should hold, worked out the slow and obvious way from the bare documents and the words
 * of the definitions: every row of every table, in no order.
 */
export function oracle(schema: Schema, spaces: readonly Space[]): Map<string, Cells[]> {
  const own = ['segue_trash', 'segue_hidden_row', 'segue_hidden_cell', 'segue_conflict']
  const tables = new Map(
    [...schema.shapes.map(({ name }) => name), ...own].map((name): [string, Cells[]] => [name, []]),
  )
  for (const space of spaces) {
    const rows = rowsOfDocument(space)
    const among = new Among(rows)
    for (const row of rows) {
      const { shape, id, cells } = row
      const say = (table: string, entry: Cells) => tables.get(table)?.push(entry)
      const place = { space_id: space.id, table_name: shape.name, row_id: id }
      const reason = row.missing
        ? `${row.missing.name} is required and has no usable value`
        : row.removedAt === undefined
          ? among.reasonOf(row)
          : undefined
      const isShown = reason === undefined && row.removedAt === undefined
      const nulls = isShown ? among.nullsOf(row) : []
      const shown = cells.map((cell, index) =>
        nulls.some((key) => key.column === shape.columns[index]) ? null : cell,
      )
      if (reason !== undefined) say('segue_hidden_row', { ...place, reason })
      else if (row.removedAt !== undefined) {
        const named = Object.fromEntries(
          shape.columns.map(({ name }, index) => [name, plain(cells[index] ?? null)]),
        )
        say('segue_trash', {
          ...place,
          removed_at: row.removedAt,
          row: JSON.stringify({ id, space_id: space.id, ...named }),
        })
      } else {
        say(shape.name, {
          ...{ id, space_id: space.id, last_modified_at: row.modified.at, last_modified_by: row.modified.by },
          ...Object.fromEntries(
            shape.columns.map((column, index) => [column.name, inSql(column, shown[index] ?? null)]),
          ),
          ...(shape.search.length > 0 ? { segue_words: words(row, shown) } : {}),
        })
      }
      for (const { column, target } of nulls) {
        const value = cells[shape.columns.indexOf(column)] ?? null
        const reason = `foreign key: ${column.name} refers to the ${target} "${value}", which is not shown`
        say('segue_hidden_cell', { ...place, column_name: column.name, value: JSON.stringify(value), reason })
      }
      for (const conflict of [...openConflicts(row), ...settledConflicts(space, row)]) {
        const index = shape.columns.findIndex(({ name }) => name === conflict.column_name)
        const now = isShown && index >= 0 ? JSON.stringify(plain(shown[index] ?? null)) : null
        say('segue_conflict', { ...place, ...conflict, current_value: now })
      }
    }
  }
  return tables
}

/** The rows of a space beside each other: what constraints make of them. */
class Among {
  readonly #rows: readonly OracleRow[]

  constructor(rows: readonly OracleRow[]) {
    this.#rows = rows
  }

  /** Why a row that could be shown by itself is not. */
  reasonOf(row: OracleRow): string | undefined {
    const { shape } = row
    for (const { column, target, onDelete } of shape.foreignKeys) {
      const value = valueIn(row, column)
      if (value !== null && onDelete !== 'set null' && !this.#isShown(this.#find(target, value), []))
        return `foreign key: ${column.name} refers to the ${target} "${value}", which is not shown`
    }
    const failed = shape.checks.find(({ holds }) => !holds(this.#values(row, [])))
    if (failed) return `check: "${failed.name}" does not hold`
    for (const { columns } of shape.unique) {
      const [first] = this.#sharing(row, columns, []).sort((a, b) => (isOlder(a, b) ? -1 : 1))
      if (first) return `unique: "${first.id}" has the same ${columns.map(({ name }) => name).join(', ')}`
    }
    return undefined
  }

  /** The references of a shown row that read null. */
  nullsOf(row: OracleRow): OracleRow['shape']['foreignKeys'] {
    return row.shape.foreignKeys.filter(({ column, target, onDelete }) => {
      const value = valueIn(row, column)
      return onDelete === 'set null' && value !== null && !this.#isShown(this.#find(target, value), [])
    })
  }

  #isShown(row: OracleRow | undefined, path: readonly OracleRow[]): boolean {
    if (!row || row.missing || row.removedAt !== undefined || path.includes(row)) return false
    const { shape } = row
    const way = [...path, row]
    const holdsOn = shape.foreignKeys.every(({ column, target, onDelete }) => {
      const value = valueIn(row, column)
      return onDelete === 'set null' || value === null || this.#isShown(this.#find(target, value), way)
    })
    return (
      holdsOn &&
      shape.checks.every(({ holds }) => holds(this.#values(row, path))) &&
      shape.unique.every(({ columns }) => this.#sharing(row, columns, path).length === 0)
    )
  }

  /** Older rows that are shown and have the same key. */
  #sharing(row: OracleRow, columns: readonly ColumnShape[], path: readonly OracleRow[]): OracleRow[] {
    const keyOf = (each: OracleRow) => columns.map((column) => this.#read(each, column, path))
    const key = keyOf(row)
    if (key.includes(null)) return []
    return this.#rows.filter(
      (other) =>
        other.shape === row.shape &&
        isOlder(other, row) &&
        keyOf(other).every((value, index) => value === key[index]) &&
        this.#isShown(other, path),
    )
  }

  #values(row: OracleRow, path: readonly OracleRow[]): Record<string, CellValue> {
    const values = row.shape.columns.map(
      (column) => [column.property, this.#read(row, column, path)] as const,
    )
    return { id: row.id, ...Object.fromEntries(values) }
  }

  #read(row: OracleRow, column: ColumnShape, path: readonly OracleRow[]): CellValue {
    const value = valueIn(row, column)
    const key = row.shape.foreignKeys.find((each) => each.column === column && each.onDelete === 'set null')
    if (value === null || !key) return value
    return this.#isShown(this.#find(key.target, value), [...path, row]) ? value : null
  }

  #find(table: string, id: CellValue): OracleRow | undefined {
    return this.#rows.find((row) => row.shape.name === table && row.id === id)
  }
}

const valueIn = ({ shape, cells }: OracleRow, column: ColumnShape): CellValue =>
  cells[shape.columns.indexOf(column)] ?? null

const isOlder = (a: OracleRow, b: OracleRow) =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id)

const plain = (value: CellValue) => (typeof value === 'bigint' ? String(value) : value)

function inSql({ kind }: ColumnShape, value: CellValue): string | number | null {
  if (value === null) return null
  if (kind === 'json' || kind === 'stringSet') return JSON.stringify(value)
  if (kind === 'boolean') return value ? 1 : 0
  return typeof value === 'bigint' ? String(value) : (value as string | number)
}

function words({ shape }: OracleRow, cells: readonly CellValue[]): string {
  const texts = shape.columns.flatMap((column, index) => {
    if (!shape.search.includes(column)) return []
    const cell = cells[index] ?? null
    return Array.isArray(cell)
      ? cell.join(' ')
      : cell === null || typeof cell === 'object'
        ? ''
        : String(cell)
  })
  const accents = /\p{M}/gu
  return texts.join('\n').normalize('NFD').replace(accents, '').replace(/’/g, "'").toLowerCase()
}

interface Side {
  readonly value: unknown
  readonly at: number
  readonly by: string
  readonly device: string
}

const instant = (ms: number) => new Date(ms).toISOString()

function conflictCells(id: string, column: ColumnShape, kept: Side, lost: Side, rule: string): Cells {
  const side = (name: string, { value, at, by, device }: Side): Cells => ({
    [`${name}_value`]: JSON.stringify(plain(fitting(column, value))),
    ...{ [`${name}_by`]: by, [`${name}_device`]: device, [`${name}_at`]: instant(at) },
  })
  return { id, column_name: column.name, ...side('kept', kept), ...side('lost', lost), rule }
}

/** Values of one cell of which none was written with another in sight, unless they all read the same. */
function openConflicts({ shape, entries }: OracleRow): Cells[] {
  return shape.columns.flatMap((column) => {
    if (['richText', 'counter', 'stringSet'].includes(column.kind)) return []
    const [kept, ...others] = latest(entries.filter((entry) => entry.column === column.storedAs))
    const read = ({ value }: OracleEntry) => JSON.stringify(inSql(column, fitting(column, value)))
    if (!kept || others.every((other) => read(other) === read(kept))) return []
    return others.map((lost) => {
      const { client, clock } = lost.item.id
      const id = `${column.storedAs}\u001f${client.toString(36)}.${clock.toString(36)}`
      const rule = typeof column.conflicts === 'string' ? column.conflicts : 'merge'
      const open = { settled_at: null, settled_by: null, settled_device: null }
      return { ...conflictCells(id, column, kept, lost, rule), ...open }
    })
  })
}

interface Settled {
  readonly kept: { value: unknown; at: number; userId: string; device: string }
  readonly lost: Settled['kept']
  readonly rule: string
  readonly settledAt: number
  readonly settledBy: string
  readonly settledDevice: string
}

function settledConflicts({ doc }: Space, { shape, id }: OracleRow): Cells[] {
  return [...doc.getMap<Settled>('segue_conflicts')].flatMap(([key, stored]) => {
    const [table, rowId, storedAs, item] = key.split('\u001f')
    const column = shape.columns.find((each) => each.storedAs === storedAs)
    if (table !== shape.storedAs || rowId !== id || !column) return []
    const [kept, lost] = [stored.kept, stored.lost].map((side): Side => ({ ...side, by: side.userId }))
    if (!kept || !lost) return []
    return {
      ...conflictCells(`${storedAs}\u001f${item}`, column, kept, lost, stored.rule),
      settled_at: instant(stored.settledAt),
      ...{ settled_by: stored.settledBy, settled_device: stored.settledDevice },
    }
  })
}

/** The rows of each table as texts that only the same rows have, in an order of their own. */
export function rowTexts(tables: ReadonlyMap<string, readonly object[]>): Record<string, string[]> {
  const text = (row: object) =>
    JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)))
  return Object.fromEntries([...tables].map(([table, rows]) => [table, rows.map(text).sort()]))
}

/** The same of what a mirror holds. */
export const mirroredRows = (mirror: Mirror): Record<string, string[]> =>
  rowTexts(new Map([...dump(mirror)].map(([table, rows]) => [table, rows.map((row) => JSON.parse(row))])))
