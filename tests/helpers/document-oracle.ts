import type { CellValue, ColumnShape, Space, TableShape } from 'segue/crdt'
import * as Y from 'yjs'
import { cellProblem, elementProblem, widened } from '../../crdt/schema/index.ts'
import { decodeStamp } from '../../crdt/stamp-format.ts'

/** What is alive under one key of a row's map. */
export interface OracleEntry extends Written {
  readonly column: string
  readonly element: string | undefined
  readonly value: unknown
  readonly item: Y.Item
}

interface Written {
  /** Ms since 1970; 0 when nobody knows. */
  readonly at: number
  readonly by: string
  readonly device: string
}

/** A row by itself, read the slow and obvious way from the bare document. */
export interface OracleRow {
  readonly shape: TableShape
  readonly id: string
  readonly entries: readonly OracleEntry[]
  readonly cells: readonly CellValue[]
  /** The column without which it cannot be shown. */
  readonly missing: ColumnShape | undefined
  readonly removedAt: string | undefined
  readonly createdAt: number
  readonly modified: { readonly at: string | null; readonly by: string | null }
}

type WrittenBy = (item: Y.Item) => Written

export function rowsOfDocument({ doc, schema }: Space): OracleRow[] {
  const written = attribution(doc)
  return schema.shapes.flatMap((shape) =>
    [...partsOf(doc, shape)].map(([id, parts]): OracleRow => {
      const entries = parts.flatMap((part) => entriesOf(part, written))
      const cells = shape.columns.map((column) => cellOf(column, entries))
      const removedAt = latest(entries.filter(({ column }) => column === 'removed_at'))[0]?.value
      const made = parts[0]?._item
      return {
        ...{ shape, id, entries, cells },
        missing: shape.columns.find((column, index) => column.notNull && cells[index] === null),
        removedAt: typeof removedAt === 'string' ? removedAt : undefined,
        createdAt: (made && written(made).at) || Number.POSITIVE_INFINITY,
        modified: lastOf(parts, written),
      }
    }),
  )
}

/** A stored value as its column reads it. */
export function fitting(column: ColumnShape, stored: unknown): CellValue {
  const value = stored instanceof Y.Text ? stored.toString() : widened(column, stored)
  const fits =
    value !== undefined && (value === null ? !column.notNull : cellProblem(column, value) === undefined)
  return fits ? (value as CellValue) : column.defaultValue
}

export const latest = (entries: readonly OracleEntry[]): OracleEntry[] =>
  [...entries].sort(
    (a, b) => b.at - a.at || b.item.id.client - a.item.id.client || b.item.id.clock - a.item.id.clock,
  )

/** Who wrote an item, and when: what the first stamp after it says, and authors since they were named last. */
function attribution(doc: Y.Doc): WrittenBy {
  const stamps: {
    client: number
    clock: number
    delta: number
    author: { userId: string; device: string } | undefined
  }[] = []
  for (let item = doc.getArray('segue_stamps')._start; item; item = item.right) {
    const stamp = item.deleted ? undefined : decodeStamp(item.content.getContent()[0])
    if (stamp?.kind === 'time') stamps.push({ ...item.id, delta: stamp.delta, author: stamp.author })
  }
  return ({ id }) => {
    const own = stamps.filter(({ client }) => client === id.client).sort((a, b) => a.clock - b.clock)
    const end = own.findIndex(({ clock }) => clock > id.clock)
    const before = own.slice(0, end === -1 ? own.length : end + 1)
    if (before.length === 0) return { at: 0, by: '', device: '' }
    const at = before.reduce((sum, { delta }) => sum + delta, Date.UTC(2024, 0, 1))
    const author = before.findLast((stamp) => stamp.author)?.author
    return { at, by: author?.userId ?? '', device: author?.device ?? '' }
  }
}

function partsOf(doc: Y.Doc, shape: TableShape): Map<string, Y.Map<unknown>[]> {
  const rows = new Map<string, Y.Map<unknown>[]>()
  const map = doc.getMap<unknown>(shape.storedAs)
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key)
    if (!(value instanceof Y.Map)) continue
    const id = key.split('\u001f')[0] ?? key
    rows.set(id, [...(rows.get(id) ?? []), value])
  }
  return rows
}

function entriesOf(part: Y.Map<unknown>, written: WrittenBy): OracleEntry[] {
  return [...part.keys()].sort().flatMap((key) => {
    const item = part._map.get(key)
    const [column = '', , ...element] = key.split('\u001f')
    if (!item) return []
    return {
      column,
      element: element.length > 0 ? element.join('\u001f') : undefined,
      value: part.get(key),
      item,
      ...written(item),
    }
  })
}

function lastOf(parts: readonly Y.Map<unknown>[], written: WrittenBy): OracleRow['modified'] {
  const items: Y.Item[] = []
  for (const part of parts) {
    if (part._item) items.push(part._item)
    for (const key of part.keys()) {
      const item = part._map.get(key)
      if (item) items.push(item)
      const value = part.get(key)
      if (!(value instanceof Y.AbstractType)) continue
      for (let typed = value._start; typed; typed = typed.right) if (!typed.deleted) items.push(typed)
    }
  }
  const at = Math.max(0, ...items.map((item) => written(item).at))
  const writers = items.map(written).filter((each) => each.at === at)
  const by = writers
    .map((each) => each.by)
    .sort()
    .at(-1)
  return { at: at > 0 ? new Date(at).toISOString() : null, by: (at > 0 && by) || null }
}

function cellOf(column: ColumnShape, entries: readonly OracleEntry[]): CellValue {
  const own = entries.filter((entry) => entry.column === column.storedAs)
  if (column.kind === 'counter') {
    const shares = own.filter(({ element }) => element !== undefined)
    return shares.reduce((sum, { value }) => sum + (Number.isSafeInteger(value) ? Number(value) : 0), 0)
  }
  if (column.kind === 'stringSet') {
    const elements = own.flatMap(({ element }) => element ?? [])
    return [...new Set(elements)].filter((element) => elementProblem(element) === undefined).sort()
  }
  if (column.kind === 'richText') {
    const typed = own.find(({ value }) => value instanceof Y.Text && value._start !== null)
    return fitting(column, (typed ?? own[0])?.value)
  }
  const competing = latest(own)
  if (typeof column.conflicts === 'object' && competing.length > 1) {
    const usable = competing.filter(({ value }) => cellProblem(column, widened(column, value)) === undefined)
    const values = usable.map(({ value, at, by, device }) => ({
      ...{ value: widened(column, value) as CellValue, at, userId: by, device },
    }))
    const merged = column.conflicts.merge(values.reverse())
    if (cellProblem(column, merged) === undefined) return merged
  }
  return fitting(column, competing[0]?.value)
}
