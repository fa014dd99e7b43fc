import type { Database, SqlValue, Statement } from 'sql.js'
import type { OWN_TABLE_NAMES } from './ddl.ts'

/**
 * One of the mirror's own tables, as far as it concerns one table of the schema: the trash, what is hidden, conflicts.
 *
 * Few rows stand in it, and it remembers which: so most writes need not look there.
 */
export class Listing {
  readonly #table: OwnTable
  readonly #insert: Statement
  readonly #delete: Statement
  /** Ids of the rows that stand in it, by space. */
  readonly #listed = new Map<string, Set<string>>()

  /**
   * Knows the entries that are in the database already.
   *
   * @param columns  of its entries, beside those that name the row
   */
  constructor(database: Database, table: OwnTable, about: string, columns: readonly string[]) {
    const literal = `'${about.replaceAll("'", "''")}'`
    this.#table = table
    this.#insert = database.prepare(
      `INSERT INTO ${table} (space_id, table_name, row_id, ${columns.join(', ')})
       VALUES (?, ${literal}, ?, ${columns.map(() => '?').join(', ')})`,
    )
    this.#delete = database.prepare(
      `DELETE FROM ${table} WHERE space_id = ? AND table_name = ${literal} AND row_id = ?`,
    )
    const [found] = database.exec(`SELECT space_id, row_id FROM ${table} WHERE table_name = ${literal}`)
    for (const [spaceId, rowId] of found?.values ?? []) this.#remember(String(spaceId), String(rowId))
  }

  /** Makes these all the entries of a row, and adds the name of the table to `touched` if something changes. */
  write(
    spaceId: string,
    rowId: string,
    entries: readonly (readonly SqlValue[])[],
    touched: Set<string>,
  ): void {
    const isListed = this.#listed.get(spaceId)?.has(rowId) ?? false
    if (entries.length === 0 && !isListed) return
    if (isListed) this.#delete.run([spaceId, rowId])
    for (const entry of entries) this.#insert.run([spaceId, rowId, ...entry])
    if (entries.length === 0) this.#listed.get(spaceId)?.delete(rowId)
    else this.#remember(spaceId, rowId)
    touched.add(this.#table)
  }

  /** Knows nothing any more of the rows of a space, or of all: somebody has emptied the table. */
  forget(spaceId?: string): void {
    if (spaceId === undefined) this.#listed.clear()
    else this.#listed.delete(spaceId)
  }

  free(): void {
    this.#insert.free()
    this.#delete.free()
  }

  #remember(spaceId: string, rowId: string): void {
    const listed = this.#listed.get(spaceId)
    if (listed) listed.add(rowId)
    else this.#listed.set(spaceId, new Set([rowId]))
  }
}

type OwnTable = (typeof OWN_TABLE_NAMES)[number]
