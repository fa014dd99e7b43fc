/**
 * What the mirror costs beside its plain parts, in the same run, alternating: rows written at once beside plain Yjs and
 * plain sql.js, and one cell after the other beside a prepared UPDATE. `npm run bench:mirror -- --json`
 */
import { parseArgs } from 'node:util'
import { Mirror, PRAGMAS } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import initSqlJs, { type Database } from 'sql.js'
import * as Y from 'yjs'
import { cellsOf, item, schema } from './item.ts'
import { quantile, rounded } from './sync/numbers.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '10000' },
    edits: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
  },
})
const rowCount = Number(values.rows)
const edits = Number(values.edits)
const sql = await initSqlJs()
const author = { userId: '8a0b2c1e-5d7f-4b1a-9c3e-2f4d6a8b0c1d', device: 'bench' }
const newSpace = () => new Space({ id: newSpaceId(), schema, author })

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function fill(space: Space): string[] {
  return space.transact(() =>
    Array.from({ length: rowCount }, (_, index) => space.insert(item, cellsOf(index))),
  )
}

const COLUMNS = Object.keys(cellsOf(0))

/** A database with the same table and no more, and the rows in it; with settings of its own, if any. */
function plainDatabase(ids: readonly string[], pragmas: readonly string[] = []) {
  const database = new sql.Database()
  for (const pragma of pragmas) database.run(`PRAGMA ${pragma}`)
  database.run(
    `CREATE TABLE item (id TEXT NOT NULL, space_id TEXT NOT NULL, last_modified_at TEXT, last_modified_by TEXT,
      ${COLUMNS.join(', ')}, PRIMARY KEY (space_id, id)) WITHOUT ROWID`,
  )
  database.run('CREATE INDEX item_by_id ON item (id)')
  const insert = database.prepare(
    `INSERT INTO item VALUES (?, 's', ?, ?, ${COLUMNS.map(() => '?').join(', ')})`,
  )
  const ms = timed(() => {
    database.run('BEGIN')
    for (const [index, id] of ids.entries())
      insert.run([id, '2026-05-01T10:00:00.000Z', author.userId, ...Object.values(cellsOf(index))])
    database.run('COMMIT')
  })
  insert.free()
  return { database, ms }
}

function plainDocument(ids: readonly string[]): number {
  const doc = new Y.Doc()
  const table = doc.getMap<Y.Map<unknown>>('item')
  return timed(() =>
    doc.transact(() => {
      for (const [index, id] of ids.entries()) table.set(id, new Y.Map(Object.entries(cellsOf(index))))
    }),
  )
}

function run() {
  const mirror = new Mirror(sql, schema)
  const mirrored = newSpace()
  mirror.attach(mirrored)
  let ids: string[] = []
  const bulk = timed(() => {
    ids = fill(mirrored)
  })
  const bulkDocument = plainDocument(ids)
  const { database, ms: bulkDatabase } = plainDatabase(ids)

  const alone = newSpace()
  const aloneIds = fill(alone)
  const nth = <T>(all: readonly T[], n: number) => all[(n * 7919) % all.length] as T
  let at = 0
  const edit = (space: Space, all: readonly string[]) => () => {
    for (let n = 0; n < edits / 10; n++) space.update(item, nth(all, at + n), { a: at + n })
  }
  const { database: tuned } = plainDatabase(ids, PRAGMAS)
  const updates = (of: Database) => {
    const update = of.prepare("UPDATE item SET a = ?, last_modified_at = ? WHERE space_id = 's' AND id = ?")
    return () => {
      for (let n = 0; n < edits / 10; n++) update.run([at + n, '2026-05-01T10:00:00.000Z', nth(ids, at + n)])
    }
  }
  const [updatePlain, updateTuned] = [updates(database), updates(tuned)]
  const total = { mirrored: 0, alone: 0, plain: 0, tuned: 0 }
  for (; at < edits; at += edits / 10) {
    total.alone += timed(edit(alone, aloneIds))
    total.mirrored += timed(edit(mirrored, ids))
    total.plain += timed(updatePlain)
    total.tuned += timed(updateTuned)
  }
  const attach = timed(() => {
    const second = new Mirror(sql, schema)
    second.attach(mirrored)
    second.destroy()
  })
  for (const space of [mirrored, alone]) space.destroy()
  mirror.destroy()
  for (const each of [database, tuned]) each.close()
  return {
    bulkMs: bulk,
    bulkRatio: bulk / (bulkDocument + bulkDatabase),
    attachRatio: attach / bulkDatabase,
    editUs: (total.mirrored / edits) * 1000,
    documentEditUs: (total.alone / edits) * 1000,
    plainUpdateUs: (total.plain / edits) * 1000,
    tunedUpdateUs: (total.tuned / edits) * 1000,
    mirrorRatio: (total.mirrored - total.alone) / total.plain,
    mirrorToTunedRatio: (total.mirrored - total.alone) / total.tuned,
  }
}

run()
const all = Array.from({ length: Number(values.runs) }, run)
const result = rounded(
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [
      name,
      quantile(
        all.map((each) => each[name as keyof typeof each]),
        0.5,
      ),
    ]),
  ),
)
process.stdout.write(
  values.json
    ? `${JSON.stringify(result)}\n`
    : `${Object.entries(result)
        .map(([name, value]) => `${name.padEnd(20)}${value}`)
        .join('\n')}\n`,
)
