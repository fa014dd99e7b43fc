import * as fc from 'fast-check'
import { dump, type Mirror, MirrorStateError, verify } from 'segue/bridge'
import { applyUpdates, defineSchema, newSpaceId } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openMirror, sql } from '../helpers/mirrors.ts'
import { mirroredRows, oracle, rowTexts } from '../helpers/oracle.ts'
import { edits, perform } from '../helpers/random-edits.ts'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { exchange, foreignRow, openSpace } from '../helpers/spaces.ts'

const SPACES = 3

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      space: fc.nat(SPACES - 1),
      edits: fc.array(edits, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ space: fc.nat(SPACES - 1), follow: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ space: fc.nat(SPACES - 1), peer: fc.array(edits, { maxLength: 4 }) }) },
)

test('after every transaction the mirror is what a slow reading of the documents says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const mirror = openMirror()
      const spaces = Array.from({ length: SPACES }, (_, index) => openSpace({ clientId: index + 1 }))
      const peers = spaces.map(({ id }) => openSpace({ id, clientId: 99 }))
      for (const space of spaces.slice(1)) mirror.attach(space)
      for (const each of steps) {
        const space = spaces[each.space]
        const peer = peers[each.space]
        if (!space || !peer) continue
        if ('edits' in each) {
          space.transact(() => {
            for (const edit of each.edits) perform(space, edit)
          })
        } else if ('peer' in each) {
          for (const edit of each.peer) perform(peer, edit)
          exchange(space, peer)
        } else if (each.follow) mirror.attach(space)
        else mirror.detach(space.id)
        expect(mirroredRows(mirror)).toEqual(rowTexts(oracle(sampleSchema, mirror.spaces)))
      }
      expect(verify(sql, mirror)).toEqual([])
      const before = dump(mirror)
      mirror.rebuild()
      expect(dump(mirror)).toEqual(before)
      mirror.destroy()
    }),
    { numRuns: 120 },
  )
})

test('mirrors of the same rows are equal bit for bit, whatever the rows went through', () => {
  const id = newSpaceId()
  const one = openSpace({ id, clientId: 1 })
  const other = openSpace({ id, clientId: 2 })
  const [early, late] = [openMirror(), openMirror()]
  early.attach(one)
  for (let index = 0; index < 20; index++)
    one.insert(thing, { id: `r${(index * 7) % 20}`, name: `n${index}` })
  other.insert(pair, { leftRef: 'a', rightRef: 'b', notes: '🎻' })
  other.remove(pair, 'a:b')
  exchange(one, other)
  late.attach(other)
  expect(dump(late)).toEqual(dump(early))
})

describe('a row is in exactly one place', () => {
  const places = (mirror: Mirror) =>
    [...dump(mirror)].filter(([, rows]) => rows.length > 0).map(([table]) => table)

  test('its table while it lives, the trash while removed, the hidden rows while it does not fit', () => {
    const mirror = openMirror()
    const space = openSpace()
    mirror.attach(space)
    const id = space.insert(thing, { name: 'a', done: true, count: 2 })
    expect(places(mirror)).toEqual(['thing'])
    space.remove(thing, id)
    expect(places(mirror)).toEqual(['segue_trash'])
    const [row] = mirror.query(
      "SELECT json_extract(row, '$.name') AS name, json_extract(row, '$.done') AS done FROM segue_trash",
    )
    expect(row).toEqual({ name: 'a', done: 1 })
    space.restore(thing, id)
    expect(places(mirror)).toEqual(['thing'])
    const map = space.doc.getMap<Y.Map<unknown>>('thing').get(id)
    map?.set('name', 7)
    expect(places(mirror)).toEqual(['segue_hidden_row'])
    expect(mirror.query('SELECT reason FROM segue_hidden_row')[0]?.reason).toMatch(/name/)
    space.update(thing, id, { name: 'back' })
    expect(places(mirror)).toEqual(['thing'])
    space.doc.getMap('thing').delete(id)
    expect(places(mirror)).toEqual([])
  })

  test('and the same id in two spaces is two rows', () => {
    const mirror = openMirror()
    const [one, other] = [openSpace(), openSpace()]
    for (const space of [one, other]) {
      mirror.attach(space)
      space.insert(thing, { id: 'same', name: space.id })
    }
    other.remove(thing, 'same')
    expect(mirror.query('SELECT name FROM thing')).toEqual([{ name: one.id }])
    mirror.detach(other.id)
    expect(mirror.query('SELECT count(*) AS n FROM segue_trash')).toEqual([{ n: 0 }])
  })
})

test.each(['__proto__', 'constructor', '\u0000', 'a\u0000b', "'; DROP TABLE thing; --", ''])(
  'the row id %j, and what of it can be a value, is mirrored like any other',
  (text) => {
    const name = text.replaceAll('\u0000', '')
    const mirror = openMirror()
    const space = openSpace()
    mirror.attach(space)
    foreignRow(space, 'thing', text, { name })
    foreignRow(space, 'thing', `${text}\u001f\u001fx`, { count: 1 })
    expect(mirror.query('SELECT id, name, count FROM thing')).toEqual([{ id: text, name, count: 1 }])
    expect(verify(sql, mirror)).toEqual([])
  },
)

test('every kind of value comes back as it went in', () => {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  const values = {
    ...{
      name: '🎻 "quoted" \\ \n',
      count: -(2 ** 53 - 1),
      weight: 0.1 + 0.2,
      done: true,
      color: 'green' as const,
    },
    ...{ notes: 'x'.repeat(50_000), position: 'a0', at: '2026-05-01T18:30:00.000Z', day: '2026-05-01' },
  }
  const id = space.insert(thing, values)
  expect(mirror.db.select().from(thing).all()).toMatchObject([{ id, spaceId: space.id, ...values }])
  space.update(thing, id, { count: 2 ** 53 - 1, weight: 5, done: false })
  expect(mirror.db.select().from(thing).get()).toMatchObject({ count: 2 ** 53 - 1, weight: 5, done: false })
})

test('one transaction of a space is one commit of the mirror', () => {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  const commits: string[][] = []
  mirror.observe((tables) => commits.push([...tables].sort()))
  space.transact(() => {
    const id = space.insert(thing, { name: 'a' })
    space.insert(pair, { leftRef: 'a', rightRef: 'b' })
    space.remove(thing, id)
    expect(mirror.query('SELECT * FROM segue_trash')).toEqual([])
  })
  expect(commits).toEqual([['pair', 'segue_trash']])
})

describe('attaching', () => {
  test('twice does nothing, and detaching what is not there neither', () => {
    const mirror = openMirror()
    const space = openSpace()
    space.insert(thing, { name: 'a' })
    mirror.attach(space)
    mirror.attach(space)
    expect(mirror.spaces).toEqual([space])
    mirror.detach(newSpaceId())
    expect(mirror.query('SELECT count(*) AS n FROM thing')).toEqual([{ n: 1 }])
  })

  test('a space of another schema is refused', () => {
    const other = openSpace({ schema: defineSchema({ thing }) })
    expect(() => openMirror().attach(other)).toThrow(MirrorStateError)
  })

  test('to a destroyed mirror is refused; destroying it twice is fine', () => {
    const mirror = openMirror()
    const space = openSpace()
    mirror.attach(space)
    mirror.destroy()
    mirror.destroy()
    expect(() => mirror.attach(openSpace())).toThrow(MirrorStateError)
    expect(() => mirror.query('SELECT 1')).toThrow(MirrorStateError)
    expect(() => space.insert(thing, { name: 'a' })).not.toThrow()
  })
})

test('a listener that throws breaks neither the mirror nor the other listeners', () => {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  let heard = 0
  const stop = mirror.observe(() => {
    throw new Error('a stranger')
  })
  mirror.observe(() => heard++)
  expect(() => space.insert(thing, { name: 'a' })).toThrow('a stranger')
  stop()
  space.insert(thing, { name: 'b' })
  expect(heard).toBe(2)
  expect(verify(sql, mirror)).toEqual([])
})

test('updates from elsewhere reach the mirror in one commit', () => {
  const mirror = openMirror()
  const [here, there] = [openSpace(), openSpace()]
  mirror.attach(here)
  let commits = 0
  mirror.observe(() => commits++)
  for (let index = 0; index < 50; index++) there.insert(thing, { name: `n${index}` })
  applyUpdates(here, [Y.encodeStateAsUpdate(there.doc), new Uint8Array([9, 9, 9])], 'log')
  expect(commits).toBe(1)
  expect(mirror.query('SELECT count(*) AS n FROM thing')).toEqual([{ n: 50 }])
})
