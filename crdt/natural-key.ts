import { type CellProblem, InvalidRowError } from './errors.ts'
import type { RowId } from './ids.ts'
import { RowParts } from './row-parts.ts'
import type { TableShape } from './schema/index.ts'

type Values = Readonly<Record<string, unknown>>

/** The key's values, divided by colons. A colon within any but the last is escaped: no two keys give one id. */
export function naturalKey(shape: TableShape, values: Values): RowId {
  const parts = shape.keyProperties.map((property) => String(values[property]))
  const last = parts.pop() ?? ''
  return [...parts.map((part) => part.replaceAll('%', '%25').replaceAll(':', '%3A')), last].join(':')
}

/**
 * The id that a new row gets from its values: its key's, or the one given; `undefined` when any will do.
 *
 * @throws {InvalidRowError} it can be no id
 */
export function chosenId(shape: TableShape, values: Values): RowId | undefined {
  const chosen = shape.keyProperties.length > 0 ? naturalKey(shape, values) : values.id
  if (chosen === undefined) return undefined
  if (typeof chosen === 'string' && RowParts.isRowId(chosen)) return chosen
  throw new InvalidRowError(shape.name, [{ column: 'id', message: 'must be text of 1 to 1000 characters' }])
}

/** @throws {InvalidRowError} a patch would change the key */
export function assertKeyStays(shape: TableShape, patch: object): void {
  if (shape.keyProperties.length === 0) return
  const fixed: CellProblem[] = shape.keyProperties
    .filter((property) => Object.hasOwn(patch, property))
    .map((property) => ({ column: property, message: 'is part of the key and cannot change' }))
  if (fixed.length > 0) throw new InvalidRowError(shape.name, fixed)
}
