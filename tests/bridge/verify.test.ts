import { type Difference, type RowProgress, verify, verifying } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { expect, test } from 'vitest'
import { openMirrorWithConnection, sql } from '../helpers/mirrors.ts'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

function scene() {
  const { mirror, connection } = openMirrorWithConnection()
  const [space, other] = [openSpace(), openSpace()]
  for (const each of [space, other]) mirror.attach(each)
  space.insert(thing, { id: 'a', name: 'true' })
  space.insert(thing, { id: 'gone', name: 'removed' })
  space.remove(thing, 'gone')
  other.insert(pair, { leftRef: 'a', rightRef: 'b' })
  expect(verify(sql, mirror)).toEqual([])
  return { mirror, connection, space, other }
}

test.each<[string, string, (names: { space: string; other: string }) => Partial<Difference>]>([
  [
    'a row that says something else',
    "UPDATE thing SET name = 'false'",
    ({ space }) => ({ table: 'thing', row: { spaceId: space, rowId: 'a' } }),
  ],
  [
    'a missing row',
    'DELETE FROM pair',
    ({ other }) => ({ table: 'pair', row: { spaceId: other, rowId: 'a:b' }, mirrored: [] }),
  ],
  [
    'a row too many',
    "INSERT INTO thing SELECT * FROM thing WHERE 0 UNION SELECT 'b', space_id, last_modified_at, last_modified_by, name, count, weight, done, color, notes, position, at, day FROM thing",
    ({ space }) => ({ table: 'thing', row: { spaceId: space, rowId: 'b' }, projected: [] }),
  ],
  [
    'a row of nobody’s space',
    "UPDATE pair SET space_id = 'nobody'",
    () => ({ table: 'pair', row: { spaceId: 'nobody', rowId: 'a:b' }, projected: [] }),
  ],
  [
    'a row that is not in the trash',
    'DELETE FROM segue_trash',
    ({ space }) => ({ table: 'segue_trash', row: { spaceId: space, rowId: 'gone' }, mirrored: [] }),
  ],
  [
    'a row said to be hidden',
    "INSERT INTO segue_hidden_row SELECT space_id, 'thing', id, 'why not' FROM thing",
    ({ space }) => ({ table: 'segue_hidden_row', row: { spaceId: space, rowId: 'a' }, projected: [] }),
  ],
  ['a missing index', 'DROP INDEX pair_by_right_ref', () => ({ table: 'pair', mirrored: [] })],
  ['a missing table', 'DROP TABLE segue_conflict', () => ({ table: 'segue_conflict', mirrored: [] })],
  ['a table too many', 'CREATE TABLE spy (x)', () => ({ table: 'spy', projected: [] })],
])('%s is found out', (_, statement, expected) => {
  const { mirror, connection, space, other } = scene()
  connection.run(statement)
  const found = verify(sql, mirror)
  expect(found).toContainEqual(expect.objectContaining(expected({ space: space.id, other: other.id })))
  expect(new Set(found.map(({ table }) => table)).size).toBe(1)
})

test('what differs is right once it is rebuilt', () => {
  const { mirror, connection } = scene()
  connection.run(
    "UPDATE thing SET name = 'false'; DELETE FROM segue_trash; UPDATE pair SET space_id = 'nobody'",
  )
  expect(verify(sql, mirror)).toHaveLength(4)
  mirror.rebuild()
  expect(verify(sql, mirror)).toEqual([])
})

test('people may go on editing while rows are compared', () => {
  const { mirror, space, other } = scene()
  space.transact(() => {
    for (let n = 0; n < 600; n++) space.insert(thing, { id: `t${n}`, name: `n${n}` })
  })
  const progress: RowProgress[] = []
  const steps = verifying(sql, mirror)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      expect(step.value).toEqual([])
      break
    }
    progress.push(step.value)
    space.update(thing, 't599', { count: progress.length })
    space.remove(thing, `t${599 - progress.length}`)
    space.insert(thing, { name: 'new' })
    if (progress.length === 2) mirror.detach(other.id)
  }
  expect(progress.map(({ done, of }) => done / of)).toEqual([...progress].map(({ done }) => done / 603))
  expect(progress.at(-1)?.done).toBe(603)
  expect(progress.length).toBeGreaterThan(3)
})

test('a document that is closed is read a moment at a time', () => {
  const { mirror } = openMirrorWithConnection()
  const space = new Space({ id: newSpaceId(), schema: sampleSchema })
  mirror.attach(space)
  space.transact(() => {
    for (let n = 0; n < 2_000; n++) space.insert(thing, { name: `row ${n}` })
  })
  const closing = space.closing()
  while (!closing.next().done) {}
  const steps = verifying(sql, mirror)
  expect(steps.next()).toMatchObject({ value: { done: 0 } })
  expect(space.isLoaded).toBe(false)
  let step = steps.next()
  while (!step.done) step = steps.next()
  expect(step.value).toEqual([])
})
