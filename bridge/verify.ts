import type { SqlJsStatic } from 'sql.js'
import { quoted } from './ddl.ts'
import { Mirror } from './mirror.ts'

/** A place where a mirror does not say what its documents say. */
export interface Difference {
  readonly table: string
  readonly mirrored: readonly string[]
  readonly projected: readonly string[]
}

/** Every table of a mirror, each row as JSON, in the order of the tables' keys. Equal mirrors have equal dumps. */
export function dump(mirror: Mirror): Map<string, string[]> {
  const names = mirror.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
  return new Map(
    names.map(({ name }) => {
      const table = String(name)
      return [table, mirror.query(`SELECT * FROM ${quoted(table)}`).map((row) => JSON.stringify(row))]
    }),
  )
}

/** Projects the attached spaces into a second database and compares: an empty list means the mirror is exact. */
export function verify(sql: SqlJsStatic, mirror: Mirror): Difference[] {
  const fresh = new Mirror(sql, mirror.schema)
  try {
    for (const space of mirror.spaces) fresh.attach(space)
    const projected = dump(fresh)
    const mirrored = dump(mirror)
    return [...new Set([...projected.keys(), ...mirrored.keys()])]
      .map((table) => ({
        table,
        mirrored: mirrored.get(table) ?? [],
        projected: projected.get(table) ?? [],
      }))
      .filter((each) => each.mirrored.join('\n') !== each.projected.join('\n'))
  } finally {
    fresh.destroy()
  }
}
