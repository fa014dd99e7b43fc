import { type ColumnShape, cellProblem, type Space, type TableShape } from 'segue/crdt'
import * as Y from 'yjs'
import { decodeStamp } from '../../crdt/stamp-format.ts'

type Cell = string | number | null
type OracleRow = Record<string, Cell>

interface OracleEntry {
  readonly column: string
  readonly writer: string
  readonly value: unknown
  readonly item: Y.Item
  readonly at: number
  readonly by: string
}

/**
 * What a mirror of some spaces should hold, worked out the slow and obvious way from the bare documents: every row,
 * keyed by table, with space and id.
 */
export function oracle(spaces: readonly Space[]): Map<string, OracleRow[]> {
  const tables = new Map<string, OracleRow[]>([
    ['segue_trash', []],
    ['segue_hidden_row', []],
    // The schemas of these histories have no foreign keys.
    ['segue_hidden_cell', []],
    ['segue_conflict', []],
  ])
  for (const space of spaces) {
    const written = attribution(space.doc)
    for (const shape of space.schema.shapes) {
      if (!tables.has(shape.name)) tables.set(shape.name, [])
      for (const [id, parts] of partsOf(space, shape)) {
        const place = { space_id: space.id, table_name: shape.name, row_id: id }
        const entries = parts.flatMap((part) => entriesOf(part, written))
        const cells = Object.fromEntries(
          shape.columns.map((column) => [column.name, cellOf(column, entries)]),
        )
        const missing = shape.columns.find((column) => column.notNull && cells[column.name] === null)
        const removedAt = latest(entries.filter(({ column }) => column === 'removed_at'))[0]?.value
        if (missing) {
          const reason = `${missing.name} is required and has no usable value`
          tables.get('segue_hidden_row')?.push({ ...place, reason })
        } else if (typeof removedAt === 'string') {
          tables.get('segue_trash')?.push({ ...place, removed_at: removedAt })
        } else {
          tables.get(shape.name)?.push({ id, space_id: space.id, ...lastOf(parts, written), ...cells })
        }
        tables
          .get('segue_conflict')
          ?.push(...conflictsOf(shape, entries, place), ...settledOf(space, shape, id, place))
      }
    }
  }
  return tables
}

/** Who wrote an item, and when. */
function attribution(doc: Y.Doc): (item: Y.Item) => { at: number; by: string } {
  const stamps: { client: number; clock: number; delta: number; by: string | undefined }[] = []
  for (let item = doc.getArray('segue_stamps')._start; item; item = item.right) {
    const stamp = item.deleted ? undefined : decodeStamp(item.content.getContent()[0])
    if (stamp?.kind === 'time') stamps.push({ ...item.id, delta: stamp.delta, by: stamp.author?.userId })
  }
  return ({ id }) => {
    const own = stamps.filter(({ client }) => client === id.client).sort((a, b) => a.clock - b.clock)
    const end = own.findIndex(({ clock }) => clock > id.clock)
    const before = own.slice(0, end === -1 ? own.length : end + 1)
    if (before.length === 0) return { at: 0, by: '' }
    const at = before.reduce((sum, { delta }) => sum + delta, Date.UTC(2024, 0, 1))
    return { at, by: before.findLast(({ by }) => by !== undefined)?.by ?? '' }
  }
}

function partsOf(space: Space, shape: TableShape): Map<string, Y.Map<unknown>[]> {
  const rows = new Map<string, Y.Map<unknown>[]>()
  const map = space.doc.getMap<unknown>(shape.name)
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key)
    if (!(value instanceof Y.Map)) continue
    const id = key.split('\u001f')[0] ?? key
    rows.set(id, [...(rows.get(id) ?? []), value])
  }
  return rows
}

function entriesOf(part: Y.Map<unknown>, written: ReturnType<typeof attribution>): OracleEntry[] {
  return [...part.keys()].sort().flatMap((key) => {
    const item = part._map.get(key)
    const [column = '', writer = ''] = key.split('\u001f')
    return item ? [{ column, writer, value: part.get(key), item, ...written(item) }] : []
  })
}

const latest = (entries: readonly OracleEntry[]) =>
  [...entries].sort(
    (a, b) => b.at - a.at || b.item.id.client - a.item.id.client || b.item.id.clock - a.item.id.clock,
  )

function lastOf(parts: readonly Y.Map<unknown>[], written: ReturnType<typeof attribution>): OracleRow {
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
  const by = items
    .map(written)
    .filter((each) => each.at === at)
    .map((each) => each.by)
    .sort()
    .at(-1)
  return {
    last_modified_at: at > 0 ? new Date(at).toISOString() : null,
    last_modified_by: (at > 0 && by) || null,
  }
}

function cellOf(column: ColumnShape, entries: readonly OracleEntry[]): Cell {
  const own = entries.filter((entry) => entry.column === column.name)
  if (column.kind === 'counter')
    return own.reduce((sum, { value }) => sum + (Number.isSafeInteger(value) ? Number(value) : 0), 0)
  if (column.kind === 'stringSet') {
    return JSON.stringify(
      [...new Set(own.map(({ item }) => item.parentSub?.split('\u001f').slice(2).join('\u001f')))].sort(),
    )
  }
  const texts = own.filter(({ value }) => !(value instanceof Y.Text && value._start === null))
  return column.kind === 'richText'
    ? fitting(column, (texts[0] ?? own[0])?.value)
    : fitting(column, latest(own)[0]?.value)
}

function fitting(column: ColumnShape, stored: unknown): Cell {
  const value = stored instanceof Y.Text ? stored.toString() : stored
  const fits =
    value !== undefined && (value === null ? !column.notNull : cellProblem(column, value) === undefined)
  const cell = fits ? value : column.defaultValue
  if (typeof cell === 'boolean') return cell ? 1 : 0
  if (typeof cell === 'bigint') return String(cell)
  return typeof cell === 'string' || typeof cell === 'number' ? cell : null
}

/** Values that compete, as SQLite lists them; without the ids, which nobody but the mirror cares about. */
function conflictsOf(shape: TableShape, entries: readonly OracleEntry[], place: OracleRow): OracleRow[] {
  return shape.columns.flatMap((column) => {
    if (['richText', 'counter', 'stringSet'].includes(column.kind)) return []
    const [kept, ...others] = latest(entries.filter((entry) => entry.column === column.name))
    if (!kept || others.every(({ value }) => fitting(column, value) === fitting(column, kept.value)))
      return []
    return others.map((lost) => ({
      ...place,
      column_name: column.name,
      kept_at: new Date(kept.at).toISOString(),
      lost_at: new Date(lost.at).toISOString(),
      settled: 0,
    }))
  })
}

function settledOf({ doc }: Space, shape: TableShape, rowId: string, place: OracleRow): OracleRow[] {
  return [...doc.getMap<Record<string, { at: number }>>('segue_conflicts')].flatMap(
    ([key, { kept, lost }]) => {
      const [table, row, column] = key.split('\u001f')
      if (table !== shape.name || row !== rowId || !column || !kept || !lost) return []
      const times = { kept_at: new Date(kept.at).toISOString(), lost_at: new Date(lost.at).toISOString() }
      return [{ ...place, column_name: column, ...times, settled: 1 }]
    },
  )
}
