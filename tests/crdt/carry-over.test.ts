import * as fc from 'fast-check'
import { carryOver, column, defineSchema, freshCopy, type Space, segueTable } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { deliver, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

/** A space as the worker would start it afresh. */
function nextEpoch(space: Space): Space {
  const next = openSpace({ id: space.id })
  Y.applyUpdate(next.doc, Y.encodeStateAsUpdate(freshCopy(space.doc, { removedBefore: new Date(0) })))
  return next
}

const carry = (device: Space, updates: Uint8Array[], next: Space) =>
  carryOver({ from: device.doc, updates, onto: next.doc, complete: false, origin: 'test' })

/** A table that only a later version of the app knows. */
const future = segueTable('from the future', { colour: column.string('colour of the cover') })

const live = (space: Space) => projectedRows(space).filter(([, row]) => row.state !== 'hidden')

describe('edits that the log has not seen when an epoch ends', () => {
  test('are all in the new document, and nothing else is changed', () => {
    fc.assert(
      fc.property(
        fc.array(edits, { maxLength: 25 }),
        fc.array(edits, { minLength: 1, maxLength: 15 }),
        fc.array(edits, { maxLength: 15 }),
        (shared, mine, theirs) => {
          const server = openSpace({ clientId: 1 })
          for (const edit of shared) perform(server, edit)
          const device = openSpace({ id: server.id, clientId: 2 })
          deliver(server, device)
          const pending = updatesOf(device)
          for (const edit of mine) perform(device, edit)
          const unseen = [...pending]
          for (const edit of theirs) perform(server, edit)
          const next = nextEpoch(server)
          // The device reads the old log to its end before it switches.
          deliver(server, device)
          carryOver({ from: device.doc, updates: unseen, onto: next.doc, complete: true, origin: 'test' })
          expect(live(next)).toEqual(live(device))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('merge with what happened in the new epoch', () => {
    const server = openSpace()
    const id = server.insert(thing, { name: 'a', notes: 'one two three' })
    const device = openSpace({ id: server.id })
    deliver(server, device)
    const pending = updatesOf(device)
    device.update(thing, id, { notes: 'one two three four', count: 7 })
    device.insert(pair, { leftRef: 'a', rightRef: 'b', score: 3 })
    const next = nextEpoch(server)
    const other = openSpace({ id: server.id })
    deliver(next, other)
    other.update(thing, id, { notes: 'zero one two three', name: 'b' })
    carry(device, pending, next)
    deliver(other, next)
    expect(next.get(thing, id)).toMatchObject({ name: 'b', count: 7, notes: 'zero one two three four' })
    expect(next.get(pair, 'a:b')).toMatchObject({ score: 3 })
  })

  test('bring along what they put on record of conflicts that they settled', () => {
    const shape = sampleSchema.shape(thing)
    const server = openSpace()
    const id = server.insert(thing, { name: 'a' })
    const device = openSpace({ id: server.id })
    deliver(server, device)
    server.update(thing, id, { name: 'server’s' })
    device.update(thing, id, { name: 'device’s' })
    deliver(device, server)
    deliver(server, device)
    const pending = updatesOf(device)
    device.update(thing, id, { name: 'settled' })
    const settled = device.conflicts(shape, id)
    const next = nextEpoch(server)
    carry(device, pending, next)
    expect(settled).toMatchObject([{ column: 'name', settled: { at: expect.any(Number) } }])
    expect(next.conflicts(shape, id)).toEqual(settled)
    expect(next.get(thing, id)?.name).toBe('settled')
    const before = Y.encodeStateVector(next.doc)
    carry(device, pending, next)
    expect(Y.encodeStateVector(next.doc)).toEqual(before)
  })

  test('keep to the cells they touched where the old log is gone', () => {
    const server = openSpace()
    const id = server.insert(thing, { name: 'a', count: 1, notes: 'tune' })
    const device = openSpace({ id: server.id })
    deliver(server, device)
    const pending = updatesOf(device)
    device.update(thing, id, { count: 2, notes: 'a tune' })
    // What the server learns now never reaches the old document of this device.
    server.update(thing, id, { name: 'renamed', notes: 'tune no. 5' })
    const next = nextEpoch(server)
    carry(device, pending, next)
    expect(next.get(thing, id)).toMatchObject({ name: 'renamed', count: 2, notes: 'a tune no. 5' })
  })

  test('bring marks along, on their own words and on those of others', () => {
    const server = openSpace()
    const id = server.insert(thing, { name: 'a', notes: 'one two three' })
    server.text(thing, id, 'notes').format(8, 5, { italic: true })
    const device = openSpace({ id: server.id })
    deliver(server, device)
    const pending = updatesOf(device)
    const text = device.text(thing, id, 'notes')
    device.transact(() => {
      text.format(0, 3, { bold: true })
      text.insert(13, ' four', { link: 'https://example.org' })
    })
    server.update(thing, id, { notes: 'one and two three' })
    const next = nextEpoch(server)
    carry(device, pending, next)
    expect(next.text(thing, id, 'notes').toDelta()).toEqual([
      { insert: 'one', attributes: { bold: true } },
      { insert: ' and two ' },
      { insert: 'three', attributes: { italic: true } },
      { insert: ' four', attributes: { link: 'https://example.org' } },
    ])
  })

  test('bring tables and columns along that this version does not know', () => {
    const device = openSpace()
    const pending = updatesOf(device)
    device.transact(() => {
      const row = new Y.Map<unknown>()
      row.set('colour of the cover', 'blue')
      device.doc.getMap('from the future').set('row', row)
    })
    const next = openSpace({ id: device.id, schema: sampleSchema })
    carry(device, pending, next)
    const later = openSpace({ id: device.id, schema: defineSchema({ future }), doc: next.doc })
    expect(later.get(future, 'row')).toMatchObject({ colour: 'blue' })
  })
})
