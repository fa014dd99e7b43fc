import type { TableShape } from 'segue/crdt'
import type { Database, SqlValue, Statement } from 'sql.js'
import { indexDdl, quoted } from './ddl.ts'
import { isSearched, WORDS_COLUMN } from './search.ts'

const KEY = ['space_id', 'id']
/** So many rows at least make it worth while to make the indexes of a table anew. */
const MANY_ROWS = 1_000

/**
 * One table of live rows, and the prepared statements that write it.
 *
 * To keep its indexes is most of the work, so they are left alone where they can be: by edits that change no column of
 * theirs, and while a table is filled.
 */
export class RowTable {
  readonly #database: Database
  readonly #name: string
  readonly #indexes: ReturnType<typeof indexDdl>
  readonly #insert: Statement
  readonly #updates: readonly Statement[]
  readonly #delete: Statement
  /** The statements that may write a row, the likeliest first: most rows are new, or known, as the one before. */
  #attempts: readonly Statement[]

  constructor(database: Database, shape: TableShape) {
    this.#database = database
    this.#name = quoted(shape.name)
    this.#indexes = indexDdl(shape)
    const names = [
      ...[...KEY, 'last_modified_at', 'last_modified_by'],
      ...shape.columns.map(({ name }) => name),
      ...(isSearched(shape) ? [WORDS_COLUMN] : []),
    ]
    const parameters = new Map(names.map((name, index) => [name, `?${index + 1}`]))
    const having = (sign: '=' | 'IS', some: readonly string[]) =>
      some.map((name) => `${quoted(name)} ${sign} ${parameters.get(name)}`)
    const update = (changed: readonly string[], same: readonly string[]) =>
      database.prepare(
        `UPDATE ${this.#name} SET ${having('=', changed).join(', ')}
         WHERE ${[...having('=', KEY), ...having('IS', same)].join(' AND ')}`,
      )
    const cells = names.slice(KEY.length)
    const indexed = new Set([...shape.indexes, ...shape.orders].flat())
    const others = cells.filter((name) => !indexed.has(name))
    this.#insert = database.prepare(
      `INSERT INTO ${this.#name} (${names.map(quoted).join(', ')}) VALUES (${[...parameters.values()].join(', ')})
       ON CONFLICT (space_id, id) DO NOTHING`,
    )
    this.#updates = [...(indexed.size > 0 ? [update(others, [...indexed])] : []), update(cells, [])]
    this.#delete = database.prepare(`DELETE FROM ${this.#name} WHERE space_id = ? AND id = ?`)
    this.#attempts = [this.#insert, ...this.#updates]
  }

  /** Writes a row: space, id, when and by whom it was changed last, its cells, and its words if it is searched. */
  put(row: SqlValue[]): void {
    const done = this.#attempts.find((statement) => {
      statement.run(row)
      return this.#database.getRowsModified() > 0
    })
    if (done === this.#attempts[0]) return
    this.#attempts =
      done === this.#insert ? [this.#insert, ...this.#updates] : [...this.#updates, this.#insert]
  }

  /** Takes a row out. Returns whether it was there. */
  delete(spaceId: string, rowId: string): boolean {
    this.#delete.run([spaceId, rowId])
    return this.#database.getRowsModified() > 0
  }

  /** Lets so many rows be written; its indexes are made afterwards if these are more than there were. */
  filling(count: number, write: () => void): void {
    const isFilled = count >= MANY_ROWS && this.#hasFewerThan(count)
    if (isFilled) for (const { drop } of this.#indexes) this.#database.run(drop)
    write()
    if (isFilled) for (const { create } of this.#indexes) this.#database.run(create)
  }

  free(): void {
    for (const statement of [this.#insert, ...this.#updates, this.#delete]) statement.free()
  }

  #hasFewerThan(count: number): boolean {
    const [result] = this.#database.exec(`SELECT count(*) FROM (SELECT 1 FROM ${this.#name} LIMIT ${count})`)
    return Number(result?.values[0]?.[0]) < count
  }
}
