import { eq, sql as fragment } from 'drizzle-orm'
import { liveQuery, type Mirror, QueryError, sqlQuery, trash } from 'segue/bridge'
import { expect, test } from 'vitest'
import { openMirror, openMirrorWithConnection } from '../helpers/mirrors.ts'
import { pair, thing } from '../helpers/sample-schema.ts'
import { foreignRow, openSpace } from '../helpers/spaces.ts'

function scene() {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  return { mirror, space }
}

/** Runs of a query written as text. */
function watch(mirror: Mirror, text: string) {
  const runs: unknown[][] = []
  const all = () => {
    const rows = mirror.query(text)
    runs.push(rows)
    return rows
  }
  const stop = liveQuery(mirror, { toSQL: () => ({ sql: text, params: [] }), all }, () => {})
  return { runs, stop }
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

test('the first rows are there before anything is awaited, the next after a change', async () => {
  const { mirror, space } = scene()
  const seen: (string | undefined)[] = []
  liveQuery(mirror, mirror.db.select().from(thing).where(eq(thing.done, false)), ([row]) =>
    seen.push(row?.name),
  )
  space.insert(thing, { name: 'a' })
  await settled()
  expect(seen).toEqual([undefined, 'a'])
})

test.each<[string, string, string[]]>([
  ['a join', 'SELECT * FROM thing t JOIN pair p ON p.left_ref = t.id', ['pair', 'thing']],
  [
    'a left join',
    'SELECT t.id, p.label FROM thing t LEFT JOIN pair p ON p.left_ref = t.id',
    ['pair', 'thing'],
  ],
  ['a subquery', 'SELECT (SELECT count(*) FROM pair) AS n', ['pair']],
  [
    'EXISTS',
    'SELECT name FROM thing WHERE EXISTS (SELECT 1 FROM pair WHERE left_ref = thing.id)',
    ['pair', 'thing'],
  ],
  ['a common table expression', 'WITH p AS (SELECT left_ref FROM pair) SELECT * FROM p', ['pair']],
  [
    'a recursive one',
    'WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT x + 1 FROM n, thing WHERE x < 3) SELECT * FROM n',
    ['thing'],
  ],
  ['a union', 'SELECT id FROM thing UNION ALL SELECT id FROM pair', ['pair', 'thing']],
  ['an index alone', "SELECT id FROM pair WHERE right_ref = 'b'", ['pair']],
  ['two indexes of one table', "SELECT right_ref FROM pair WHERE right_ref = 'b' OR id = 'a'", ['pair']],
  ['an aggregate over nothing', 'SELECT count(*) FROM thing WHERE 1', ['thing']],
  ['a window', 'SELECT row_number() OVER (ORDER BY label) FROM pair', ['pair']],
  ['the trash', 'SELECT * FROM segue_trash', ['segue_trash']],
  ['no table', 'SELECT 1', []],
])('the tables of %s are found', (_what, text, tables) => {
  expect([...openMirror().tablesOf(text)].sort()).toEqual(tables)
})

test('the tables behind a view are found', () => {
  const { mirror, connection } = openMirrorWithConnection()
  connection.run(
    'PRAGMA query_only = OFF; CREATE VIEW seen AS SELECT t.id FROM thing t JOIN pair ON 1; PRAGMA query_only = ON',
  )
  expect([...mirror.tablesOf('SELECT * FROM seen')].sort()).toEqual(['pair', 'thing'])
})

test('a query runs again only when a table it reads has changed', async () => {
  const { mirror, space } = scene()
  const id = space.insert(thing, { name: 'a' })
  const things = watch(mirror, 'SELECT * FROM thing')
  const pairs = watch(mirror, 'SELECT p.label FROM pair p')
  const both = watch(mirror, 'SELECT * FROM thing JOIN pair ON left_ref = thing.id')
  const removed = watch(mirror, 'SELECT * FROM segue_trash')
  const counts = () => [things, pairs, both, removed].map(({ runs }) => runs.length)
  space.update(thing, id, { count: 1 })
  await settled()
  expect(counts()).toEqual([2, 1, 2, 1])
  space.insert(pair, { leftRef: id, rightRef: 'b' })
  await settled()
  expect(counts()).toEqual([2, 2, 3, 1])
  space.remove(thing, id)
  await settled()
  expect(counts()).toEqual([3, 2, 4, 2])
  foreignRow(space, 'invention', 'x', { a: 1 })
  await settled()
  expect(counts()).toEqual([3, 2, 4, 2])
})

test('any number of commits in one task is one run', async () => {
  const { mirror, space } = scene()
  const { runs } = watch(mirror, 'SELECT name FROM thing')
  for (let index = 0; index < 20; index++) space.insert(thing, { name: `n${index}` })
  await settled()
  expect(runs.map((rows) => rows.length)).toEqual([0, 20])
})

test('after stop nothing runs, not even what was due', async () => {
  const { mirror, space } = scene()
  const { runs, stop } = watch(mirror, 'SELECT name FROM thing')
  space.insert(thing, { name: 'a' })
  stop()
  stop()
  space.insert(thing, { name: 'b' })
  await settled()
  expect(runs).toHaveLength(1)
})

test('a mirror that is destroyed while a run is due is left in peace', async () => {
  const { mirror, space } = scene()
  const { runs } = watch(mirror, 'SELECT name FROM thing')
  space.insert(thing, { name: 'a' })
  mirror.destroy()
  await settled()
  expect(runs).toHaveLength(1)
})

test('attaching, detaching and rebuilding run it too', async () => {
  const { mirror, space } = scene()
  space.insert(thing, { name: 'a' })
  const { runs } = watch(mirror, 'SELECT name FROM thing')
  mirror.detach(space.id)
  await settled()
  mirror.attach(space)
  await settled()
  mirror.rebuild()
  await settled()
  expect(runs.map((rows) => rows.length)).toEqual([1, 0, 1, 1])
})

test('rows that read as before are the same objects, and nothing is told when all do', async () => {
  const { mirror, space } = scene()
  const ids = ['a', 'b', 'c', 'd'].map((name) => space.insert(thing, { name }))
  const told: { id: string; name: string }[][] = []
  liveQuery(
    mirror,
    mirror.db.select({ id: thing.id, name: thing.name }).from(thing).orderBy(thing.name),
    (rows) => told.push(rows),
  )
  space.update(thing, ids[1] ?? '', { name: 'z' })
  await settled()
  const [before, after] = told
  expect(after?.map(({ name }) => name)).toEqual(['a', 'c', 'd', 'z'])
  expect([after?.[0], after?.[1], after?.[2]]).toEqual([before?.[0], before?.[2], before?.[3]])
  expect(after?.[0]).toBe(before?.[0])
  expect(after?.[1]).toBe(before?.[2])
  expect(after?.[2]).toBe(before?.[3])
  space.update(thing, ids[0] ?? '', { done: true })
  await settled()
  expect(told).toHaveLength(2)
})

test('SQL with parameters is followed like any other query', async () => {
  const { mirror, space } = scene()
  const told: unknown[] = []
  liveQuery(
    mirror,
    sqlQuery<{ n: number }>(mirror, 'SELECT count(*) AS n FROM thing WHERE name >= ?', ['m']),
    ([row]) => told.push(row?.n),
  )
  space.insert(thing, { name: 'a' })
  space.insert(thing, { name: 'n' })
  await settled()
  expect(told).toEqual([0, 1])
})

test('a wrong query is refused at once', () => {
  const { mirror } = scene()
  expect(() => watch(mirror, 'SELECT x FROM nowhere')).toThrow(QueryError)
  const wrong = mirror.db.select({ x: fragment`nonsense` }).from(trash)
  expect(() => liveQuery(mirror, wrong, () => {})).toThrow(QueryError)
})
