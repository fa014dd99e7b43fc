import { inspect } from 'node:util'
import type { PGlite, Transaction } from '@electric-sql/pglite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'

/**
 * A Kysely dialect whose transactions hold PGlite's own.
 *
 * PGlite is one session. With plain BEGIN and COMMIT, another caller's query can fall between them and run with
 * the role and claims of somebody else; inside `pg.transaction` everybody else waits.
 */
export function exclusiveDialect(database: PGlite): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new ExclusiveDriver(database),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

class ExclusiveDriver implements Driver {
  readonly #database: PGlite

  constructor(database: PGlite) {
    this.#database = database
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new ExclusiveConnection(this.#database)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).begin()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).end('commit')
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await own(connection).end('rollback')
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

function own(connection: DatabaseConnection): ExclusiveConnection {
  if (connection instanceof ExclusiveConnection) return connection
  throw new TypeError('A connection of another driver was handed in.')
}

type End = 'commit' | 'rollback'

class ExclusiveConnection implements DatabaseConnection {
  readonly #database: PGlite
  #transaction: Transaction | undefined
  #finish: ((how: End) => void) | undefined
  #finished: Promise<void> | undefined

  constructor(database: PGlite) {
    this.#database = database
  }

  async begin(): Promise<void> {
    const started = Promise.withResolvers<void>()
    const ending = Promise.withResolvers<End>()
    this.#finish = ending.resolve
    this.#finished = this.#database.transaction(async (transaction) => {
      this.#transaction = transaction
      started.resolve()
      if ((await ending.promise) === 'rollback') await transaction.rollback()
    })
    this.#finished.catch(started.reject)
    await started.promise
  }

  async end(how: End): Promise<void> {
    this.#transaction = undefined
    this.#finish?.(how)
    await this.#finished
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const session = this.#transaction ?? this.#database
    const { rows, affectedRows } = await session.query<R>(query.sql, [...query.parameters]).catch(discreet)
    return affectedRows === undefined ? { rows } : { rows, numAffectedRows: BigInt(affectedRows) }
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator, PGlite has no cursor to stream from
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new TypeError('PGlite does not stream results.')
  }
}

/**
 * An error in one line: whoever logs it must not log SQL parameters, which hold people's data. Postgres quotes them
 * in some messages.
 */
function discreet(error: unknown): never {
  if (error instanceof Error) {
    const code = 'code' in error ? `${error.code}: ` : ''
    Object.defineProperty(error, inspect.custom, {
      value: () => `${code}${error.message.replace(/"(?:[^"]|"")*"/g, '"…"')}`,
      enumerable: false,
    })
  }
  throw error
}
