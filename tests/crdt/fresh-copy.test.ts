import * as fc from 'fast-check'
import { freshCopy, hasExpiredRows, newSpaceId, Space, waitsForUpdates } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { deliver, exchange, foreignRow, openSpace, projectedRows } from '../helpers/spaces.ts'

const KEEP_ALL = { removedBefore: new Date(0) }
const DAY = 86_400_000

const spaceOf = (doc: Y.Doc): Space => new Space({ id: newSpaceId(), schema: sampleSchema, doc })
const copyOf = (space: Space, expiry = KEEP_ALL): Space => spaceOf(freshCopy(space.doc, expiry))
/** What somebody who loads the copy gets to see. */
const sent = (doc: Y.Doc): Y.Doc => {
  const received = new Y.Doc()
  Y.applyUpdateV2(received, Y.encodeStateAsUpdateV2(doc))
  return received
}
const size = (doc: Y.Doc): number => Y.encodeStateAsUpdateV2(doc).byteLength

/** Three people who edit, one day after the other, and hear of each other now and then; seen by a server. */
const histories = fc
  .array(fc.record({ who: fc.nat(2), edit: edits, meet: fc.boolean() }), { maxLength: 40 })
  .map((steps) => {
    const id = newSpaceId()
    let today = 0
    const people = [1, 2, 3].map((clientID) => {
      const doc = Object.assign(new Y.Doc({ guid: id }), { clientID })
      return new Space({ id, schema: sampleSchema, doc, now: () => new Date(today * DAY) })
    })
    for (const { who, edit, meet } of steps) {
      today++
      const person = people[who]
      if (person) perform(person, edit)
      if (meet) exchange(...people)
    }
    const server = openSpace({ id })
    exchange(server, ...people)
    return { server, days: today }
  })

describe('a fresh copy', () => {
  test('reads the same, to whoever loads it, and a copy of it too', () => {
    fc.assert(
      fc.property(histories, ({ server }) => {
        const before = projectedRows(server)
        const copy = freshCopy(server.doc, KEEP_ALL)
        expect(projectedRows(spaceOf(sent(copy)))).toEqual(before)
        expect(projectedRows(spaceOf(copy))).toEqual(before)
        expect(projectedRows(copyOf(spaceOf(copy)))).toEqual(before)
        expect(projectedRows(server)).toEqual(before)
        expect([...Y.decodeStateVector(Y.encodeStateVector(copy)).keys()].length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 200 },
    )
  })

  test('leaves out exactly the rows removed before the day given', () => {
    fc.assert(
      fc.property(histories, fc.nat(40), ({ server, days }, ago) => {
        const expiry = { removedBefore: new Date((days - ago) * DAY) }
        const isKept = (row: object) =>
          !('removedAt' in row && String(row.removedAt) < expiry.removedBefore.toISOString())
        const before = projectedRows(server).filter(([, row]) => row.state !== 'hidden')
        const after = projectedRows(copyOf(server, expiry)).filter(([, row]) => row.state !== 'hidden')
        expect(after).toEqual(before.filter(([, row]) => isKept(row)))
        expect(hasExpiredRows(server.doc, expiry) || after.length === before.length).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('goes on living: edits of the copy are edits of its rows', () => {
    fc.assert(
      fc.property(histories, fc.array(edits, { maxLength: 15 }), ({ server }, more) => {
        const [one, other] = [copyOf(server), openSpace()]
        deliver(one, other)
        for (const edit of more) perform(one, edit)
        deliver(one, other)
        expect(projectedRows(other)).toEqual(projectedRows(one))
      }),
      { numRuns: 100 },
    )
  })

  test('is about as small as a document in which everything was written once', () => {
    const [worn, fresh] = [openSpace(), openSpace()]
    const ids = Array.from({ length: 300 }, (_, index) => worn.insert(thing, { name: `row ${index}` }))
    let chance = 1
    for (let edit = 0; edit < 12_000; edit++) {
      // Several people, in no order: what Yjs can say least briefly.
      worn.doc.clientID = 1 + ((edit >> 4) % 5)
      chance = (Math.imul(chance, 1_103_515_245) + 12_345) >>> 0
      worn.update(thing, ids[(chance >>> 8) % 300] ?? '', { count: edit })
    }
    for (const id of ids) worn.update(thing, id, { count: 40 })
    for (const id of ids.slice(200)) worn.doc.getMap('thing').delete(id)
    fresh.transact(() => {
      for (const [index, id] of ids.slice(0, 200).entries())
        fresh.insert(thing, { id, name: `row ${index}`, count: 40 })
    })
    const copy = freshCopy(worn.doc, KEEP_ALL)
    expect(size(worn.doc)).toBeGreaterThan(2.5 * size(fresh.doc))
    expect(size(copy)).toBeLessThan(1.5 * size(fresh.doc))
    expect(size(freshCopy(copy, KEEP_ALL))).toBeLessThanOrEqual(size(copy))
  })

  test('makes one part of the parts of a row', () => {
    const [one, other] = [openSpace({ clientId: 1 }), openSpace({ clientId: 2 })]
    one.insert(pair, { leftRef: 'a', rightRef: 'b', label: 'one' })
    other.insert(pair, { leftRef: 'a', rightRef: 'b', score: 7, notes: 'typed' })
    exchange(one, other)
    const copy = freshCopy(one.doc, KEEP_ALL)
    expect([...copy.getMap('pair').keys()]).toEqual(['a:b\u001f1'])
    expect(projectedRows(spaceOf(copy))).toEqual(projectedRows(one))
    expect(spaceOf(copy).get(pair, 'a:b')).toMatchObject({ label: 'one', score: 7, notes: 'typed' })
  })
})

describe('what no schema knows', () => {
  test('tables, columns and roots of every type survive', () => {
    const { doc } = openSpace()
    const element = new Y.XmlElement('tune')
    doc.getMap('invention').set('i', new Y.Map([['spark', true]]))
    doc.getMap('settings').set('a\u001fb', 7)
    doc.getMap('settings').set('a\u001fc', new Y.Map([['x', 1]]))
    doc.getArray('list').insert(0, [1, { a: [null] }, 'x', new Y.Map([['deep', Y.Array.from([2])]])])
    doc.getText('text').insert(0, 'bold', { bold: true })
    doc.getText('text').insert(4, ' plain', { bold: null })
    doc.getText('text').insertEmbed(2, { image: 'x' })
    doc.getText('text').setAttribute('lang', 'ga')
    doc.getXmlFragment('xml').insert(0, [element, new Y.XmlText('words')])
    element.setAttribute('key', 'D')
    doc.getMap('bytes').set('b', new Uint8Array([1, 2]))
    doc.getMap('sub').set('doc', new Y.Doc({ guid: 'sub' }))
    const copy = freshCopy(sent(doc), KEEP_ALL)
    for (const name of ['invention', 'settings', 'bytes', 'sub']) copy.getMap(name)
    copy.getArray('list')
    copy.getXmlFragment('xml')
    expect(copy.getText('text').toDelta()).toEqual(doc.getText('text').toDelta())
    expect(copy.getText('text').getAttribute('lang')).toBe('ga')
    for (const name of ['invention', 'settings', 'bytes'])
      expect(copy.getMap(name).toJSON()).toEqual(doc.getMap(name).toJSON())
    expect(copy.getArray('list').toJSON()).toEqual(doc.getArray('list').toJSON())
    expect(copy.getXmlFragment('xml').toString()).toBe(doc.getXmlFragment('xml').toString())
    expect(copy.getMap('sub').get('doc')).toMatchObject({ guid: 'sub' })
  })

  test('rows of unknown tables expire like others', () => {
    const space = openSpace()
    foreignRow(space, 'invention', 'old', { removed_at: '2026-01-01T00:00:00.000Z' })
    foreignRow(space, 'invention', 'new', { removed_at: '2026-03-01T00:00:00.000Z' })
    const expiry = { removedBefore: new Date('2026-02-01') }
    expect(hasExpiredRows(space.doc, expiry)).toBe(true)
    expect([...freshCopy(space.doc, expiry).getMap('invention').keys()]).toEqual(['new'])
  })
})

describe('a hostile document', () => {
  test.each(['1', '', 'yesterday', '0000', '-271821-04-20', '2020-02-31T00:00:00.000Z', 7, null, true])(
    'a row removed at %j is not thrown away for it',
    (removedAt) => {
      const space = openSpace()
      foreignRow(space, 'thing', 'r', { name: 'a', removed_at: removedAt })
      const expiry = { removedBefore: new Date() }
      expect(hasExpiredRows(space.doc, expiry)).toBe(false)
      expect(projectedRows(copyOf(space, expiry))).toEqual(projectedRows(space))
    },
  )

  test('a table that is also a list, names like __proto__, and values of every kind are copied as they are', () => {
    const space = openSpace()
    const foreign = new Y.Doc()
    foreign.getArray('thing').insert(0, [1, new Y.Map(), 'x'])
    Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(foreign))
    const odd = JSON.parse('{"__proto__": {"constructor": 7}, "constructor": 1}')
    for (const key of ['__proto__', 'constructor', '', '\u001f', '\u001f\u001f', 'a\u001fb\u001fc']) {
      foreignRow(space, 'thing', key, { name: key, __proto__x: 1, constructor: 2, odd: [odd], un: undefined })
      foreignRow(space, '__proto__', key.replaceAll('\u001f', '-'), { name: key })
    }
    const copy = freshCopy(sent(space.doc), KEEP_ALL)
    expect(projectedRows(spaceOf(copy))).toEqual(projectedRows(space))
    expect([...copy.getMap('__proto__').keys()]).toEqual([...space.doc.getMap('__proto__').keys()])
    expect(Object.prototype).not.toHaveProperty('constructor', 7)
  })

  test('nesting too deep for any recursion is copied', () => {
    const space = openSpace()
    let inner = new Y.Map<unknown>()
    space.doc.transact(() => {
      space.doc.getMap('deep').set('r', inner)
      for (let depth = 0; depth < 8_000; depth++) {
        const next = new Y.Map<unknown>()
        inner.set('in', next)
        inner = next
      }
      inner.set('in', 'the end')
    })
    let found: unknown = freshCopy(space.doc, KEEP_ALL).getMap('deep').get('r')
    for (let depth = 0; depth <= 8_000 && found instanceof Y.Map; depth++) found = found.get('in')
    expect(found).toBe('the end')
  })
})

test('a document says whether it waits for updates that it has not seen', () => {
  const [writer, reader] = [openSpace({ clientId: 5 }), openSpace()]
  const updates: Uint8Array[] = []
  writer.doc.on('update', (update: Uint8Array) => updates.push(update))
  const id = writer.insert(thing, { name: 'a' })
  writer.update(thing, id, { name: 'b' })
  const [first, second] = updates
  if (!first || !second) throw new Error('two updates expected')
  expect(waitsForUpdates(reader.doc)).toBeUndefined()
  Y.applyUpdate(reader.doc, second)
  const waiting = waitsForUpdates(reader.doc)
  expect(waiting).toBeTypeOf('string')
  expect(waitsForUpdates(sent(reader.doc))).toBe(waiting)
  Y.applyUpdate(reader.doc, first)
  expect(waitsForUpdates(reader.doc)).toBeUndefined()
})
