import { encodeSnapshot, newSpaceId, Space, type SpaceId } from 'segue/crdt'
import { tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import {
  applyImport,
  type ImportFile,
  type ImportPlan,
  type ImportTarget,
  type PlanOptions,
  planImport,
  previewImport,
  readFiles,
} from '../../src/import/index.ts'

export const sql = await initSqlJs()

type Cell = string | number | null | Uint8Array

/** A database of somebody, written statement by statement. */
export function database(
  script: string,
  rows: Readonly<Record<string, readonly (readonly Cell[])[]>> = {},
): ImportFile {
  const opened = new sql.Database()
  opened.run(script)
  for (const [table, values] of Object.entries(rows)) {
    for (const row of values) {
      // Bytes go in as text: SQLite never asks what encoding they are.
      const marks = row.map((cell) => (cell instanceof Uint8Array ? 'cast(? as text)' : '?')).join(', ')
      opened.run(`insert into "${table}" values (${marks})`, [...row])
    }
  }
  const bytes = opened.export()
  opened.close()
  return { name: 'old.sqlite', bytes }
}

/** The tables that matter, as old programs had them. */
export const LEGACY_TABLES = `
  create table user_profile (id integer primary key, name text, email text);
  create table tune (id integer primary key, title text, type text, mode text, incipit text, genre text,
    release_year, id_foreign text, primary_origin text, private_for integer, deleted integer);
  create table playlist (playlist_id integer primary key, user_ref integer, name text, instrument_ref, deleted integer);
  create table playlist_tune (playlist_ref integer, tune_ref integer, current, learned, goal text, deleted integer);
  create table note (id integer primary key, user_ref integer, tune_ref integer, playlist_ref integer, note_text text,
    created_date, public integer, deleted integer);
  create table reference (id integer primary key, url text, ref_type text, tune_ref integer, user_ref integer);
  create table tag (tag_id integer primary key, user_ref integer, tune_ref integer, tag_text text);
  create table practice_record (id integer primary key, playlist_ref integer, tune_ref integer, practiced text,
    quality, due text);
`

export const text = (name: string, content: string): ImportFile => ({
  name,
  bytes: new TextEncoder().encode(content),
})

export const OWNER = '11111111-1111-4111-8111-111111111111'

export function plan(
  files: ImportFile | readonly ImportFile[],
  options: Partial<PlanOptions> = {},
): ImportPlan {
  const all = 'bytes' in files ? [files] : files
  return planImport(readFiles(all, sql), { owner: OWNER, scope: OWNER, ...options })
}

/** A person's spaces, without devices and servers. */
export class Shelf implements ImportTarget {
  readonly owner = OWNER
  readonly library = new Space({ id: newSpaceId(), schema: tuneSchema })
  readonly playlists = new Map<SpaceId, Space>()

  findPlaylist(id: SpaceId): Space | undefined {
    return this.playlists.get(id)
  }

  async playlistSpace({ id }: { id: SpaceId }): Promise<Space> {
    const space = this.playlists.get(id) ?? new Space({ id, schema: tuneSchema })
    this.playlists.set(id, space)
    return space
  }

  get spaces(): Space[] {
    return [this.library, ...this.playlists.values()]
  }

  /** Bytes of every document: equal when nothing at all was written. */
  get state(): string {
    return this.spaces.map((space) => Buffer.from(encodeSnapshot(space)).toString('base64')).join()
  }

  preview(what: ImportPlan) {
    return previewImport(what, this, { pause: async () => {} })
  }

  import(what: ImportPlan) {
    return applyImport(what, this, { pause: async () => {} })
  }
}

/** What was found, as one line each. */
export const found = ({ problems }: Pick<ImportPlan, 'problems'>): string[] =>
  problems.map(
    ({ severity, table, row, column, message }) =>
      `${severity} ${table}${row ? ` ${row}` : ''}${column ? `.${column}` : ''}: ${message}`,
  )
