import { type CellValue, type ProjectedRow, type Schema, Space, type TableShape } from 'segue/crdt'
import * as Y from 'yjs'
import { Stamps } from '../../crdt/stamps.ts'

interface OracleRow {
  readonly shape: TableShape
  readonly id: string
  readonly at: number
  readonly local: ProjectedRow
}

/**
 * What is shown of each row, worked out the slow and obvious way: by the words of the definition, from what the rows
 * say under the same schema without constraints. A row is named by table and id.
 */
export function constraintOracle(doc: Y.Doc, schema: Schema, bare: Schema): Map<string, string> {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  const plain = new Space({ id: 'oracle' as Space['id'], schema: bare, doc: copy })
  const stamps = new Stamps(copy, () => 0)
  const rows = bare.shapes.flatMap((bareShape): OracleRow[] => {
    const shape = schema.shapeNamed(bareShape.name) ?? bareShape
    return [...plain.rowIds(bareShape)].map((id) => {
      const item = copy.getMap<unknown>(shape.name)._map.get(id)
      const at = (item && stamps.of(item.id).at) || Number.POSITIVE_INFINITY
      return { shape, id, at, local: plain.project(bareShape, id) }
    })
  })
  const find = (table: string, id: CellValue) => rows.find((row) => row.shape.name === table && row.id === id)
  const isOlder = (a: OracleRow, b: OracleRow) => a.at < b.at || (a.at === b.at && a.id < b.id)

  function isShown(row: OracleRow | undefined, path: readonly OracleRow[]): boolean {
    if (row?.local.state !== 'live' || path.includes(row)) return false
    const { shape } = row
    const way = [...path, row]
    const isMissing = (property: string, target: string) => {
      const value = cell(row, property)
      return value !== null && !isShown(find(target, value), way)
    }
    for (const { column, target, onDelete } of shape.foreignKeys) {
      if (onDelete !== 'set null' && isMissing(column.property, target)) return false
    }
    const read = (each: OracleRow, property: string): CellValue => {
      const key = shape.foreignKeys.find(({ column }) => column.property === property)
      const value = cell(each, property)
      if (value === null || key?.onDelete !== 'set null') return value
      return isShown(find(key.target, value), [...path, each]) ? value : null
    }
    if (shape.checks.length > 0) {
      const values = Object.fromEntries(shape.columns.map(({ property }) => [property, read(row, property)]))
      if (!shape.checks.every(({ holds }) => holds(values))) return false
    }
    return shape.unique.every(({ columns }) => {
      const keyOf = (each: OracleRow) => columns.map(({ property }) => read(each, property))
      const key = keyOf(row)
      if (key.includes(null)) return true
      return !rows.some(
        (other) =>
          other.shape === shape &&
          other.local.state === 'live' &&
          isOlder(other, row) &&
          keyOf(other).every((value, index) => value === key[index]) &&
          isShown(other, path),
      )
    })
  }

  function cell({ shape, local }: OracleRow, property: string): CellValue {
    const index = shape.columns.findIndex((column) => column.property === property)
    return local.state === 'live' ? (local.cells[index] ?? null) : null
  }

  const told = new Map(
    rows.map((row): [string, string] => {
      const name = `${row.shape.name} ${row.id}`
      if (row.local.state !== 'live') return [name, row.local.state]
      if (!isShown(row, [])) return [name, 'hidden']
      const cells = row.shape.columns.map(({ property }) => {
        const value = cell(row, property)
        const key = row.shape.foreignKeys.find(({ column }) => column.property === property)
        if (value === null || key?.onDelete !== 'set null') return value
        return isShown(find(key.target, value), []) ? value : null
      })
      return [name, JSON.stringify(cells)]
    }),
  )
  plain.destroy()
  return new Map([...told].filter(([, state]) => state !== 'absent').sort(([a], [b]) => (a < b ? -1 : 1)))
}
