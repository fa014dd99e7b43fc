import { isSpaceId, type RowId, stableId } from 'segue/crdt'
import { ABC_SOURCE } from '../formats/index.ts'
import { knownTable, type RawGroup, type RawRow } from '../raw.ts'
import type { ImportedTable } from '../types.ts'

/** Namespace of every id that an import makes (RFC 9562 §5.5): made up once, never to change. */
const IMPORT_NAMESPACE = '3b0c5a52-7c1e-5d0a-9a43-6f6a4f1c2e8d'

/** Makes new ids from legacy ones. */
export type NewIds = (table: ImportedTable, legacyId: string) => RowId

/**
 * New ids of one source in one scope: UUIDv5 of table and legacy id.
 *
 * A legacy id that is a UUID already stays, so that an export comes back as itself. Playlists are the exception:
 * their id is that of a space, which belongs to one person on the whole server.
 */
export function newIdsOf(source: string, scope: string): NewIds {
  // What ABC calls a tune is its title, type and key: the same for everybody.
  const namespace = stableId(
    IMPORT_NAMESPACE,
    JSON.stringify(source === ABC_SOURCE ? [source] : [source, scope]),
  )
  return (table, legacyId) => {
    const lower = legacyId.toLowerCase()
    return table !== 'playlist' && isSpaceId(lower) ? lower : stableId(namespace, `${table}:${legacyId}`)
  }
}

/** A legacy id as text: 12, 12.0, "12" and " 12 " are one; `undefined` when there is none. */
export function legacyKey(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim().normalize('NFC')
  if (text === '' || text === 'NULL' || text === '\\N') return undefined
  return /^-?\d+\.0+$/.test(text) ? text.slice(0, text.indexOf('.')) : text
}

/**
 * Names the source of a group whose format does not: by the account in it, else by the file, without what copies and
 * dated exports put around its name.
 */
export function sourceOf({ source, tables }: RawGroup, profile: RawRow | undefined): string {
  if (source !== undefined) return source
  for (const column of ['email', 'supabase_user_id']) {
    const account = legacyKey(profile?.get(column))
    if (account !== undefined) return account.toLowerCase()
  }
  const files = new Set(tables.map(({ file }) => file))
  const [only] = files
  if (only === undefined || files.size > 1) return 'tables'
  const stem = only
    .replace(/^.*[\\/]/, '')
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/\(\d+\)|\bcopy\b|\d{4}-?\d\d-?\d\d([t_ -]?\d\d[-:]?\d\d([-:]?\d\d)?)?/g, '')
    .replaceAll(/[\s._-]+/g, ' ')
    .trim()
  return stem === '' || knownTable(stem) !== undefined ? 'tables' : stem
}
