import type { Database, Statement } from 'sql.js'

/** Transactions of a connection that refuses to write outside of them. */
export class SqlTransaction {
  readonly #database: Database
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #rollback: Statement

  constructor(database: Database) {
    this.#database = database
    this.#begin = database.prepare('BEGIN')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
    this.#readOnly(true)
  }

  /** Runs writes as one transaction; what they throw is thrown, and nothing of them is written. */
  run<R>(write: () => R): R {
    return this.outside(() => {
      this.#begin.run()
      try {
        const result = write()
        this.#commit.run()
        return result
      } catch (cause) {
        this.#rollback.run()
        throw cause
      }
    })
  }

  /** Runs what SQLite counts as writing, and does not do within a transaction. */
  outside<R>(write: () => R): R {
    this.#readOnly(false)
    try {
      return write()
    } finally {
      this.#readOnly(true)
    }
  }

  free(): void {
    for (const statement of [this.#begin, this.#commit, this.#rollback]) statement.free()
  }

  #readOnly(on: boolean): void {
    this.#database.run(`PRAGMA query_only = ${on ? 'ON' : 'OFF'}`)
  }
}
