import type { Database, Statement } from 'sql.js'

/** Transactions of a connection. */
export class SqlTransaction {
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #rollback: Statement

  constructor(database: Database) {
    this.#begin = database.prepare('BEGIN')
    this.#commit = database.prepare('COMMIT')
    this.#rollback = database.prepare('ROLLBACK')
  }

  /** Runs writes as one transaction; what they throw is thrown, and nothing of them is written. */
  run<R>(write: () => R): R {
    this.#begin.run()
    try {
      const result = write()
      this.#commit.run()
      return result
    } catch (cause) {
      this.#rollback.run()
      throw cause
    }
  }

  free(): void {
    for (const statement of [this.#begin, this.#commit, this.#rollback]) statement.free()
  }
}
