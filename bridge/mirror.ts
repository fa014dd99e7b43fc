import { drizzle, type SQLJsDatabase } from 'drizzle-orm/sql-js'
import { callAll } from 'lib0/function'
import type { Schema, Space, SpaceChange, SpaceId, TableShape } from 'segue/crdt'
import type { BindParams, Database, SqlJsStatic, SqlValue, Statement } from 'sql.js'
import { DatabaseCopy } from './copy.ts'
import { watchDamage } from './damage.ts'
import { ddl, OWN_TABLE_NAMES, quoted } from './ddl.ts'
import { MirrorStateError, refused } from './errors.ts'
import type { FileParts } from './file-in-pieces.ts'
import { openFile } from './open-file.ts'
import { TableProjector } from './projector.ts'
import { readTables } from './read-tables.ts'
import { assertReading, readingView } from './reading.ts'
import { SqlTransaction } from './transaction.ts'

/** The part of Drizzle that reads. Writes go through a space. */
export type ReadDatabase = Pick<SQLJsDatabase, 'select' | 'selectDistinct' | 'with' | '$with' | '$count'>

/** Names of the SQLite tables whose rows changed in one commit. */
export type MirrorListener = (tables: ReadonlySet<string>) => void

/**
 * The database is a projection in memory that one connection uses: it needs a journal to roll back, but no file that
 * survives a crash, and nobody else's changes to look for.
 */
export const PRAGMAS = [
  'journal_mode = MEMORY',
  'synchronous = OFF',
  'locking_mode = EXCLUSIVE',
  'temp_store = MEMORY',
  // In KiB. Pages beyond are read from the file in memory, through JavaScript.
  'cache_size = -64000',
]

/** Pages that are copied at once: about a megabyte of them. */
const PART_PAGES = 256

/** Rows that are projected at once: some hundredths of a second of work. */
const ROWS_AT_ONCE = 500

interface Followed {
  readonly space: Space
  readonly stop: () => void
  /** Whether all its rows are here. */
  isWhole: boolean
}

/** How many of the rows have had their turn. */
export interface RowProgress {
  readonly done: number
  readonly of: number
}

/** A row of a raw query, by column name. */
export type SqlRow = Record<string, SqlValue>

/** What a query answers, as a table: its columns may share a name. */
export interface SqlTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SqlValue[])[]
  /** Whether there are rows beyond the limit. */
  readonly isMore: boolean
}

/**
 * One SQLite database over every attached space: a projection of their documents, never a source.
 *
 * After each transaction of a space the database equals a rebuild from its document, in one SQL transaction.
 * Everybody but this class may only read: whatever is not a query is refused.
 */
export class Mirror {
  readonly schema: Schema
  readonly db: ReadDatabase
  readonly #sql: SqlJsStatic
  readonly #database: Database
  readonly #transaction: SqlTransaction
  readonly #projectors: ReadonlyMap<TableShape, TableProjector>
  readonly #spaces = new Map<SpaceId, Followed>()
  readonly #listeners = new Set<MirrorListener>()
  readonly #readTables = new Map<string, ReadonlySet<string>>()
  #destroyed = false
  #damaged = false

  /**
   * @param image  a database of a mirror of the same fingerprint, given away: it is written to. It is trusted: its
   *   spaces are to be told by {@link follow} or {@link detach}
   * @param onDamage  told once when it turns out to be damaged, now or later: then queries and edits throw
   *   {@link MirrorDamagedError}, and there is no mending it
   * @throws {MirrorDamagedError} the image is damaged, or no database
   */
  constructor(sql: SqlJsStatic, schema: Schema, image?: FileParts, onDamage: () => void = () => {}) {
    this.schema = schema
    this.#sql = sql
    this.#database = openFile(sql, image).database
    watchDamage(this.#database, () => {
      if (!this.#damaged) onDamage()
      this.#damaged = true
    })
    for (const pragma of PRAGMAS) this.#database.run(`PRAGMA ${pragma}`)
    if (!image) for (const statement of ddl(schema)) this.#database.run(statement)
    this.#transaction = new SqlTransaction(this.#database)
    this.#projectors = new Map(
      schema.shapes.map((shape) => [shape, new TableProjector(this.#database, shape)]),
    )
    this.db = drizzle(readingView(this.#database))
  }

  /**
   * Projects a space and follows it from now on. Attaching it again does nothing.
   *
   * @throws {MirrorStateError} the space was opened with another schema, or the mirror was destroyed
   */
  attach(space: Space): void {
    // A document that is read while rows are written would have more to write.
    space.load()
    if (this.follow(space)) this.#commit(() => this.#projectAll(space))
  }

  /**
   * The same, some rows at a time: between the steps others can do their work, and see the rows that are here by then. It
   * ends early when the space is detached. Each step tells how many rows it has brought.
   *
   * @throws {MirrorStateError} the space was opened with another schema, or the mirror was destroyed
   */
  *attaching(space: Space): Generator<number> {
    while (space.loadNext()) yield 0
    if (!this.follow(space)) return
    const followed = this.#spaces.get(space.id)
    if (!followed) return
    followed.isWhole = false
    yield* this.#projecting(followed)
  }

  /**
   * Follows a space whose rows are here: those of its document as it is, or will be once it is read.
   *
   * @returns whether that is news
   * @throws {MirrorStateError} the space was opened with another schema, or the mirror was destroyed
   */
  follow(space: Space): boolean {
    this.#assertOpen()
    if (this.#spaces.has(space.id)) return false
    if (space.schema !== this.schema)
      throw new MirrorStateError('A space and its mirror must share one schema.')
    const stop = space.observe((change) => this.#project(space, change))
    this.#spaces.set(space.id, { space, stop, isWhole: true })
    return true
  }

  /** Stops following a space and takes its rows out. */
  detach(spaceId: SpaceId): void {
    this.#spaces.get(spaceId)?.stop()
    this.#spaces.delete(spaceId)
    this.#commit(() => {
      for (const name of this.#tableNames()) {
        this.#database.run(`DELETE FROM ${quoted(name)} WHERE space_id = ?`, [spaceId])
      }
      for (const projector of this.#projectors.values()) projector.forget(spaceId)
      return this.#tableNames()
    })
  }

  /**
   * Runs one query (SELECT, WITH or VALUES) and returns its rows by column name.
   *
   * @throws {QueryError} it was refused, also because it writes
   * @throws {MirrorStateError} the mirror was destroyed
   */
  query(sql: string, params: BindParams = []): SqlRow[] {
    this.#assertReading(sql)
    return this.#read(sql, params, (statement) => {
      const rows: SqlRow[] = []
      while (statement.step()) rows.push(statement.getAsObject())
      return rows
    })
  }

  /**
   * Runs one query as it stands, for people who typed it.
   *
   * @param limit  rows to read at most
   * @throws {QueryError} it was refused, also because it writes
   * @throws {MirrorStateError} the mirror was destroyed
   */
  table(sql: string, limit = Number.POSITIVE_INFINITY): SqlTable {
    this.#assertReading(sql)
    return this.#read(sql, [], (statement) => {
      const rows: SqlValue[][] = []
      let isMore = false
      while (!isMore && statement.step()) {
        if (rows.length < limit) rows.push(statement.get())
        else isMore = true
      }
      return { columns: statement.getColumnNames(), rows, isMore }
    })
  }

  /**
   * How SQLite would go about a query: one line for each step, indented beneath the step it belongs to.
   *
   * @see https://www.sqlite.org/eqp.html
   * @throws {QueryError} it was refused
   * @throws {MirrorStateError} the mirror was destroyed
   */
  plan(sql: string): { readonly depth: number; readonly detail: string }[] {
    this.#assertReading(sql)
    const depths = new Map<SqlValue, number>()
    return this.#read(`EXPLAIN QUERY PLAN ${sql}`, [], (statement) => {
      const steps = []
      while (statement.step()) {
        const [id = null, parent = null, , detail] = statement.get()
        const depth = (depths.get(parent) ?? -1) + 1
        depths.set(id, depth)
        steps.push({ depth, detail: String(detail) })
      }
      return steps
    })
  }

  /**
   * The whole database as the bytes of a `.sqlite` file, made a part at a time: between them `pause` lets others do their
   * work. What changes meanwhile is in it.
   *
   * @returns nothing when the mirror is destroyed meanwhile
   * @throws {MirrorStateError} the mirror was destroyed before
   */
  async export(pause: () => Promise<void>): Promise<FileParts | undefined> {
    this.#assertOpen()
    const copy = new DatabaseCopy(this.#sql, this.#database)
    try {
      while (copy.step(PART_PAGES)) {
        await pause()
        if (this.#destroyed) return undefined
      }
      return copy.finish()
    } finally {
      copy.free()
    }
  }

  /**
   * The tables a statement reads, found in its plan and remembered by its text.
   *
   * @throws {QueryError} it was refused
   * @throws {MirrorStateError} the mirror was destroyed
   */
  tablesOf(sql: string): ReadonlySet<string> {
    this.#assertOpen()
    const known = this.#readTables.get(sql)
    if (known) return known
    assertReading(this.#database, sql)
    try {
      const tables = readTables(this.#database, sql)
      this.#readTables.set(sql, tables)
      return tables
    } catch (cause) {
      throw refused(sql, cause)
    }
  }

  /** Calls back after each commit with the tables it changed. Returns the way to stop. */
  observe(listener: MirrorListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Projects every attached space from scratch. The database is the same before and after. */
  rebuild(): void {
    for (const { space } of this.#spaces.values()) space.load()
    this.#commit(() => {
      this.#deleteAll()
      for (const { space } of this.#spaces.values()) this.#projectAll(space)
      return this.#tableNames()
    })
  }

  /**
   * The same, some rows at a time: meanwhile there are fewer of them.
   *
   * @throws {MirrorStateError} the mirror was destroyed
   */
  *rebuilding(): Generator<RowProgress> {
    for (const space of this.spaces) while (space.loadNext()) yield { done: 0, of: 1 }
    this.#assertOpen()
    this.#commit(() => {
      this.#deleteAll()
      return this.#tableNames()
    })
    const all = [...this.#spaces.values()]
    for (const followed of all) followed.isWhole = false
    const of = all.reduce((sum, { space }) => sum + this.#rowCount(space), 0)
    let done = 0
    for (const followed of all) {
      for (const rows of this.#projecting(followed)) {
        done += rows
        yield { done, of }
      }
    }
  }

  /** The attached spaces. */
  get spaces(): readonly Space[] {
    return [...this.#spaces.values()].map(({ space }) => space)
  }

  /** Whether all rows of a space are here. */
  holds(space: Space): boolean {
    const followed = this.#spaces.get(space.id)
    return followed?.space === space && followed.isWhole
  }

  /** Whether SQLite has come upon damage. */
  get damaged(): boolean {
    return this.#damaged
  }

  /** True once there is nothing left to query. */
  get destroyed(): boolean {
    return this.#destroyed
  }

  /** Releases the database. May be called twice. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    for (const { stop } of this.#spaces.values()) stop()
    this.#spaces.clear()
    this.#listeners.clear()
    for (const projector of this.#projectors.values()) projector.free()
    this.#transaction.free()
    this.#database.close()
  }

  #assertReading(sql: string): void {
    this.#assertOpen()
    assertReading(this.#database, sql)
  }

  #read<R>(sql: string, params: BindParams, read: (statement: Statement) => R): R {
    try {
      const statement = this.#database.prepare(sql, params)
      try {
        return read(statement)
      } finally {
        statement.free()
      }
    } catch (cause) {
      throw refused(sql, cause)
    }
  }

  #tableNames(): Set<string> {
    return new Set([...this.schema.shapes.map((shape) => shape.name), ...OWN_TABLE_NAMES])
  }

  #assertOpen(): void {
    if (this.#destroyed) throw new MirrorStateError('This mirror was destroyed. Open a new one.')
  }

  #project(space: Space, change: SpaceChange): void {
    this.#commit(() => {
      const touched = new Set<string>()
      for (const [shape, rowIds] of change.rows) this.#projectors.get(shape)?.write(space, rowIds, touched)
      return touched
    })
  }

  /** Projects all rows of a space, some at a time, until somebody detaches it. Each step tells how many it has brought. */
  *#projecting(followed: Followed): Generator<number> {
    const { space } = followed
    const isOver = () => this.#destroyed || this.#spaces.get(space.id) !== followed
    for (const [shape, projector] of this.#projectors) {
      if (isOver()) return
      // Not all ids first: of very many that would be a long step by itself. What is added meanwhile is followed.
      const rowIds = space.rowIds(shape)[Symbol.iterator]()
      for (let some = take(rowIds, ROWS_AT_ONCE); some.size > 0; some = take(rowIds, ROWS_AT_ONCE)) {
        this.#commit(() => {
          const touched = new Set<string>()
          projector.write(space, some, touched)
          return touched
        })
        yield some.size
        if (isOver()) return
      }
    }
    followed.isWhole = true
  }

  #deleteAll(): void {
    for (const name of this.#tableNames()) this.#database.run(`DELETE FROM ${quoted(name)}`)
    for (const projector of this.#projectors.values()) projector.forget()
  }

  #rowCount(space: Space): number {
    let rows = 0
    for (const shape of this.schema.shapes) for (const _ of space.rowIds(shape)) rows++
    return rows
  }

  #projectAll(space: Space): Set<string> {
    const touched = new Set<string>()
    for (const [shape, projector] of this.#projectors)
      projector.write(space, new Set(space.rowIds(shape)), touched)
    return touched
  }

  #commit(write: () => ReadonlySet<string>): void {
    const touched = this.#transaction.run(write)
    // All are called, also when one throws: a live query must not stay behind because of a stranger.
    callAll([...this.#listeners], [touched])
  }
}

/** The next of some, at most so many. */
function take<T>(items: Iterator<T>, many: number): Set<T> {
  const some = new Set<T>()
  while (some.size < many) {
    const next = items.next()
    if (next.done) break
    some.add(next.value)
  }
  return some
}
