/**
 * What the library page asks of the mirror, with many tunes: windows of each order, a search, counts; and the same
 * search in an FTS4 index of the same words. `npm run bench:library -- --rows 100000 --json`
 */
import { parseArgs } from 'node:util'
import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { tag, tune, tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import { libraryTunes, type TuneSort, tuneCount } from '../src/queries/index.ts'
import { quantile, rounded } from './sync/numbers.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '9' },
  },
})
const rowCount = Number(values.rows)
const sql = await initSqlJs()

let seed = 7
/** The same tunes in every run (xorshift, Marsaglia 2003, {@link https://doi.org/10.18637/jss.v008.i14}). */
function pick<T>(from: readonly T[]): T {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return from[Math.abs(seed) % from.length] as T
}

const WORDS = ['Kesh', 'Cooley', 'Misfortune', 'Séamus', 'Connolly', 'Lark', 'Morning', 'Humours', 'Silver']
const TYPES = ['reel', 'jig', 'polka', null]
const MODES = ['D major', 'G major', 'A dorian', null]

function library(): Space {
  const space = new Space({
    id: newSpaceId(),
    schema: tuneSchema,
    author: { userId: 'me', device: 'bench' },
  })
  space.transact(() => {
    for (let n = 0; n < rowCount; n++) {
      const title = `${pick(WORDS)} ${pick(WORDS)} ${n.toString(36)}`
      const incipit = '|:G3 GAB|A3 ABd|'
      const tuneRef = space.insert(tune, { title, type: pick(TYPES), mode: pick(MODES), incipit })
      if (n % 20 === 0) space.insert(tag, { userRef: 'me', tuneRef, tagText: `tag ${n % 600}` })
    }
  })
  return space
}

function once(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** Median time, in ms. */
const timed = (work: () => unknown): number =>
  quantile(
    Array.from({ length: Number(values.runs) }, () => once(work)),
    0.5,
  )

/** The same words in an index of their own. */
function fullText(mirror: Mirror, prefixes: string) {
  const database = new sql.Database()
  database.run(
    `CREATE VIRTUAL TABLE words USING fts4(text, tokenize=unicode61 "remove_diacritics=2"${prefixes})`,
  )
  const texts = mirror.query('SELECT segue_words AS text FROM tune').map(({ text }) => String(text))
  const insert = database.prepare('INSERT INTO words (docid, text) VALUES (?, ?)')
  const fill = once(() => {
    database.run('BEGIN')
    for (const [index, text] of texts.entries()) insert.run([index + 1, text])
    database.run('COMMIT')
  })
  const read = (text: string) => timed(() => database.exec(text))
  const found = {
    fill,
    edit: timed(() => database.run("UPDATE words SET text = 'another title' WHERE docid = 1")),
    first50: read("SELECT docid FROM words WHERE words MATCH 'conn*' LIMIT 50"),
    count: read("SELECT count(*) FROM words WHERE words MATCH 'conn*'"),
  }
  insert.free()
  database.close()
  return rounded(found)
}

const space = library()
const mirror = new Mirror(sql, tuneSchema)
const mirrored = once(() => mirror.attach(space))

function windows(sort: TuneSort) {
  const at = (offset: number) =>
    timed(() => libraryTunes(mirror.db, space.id, { sort }, { offset, limit: 600 }).all())
  return rounded({ first: at(0), late: at(Math.floor(rowCount * 0.95)) })
}
const first50 = (search: string) =>
  timed(() => libraryTunes(mirror.db, space.id, { search }, { offset: 0, limit: 50 }).all())
const count = (search: string) => timed(() => tuneCount(mirror.db, space.id, { search }).all())

/** All in ms. */
const result = {
  rows: rowCount,
  mirrored,
  window: Object.fromEntries(
    (['title', 'newest', 'type', 'mode'] as const).map((sort) => [sort, windows(sort)]),
  ),
  first50: rounded({
    conn: first50('conn'),
    within: first50('onnol'),
    twoWords: first50('conn lark'),
    none: first50('zzz'),
  }),
  count: rounded({ all: count(''), conn: count('conn') }),
  edit: timed(() => {
    const [id = ''] = space.rowIds(tuneSchema.shape(tune))
    space.update(tune, id, { composer: String(performance.now()) })
  }),
  fts4: fullText(mirror, ''),
  fts4WithPrefixes: fullText(mirror, ', prefix="1,2,3"'),
}
mirror.destroy()
space.destroy()
process.stdout.write(`${JSON.stringify(result, undefined, values.json ? undefined : 2)}\n`)
