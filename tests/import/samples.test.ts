import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sqliteSample, textSamples } from '../../samples/make.ts'
import { type ImportFile, type ImportPlan, totalOf } from '../../src/import/index.ts'
import { plan, Shelf, sql } from './scene.ts'

const FOLDER = join(import.meta.dirname, '../../samples')
const bytesOf = (path: string) => new Uint8Array(readFileSync(join(FOLDER, path)))
const sample = (path: string): ImportFile => ({ name: path.replace(/^.*\//, ''), bytes: bytesOf(path) })
const csvFiles = [...textSamples().keys()].filter((path) => path.startsWith('csv/'))

const SAMPLES = {
  sqlite: [sample('practice.sqlite')],
  json: [sample('practice.json')],
  csv: csvFiles.map(sample),
  abc: [sample('tunes.abc')],
}
const plans: Record<string, ImportPlan> = {}
beforeAll(() => {
  for (const [format, files] of Object.entries(SAMPLES)) plans[format] = plan(files)
})

function dump(bytes: Uint8Array): unknown {
  const database = new sql.Database(bytes)
  const [{ values } = { values: [] }] = database.exec(
    `select name, sql from sqlite_schema where type = 'table' order by name`,
  )
  const tables = values.map(([name, sql]) => [sql, database.exec(`select * from "${name}"`)])
  database.close()
  return tables
}

describe('the sample files in the repository', () => {
  it('are what their generator makes: if not, run “node samples/make.ts”', () => {
    for (const [path, content] of textSamples()) {
      expect(new TextDecoder().decode(bytesOf(path)), path).toBe(content)
    }
    // Bytes of a database differ with the version of SQLite, its content does not.
    expect(dump(bytesOf('practice.sqlite'))).toEqual(dump(sqliteSample(sql)))
  })

  it('have at least 200 tunes in each format', () => {
    for (const { tables } of Object.values(plans)) expect(tables.tune.length).toBeGreaterThanOrEqual(200)
  })

  it('come to the same rows from SQLite, JSON and CSV', () => {
    expect(plans.json?.tables.tune.map(({ id }) => id)).toEqual(plans.sqlite?.tables.tune.map(({ id }) => id))
    for (const format of ['json', 'csv']) {
      const cells = (what: ImportPlan | undefined) =>
        Object.entries(what?.tables ?? {}).map(([table, rows]) => [
          table,
          rows.map((row) => [row.id, row.cells]),
        ])
      expect(cells(plans[format])).toEqual(cells(plans.sqlite))
    }
  })

  it.each(Object.keys(SAMPLES))('%s is imported as its preview says, and once', async (format) => {
    const shelf = new Shelf()
    const what = plans[format]
    if (!what) throw new Error('no plan')
    const preview = await shelf.preview(what)
    const { counts, problems } = await shelf.import(what)
    expect(counts).toEqual(preview.counts)
    expect(problems).toEqual([])
    const before = shelf.state
    expect(totalOf((await shelf.import(what)).counts)).toMatchObject({ insert: 0, update: 0 })
    expect(shelf.state).toBe(before)
  })

  it('one after the other make one library', async () => {
    const shelf = new Shelf()
    for (const what of Object.values(plans)) await shelf.import(what)
    const shape = shelf.library.schema.shapeNamed('tune')
    // The three that are removed in the database are not in ABC, which knows no such thing.
    expect(shape && [...shelf.library.rowIds(shape)]).toHaveLength(220)
    expect(shelf.playlists.size).toBe(3)
  })
})
