import { type RawGroup, type RawRow, valueIn } from '../raw.ts'
import type { LegacyPerson } from '../types.ts'
import { legacyKey } from './identity.ts'

/** The people of one group: rows name them by any of several ids. */
export interface People {
  readonly all: readonly LegacyPerson[]
  /** The one id of whoever a row's `user_ref` names. */
  canonical(ref: unknown): string | undefined
  profile(id: string | undefined): RawRow | undefined
}

const IDS = ['id', 'user_id', 'supabase_user_id'] as const
const NAMES = ['name', 'display_name', 'email'] as const

/** Finds everybody who has a profile or owns a row. */
export function peopleIn({ tables }: RawGroup): People {
  const profiles = new Map<string, RawRow>()
  const canonicalOf = new Map<string, string>()
  for (const { name, rows } of tables) {
    if (name !== 'user_profile') continue
    for (const row of rows) {
      const keys = IDS.map((column) => legacyKey(row.get(column))).filter((key) => key !== undefined)
      const [id] = keys
      if (id === undefined) continue
      profiles.set(id, row)
      for (const key of keys) if (!canonicalOf.has(key)) canonicalOf.set(key, id)
    }
  }
  const canonical = (ref: unknown): string | undefined => {
    const key = legacyKey(ref)
    return key === undefined ? undefined : (canonicalOf.get(key) ?? key)
  }
  const counts = new Map<string, number>([...profiles.keys()].map((id) => [id, 0]))
  for (const { name, rows } of tables) {
    if (name === 'user_profile') continue
    for (const row of rows) {
      const id = canonical(valueIn(row, 'user_ref'))
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  const nameOf = (id: string) =>
    NAMES.map((column) => legacyKey(profiles.get(id)?.get(column))).find((name) => name !== undefined)
  const all = [...counts]
    .map(([id, rows]) => ({ id, name: nameOf(id) ?? `Person ${id}`, rows }))
    .sort((a, b) => b.rows - a.rows)
  return { all, canonical, profile: (id) => (id === undefined ? undefined : profiles.get(id)) }
}
