/**
 * Writes the sample files of this folder, each from the same made-up data: `node samples/make.ts`.
 * They are the project's own demonstration data and hold nothing of any collection.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Papa from 'papaparse'
import initSqlJs, { type SqlJsStatic } from 'sql.js'
import { practiceTables, type SampleTables, sampleTunes } from './practice.ts'

const NOTICE = 'Demonstration data of the Segue project, made up by its generator. MIT licence.'

/** A note that the old program on Windows stored in Latin-1, beside others in UTF-8. */
const OLD_WINDOWS_TEXT = 'Learned by ear from Séamus at the summer school.'

/** Columns that a database needs a type for; everything else is text. */
const INTEGER = /^(id|.*_id|.*_ref|quality|interval|repetitions|deleted|public|bucket|order_index)$/

/** The sample database as bytes of a SQLite file. */
export function sqliteSample(sql: SqlJsStatic, tables: SampleTables = practiceTables()): Uint8Array {
  const database = new sql.Database()
  try {
    for (const [name, { columns, rows }] of Object.entries(tables)) {
      const [first, ...others] = columns.map((column) => `"${column}" ${typeOf(name, column)}`)
      const key = columns[0]?.endsWith('id') ? ' primary key' : ''
      database.run(`create table "${name}" (${[`${first}${key}`, ...others].join(', ')})`)
      const marks = columns.map(() => '?').join(', ')
      for (const row of rows) database.run(`insert into "${name}" values (${marks})`, [...row])
    }
    database.run(`update note set note_text = cast(? as text) where note_text = ? and id % 2 = 0`, [
      Uint8Array.from(OLD_WINDOWS_TEXT, (char) => char.charCodeAt(0)),
      OLD_WINDOWS_TEXT,
    ])
    return database.export()
  } finally {
    database.close()
  }
}

const typeOf = (table: string, column: string): string => {
  if (table === 'genre') return 'text'
  if (column === 'easiness') return 'real'
  return INTEGER.test(column) ? 'integer' : 'text'
}

/** The text files of the sample by path, as they are in this folder. */
export function textSamples(): ReadonlyMap<string, string> {
  const tables = practiceTables()
  const files = new Map<string, string>()
  const objects: Record<string, object[]> = {}
  for (const [name, { columns, rows }] of Object.entries(tables)) {
    const csv = Papa.unparse({ fields: [...columns], data: rows.map((row) => [...row]) }, { newline: '\n' })
    if (name !== 'genre') files.set(`csv/${name}.csv`, `${csv}\n`)
    objects[name] = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])))
  }
  files.set('practice.json', `${JSON.stringify({ about: NOTICE, tables: objects }, null, 1)}\n`)
  files.set('tunes.abc', abcSample())
  return files
}

function abcSample(): string {
  const tunes = sampleTunes().map(({ abc }, index) => `X:${index + 1}\n${abc}\n`)
  return [`%abc-2.1\n% ${NOTICE}\n% Titles, types and keys are facts; the melodies are invented.\n`, ...tunes].join('\n')
}

if (import.meta.main) {
  const write = (path: string, content: string | Uint8Array) => {
    const file = join(import.meta.dirname, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  for (const [path, text] of textSamples()) write(path, text)
  write('practice.sqlite', sqliteSample(await initSqlJs()))
}
