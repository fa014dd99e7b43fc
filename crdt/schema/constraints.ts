import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { InvalidSchemaError } from '../errors.ts'
import type { Check, ColumnKind, ColumnShape, ForeignKey, TableShape } from './shapes.ts'

/** Reads the columns of a table that were declared with `.references(() => other.id)`. */
export function foreignKeysOf(table: SQLiteTable, columns: readonly ColumnShape[]): ForeignKey[] {
  const config = getTableConfig(table)
  return config.foreignKeys.map((declared) => {
    const { columns: own, foreignTable, foreignColumns } = declared.reference()
    const column = columns.find(({ name }) => own.length === 1 && name === own[0]?.name)
    const place = `"${config.name}.${own.map(({ name }) => name).join(', ')}"`
    if (column?.kind !== 'text' || foreignColumns[0]?.name !== 'id') {
      throw new InvalidSchemaError(`${place} must be one text column that refers to the id of a table.`)
    }
    const onDelete = onDeleteOf(declared.onDelete, place)
    if (onDelete === 'set null' && column.notNull) {
      throw new InvalidSchemaError(`${place} is notNull, so it cannot be set null.`)
    }
    return { column, target: getTableConfig(foreignTable).name, onDelete }
  })
}

function onDeleteOf(declared: string | undefined, place: string): ForeignKey['onDelete'] {
  switch (declared) {
    case undefined:
    case 'no action':
    case 'cascade':
      return 'cascade'
    case 'restrict':
    case 'set null':
      return declared
  }
  throw new InvalidSchemaError(`${place} cannot do "${declared}": choose cascade, restrict or set null.`)
}

/** Kinds of columns whose values can be compared by everybody in the same way. */
const COMPARABLE: ReadonlySet<ColumnKind> = new Set([
  ...([
    'text',
    'integer',
    'real',
    'boolean',
    'enum',
    'orderKey',
    'instant',
    'localDate',
    'bigWhole',
  ] as const),
])

/**
 * Makes sure that the constraints of a schema have exactly one meaning in every document.
 *
 * What is shown of a row may depend on rows that it refers to, and on older rows with the same UNIQUE key. Where tables
 * refer to each other in a loop, that could lead back to the row itself; so there a key must hold the columns of the
 * loop, whose rows are then decided before, and nothing may depend on what such a reference reads as.
 *
 * @throws {InvalidSchemaError}
 */
export function checkConstraints(shapes: ReadonlyMap<string, TableShape>): void {
  for (const shape of shapes.values()) {
    for (const { columns } of shape.unique) {
      const odd = columns.find(({ kind }) => !COMPARABLE.has(kind))
      if (columns.length === 0 || odd) {
        throw new InvalidSchemaError(
          `A unique key of "${shape.name}" needs columns of plain values${odd ? `; "${odd.name}" is a ${odd.kind}` : ''}.`,
        )
      }
    }
    for (const key of shape.foreignKeys) {
      if (!shapes.has(key.target)) {
        throw new InvalidSchemaError(
          `"${shape.name}.${key.column.name}" refers to "${key.target}", which is not in the schema. Add it, or take the reference out if its rows lie in other spaces.`,
        )
      }
      if (reaches(shapes, key.target, shape.name)) checkLoop(shape, key)
    }
  }
}

function checkLoop({ name, unique, checks }: TableShape, { column, onDelete }: ForeignKey): void {
  const place = `"${name}.${column.name}" is part of a loop of references`
  const holding = unique.filter(({ columns }) => columns.includes(column))
  if (onDelete !== 'set null' && holding.length < unique.length) {
    throw new InvalidSchemaError(`${place}: make it part of every unique key of the table.`)
  }
  if (onDelete === 'set null' && (holding.length > 0 || checks.length > 0)) {
    throw new InvalidSchemaError(
      `${place}: where it is set null, no unique key can hold it and the table can have no checks.`,
    )
  }
}

function reaches(shapes: ReadonlyMap<string, TableShape>, from: string, to: string): boolean {
  const seen = new Set([from])
  for (const name of seen) {
    if (name === to) return true
    for (const { target } of shapes.get(name)?.foreignKeys ?? []) seen.add(target)
  }
  return false
}

/** Whether a row holds what a check asks for. One that fails has not been fulfilled. */
export function holds(check: Check, row: Readonly<Record<string, unknown>>): boolean {
  try {
    return check.holds(structuredClone(row) as Parameters<Check['holds']>[0]) === true
  } catch {
    return false
  }
}
