import type { Database, SqlJsStatic } from 'sql.js'
import type { FileInPieces, FileParts } from './file-in-pieces.ts'
import { openFile } from './open-file.ts'

/** SQLite's answers that concern a copy; see {@link https://www.sqlite.org/rescode.html}. */
const OK = 0
const DONE = 101

/** What sql.js exports of SQLite beside its own classes. */
interface BackupApi {
  _sqlite3_backup_init(into: number, intoName: number, from: number, fromName: number): number
  _sqlite3_backup_step(backup: number, pages: number): number
  _sqlite3_backup_finish(backup: number): number
  stringToNewUTF8(text: string): number
  _free(pointer: number): void
}

/**
 * A database on its way into the bytes of a file, some pages at a time. What is written to it meanwhile is in the copy
 * too.
 *
 * The `export` of sql.js does it all in one task. So SQLite's own backup fills a second database: its file is the copy.
 *
 * @see https://www.sqlite.org/backup.html
 */
export class DatabaseCopy {
  readonly #api: BackupApi
  readonly #into: Database
  readonly #file: FileInPieces | undefined
  #backup: number

  constructor(sql: SqlJsStatic, database: Database) {
    this.#api = backupApi(sql)
    const { database: into, file } = openFile(sql)
    this.#into = into
    this.#file = file
    for (const pragma of ['journal_mode = OFF', 'synchronous = OFF']) into.run(`PRAGMA ${pragma}`)
    const name = this.#api.stringToNewUTF8('main')
    this.#backup = this.#api._sqlite3_backup_init(handleOf(into), name, handleOf(database), name)
    this.#api._free(name)
    if (this.#backup === 0) throw new Error('SQLite did not begin to copy the database.')
  }

  /** @returns whether there are more pages */
  step(pages: number): boolean {
    const answer = this.#api._sqlite3_backup_step(this.#backup, pages)
    if (answer !== OK && answer !== DONE) throw new Error(`SQLite stopped copying the database (${answer}).`)
    return answer === OK
  }

  /** The bytes of the file, once everything is copied. */
  finish(): FileParts {
    this.#end()
    return this.#file?.parts(sizeOf(this.#into)) ?? [new Uint8Array(this.#into.export())]
  }

  /** To be called in the end, finished or not. */
  free(): void {
    this.#end()
    this.#into.close()
  }

  #end(): void {
    if (this.#backup !== 0) this.#api._sqlite3_backup_finish(this.#backup)
    this.#backup = 0
  }
}

/** Bytes of a database's file, once everything is written. */
function sizeOf(database: Database): number {
  const [answer] = database.exec('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size')
  return Number(answer?.values[0]?.[0])
}

function backupApi(sql: SqlJsStatic): BackupApi {
  const api = sql as SqlJsStatic & Partial<BackupApi>
  if (!api._sqlite3_backup_init || !api._sqlite3_backup_step || !api._sqlite3_backup_finish)
    throw new TypeError('This version of sql.js cannot copy databases.')
  return api as SqlJsStatic & BackupApi
}

function handleOf(database: Database): number {
  const handle: unknown = Reflect.get(database, 'db')
  if (typeof handle !== 'number') throw new TypeError('This version of sql.js does not name its databases.')
  return handle
}
