import * as sha256 from 'lib0/hash/sha256'
import type { Schema } from 'segue/crdt'
import { ddl } from './ddl.ts'

/** To be raised when rows are projected otherwise than before: no image from before is of use then. */
const PROJECTION = 1

/**
 * Names everything that decides what a mirror holds, beside the documents: its tables, and how rows become theirs.
 * Rules and migrations are functions, and known by their text.
 */
export function fingerprintOf(schema: Schema): string {
  const told = new Set<object>()
  const text = JSON.stringify([PROJECTION, ddl(schema), schema.shapes, schema.migrations], (_, value) => {
    if (typeof value === 'function') return String(value)
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Map || value instanceof Set) return [...value]
    // Shapes refer to each other.
    if (told.has(value) && !Array.isArray(value) && 'name' in value) return { name: value.name }
    told.add(value)
    return value
  })
  const digest = sha256.digest(new TextEncoder().encode(text))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
