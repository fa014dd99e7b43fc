import { type ColumnShape, cellProblem, type Space, type TableShape } from 'segue/crdt'
import * as Y from 'yjs'

type Cell = string | number | null
type OracleRow = Record<string, Cell>

/**
 * What a mirror of some spaces should hold, worked out the slow and obvious way from the bare documents: every row,
 * keyed by table, with space and id.
 */
export function oracle(spaces: readonly Space[]): Map<string, OracleRow[]> {
  const tables = new Map<string, OracleRow[]>([
    ['segue_trash', []],
    ['segue_hidden_row', []],
  ])
  for (const space of spaces) {
    for (const shape of space.schema.shapes) {
      if (!tables.has(shape.name)) tables.set(shape.name, [])
      for (const [id, parts] of partsOf(space, shape)) {
        const place = { space_id: space.id, table_name: shape.name, row_id: id }
        const cells = Object.fromEntries(shape.columns.map((column) => [column.name, cellOf(column, parts)]))
        const missing = shape.columns.find((column) => column.notNull && cells[column.name] === null)
        const removedAt = firstHeld(parts, 'removed_at')
        if (missing) {
          const reason = `${missing.name} is required and has no usable value`
          tables.get('segue_hidden_row')?.push({ ...place, reason })
        } else if (typeof removedAt === 'string') {
          tables.get('segue_trash')?.push({ ...place, removed_at: removedAt })
        } else {
          tables.get(shape.name)?.push({ id, space_id: space.id, ...cells })
        }
      }
    }
  }
  return tables
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

function firstHeld(parts: readonly Y.Map<unknown>[], column: string): unknown {
  const held = parts.filter((part) => part.has(column)).map((part) => part.get(column))
  const typed = held.find((value) => !(value instanceof Y.Text && value._start === null))
  return typed === undefined ? held[0] : typed
}

function cellOf(column: ColumnShape, parts: readonly Y.Map<unknown>[]): Cell {
  const stored = firstHeld(parts, column.name)
  const value = stored instanceof Y.Text ? stored.toString() : stored
  const fits =
    value !== undefined && (value === null ? !column.notNull : cellProblem(column, value) === undefined)
  const cell = fits ? value : column.defaultValue
  if (typeof cell === 'boolean') return cell ? 1 : 0
  return typeof cell === 'string' || typeof cell === 'number' ? cell : null
}
