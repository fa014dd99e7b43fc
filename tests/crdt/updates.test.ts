import * as fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import {
  absorb,
  applySnapshot,
  applyUpdates,
  encodeSnapshot,
  InvalidUpdateError,
  MAX_UPDATE_BYTES,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { pair, thing } from '../helpers/sample-schema.ts'
import { deliver, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

/** A writer with a history of every kind of edit, and the updates of it, oldest first. */
function history() {
  const writer = openSpace({ clientId: 5 })
  const updates = updatesOf(writer)
  const first = writer.insert(thing, { name: 'first', notes: 'hello' })
  writer.insert(pair, { leftRef: 'a', rightRef: 'b', label: 'x' })
  const gone = writer.insert(thing, { name: 'gone' })
  writer.update(thing, first, { count: 3, notes: 'hello 🎻 world' })
  writer.update(thing, first, { name: 'renamed', color: 'green' })
  writer.text(thing, first, 'notes').delete(0, 2)
  writer.remove(thing, gone)
  writer.doc.getMap('thing').delete(gone)
  return { writer, updates }
}

describe('updates from outside', () => {
  test('are merged in one transaction, with the origin given, as not made here', () => {
    const { writer, updates } = history()
    const reader = openSpace()
    const seen: unknown[] = []
    reader.doc.on('update', (_update, origin, _doc, transaction) => seen.push([origin, transaction.local]))
    expect(applyUpdates(reader, updates, 'log')).toEqual([])
    expect(seen).toEqual([['log', false]])
    expect(projectedRows(reader)).toEqual(projectedRows(writer))
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['one byte', new Uint8Array([255])],
    ['noise', Uint8Array.from({ length: 300 }, (_, index) => (index * 97 + 13) % 256)],
    ['half of an update', history().updates[0]?.slice(0, 20) ?? new Uint8Array()],
    ['too many bytes', new Uint8Array(MAX_UPDATE_BYTES + 1)],
  ])('that are %s are refused by name, and the good ones around them are applied', (_what, bad) => {
    const { writer, updates } = history()
    const reader = openSpace()
    const refused = applyUpdates(reader, [...updates.slice(0, 3), bad, ...updates.slice(3)], 'log')
    expect(refused.map(({ index }) => index)).toEqual([3])
    expect(refused[0]?.error).toBeInstanceOf(InvalidUpdateError)
    expect(projectedRows(reader)).toEqual(projectedRows(writer))
  })

  test('never throw, however they were bent, and never keep later good ones out', () => {
    const { writer, updates } = history()
    const bend = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    let refusedSome = 0
    fc.assert(
      fc.property(fc.nat(updates.length - 1), bend, fc.boolean(), (index, bends, merged) => {
        const source = merged ? Y.mergeUpdates(updates.slice(index)) : updates[index]
        const bad = Uint8Array.from(source ?? [])
        for (const [at, byte] of bends) bad[at % bad.length] = byte
        const reader = openSpace({ clientId: 9 })
        refusedSome += applyUpdates(reader, [...updates.slice(0, index), bad], 'log').length
        // Bent bytes may well be a valid edit; what is promised is that life goes on.
        applyUpdates(reader, updates, 'log')
        expect(() => projectedRows(reader)).not.toThrow()
        reader.insert(thing, { id: 'own', name: 'mine' })
        const copy = openSpace()
        deliver(reader, copy)
        expect(copy.get(thing, 'own')?.name).toBe('mine')
        expect(projectedRows(copy)).toEqual(projectedRows(reader))
      }),
      { numRuns: 1_500, seed: 7 },
    )
    expect(refusedSome).toBeGreaterThan(100)
    expect(projectedRows(writer)).toHaveLength(2)
  })

  test('that come before what they build on wait for it', () => {
    const { writer, updates } = history()
    const reader = openSpace()
    expect(applyUpdates(reader, updates.toReversed(), 'log')).toEqual([])
    expect(projectedRows(reader)).toEqual(projectedRows(writer))
  })

  test.each([50, 1_500, 20_000])('with maps nested %i deep, then deleted, do no harm', (depth) => {
    const foreign = new Y.Doc({ gc: false })
    const maps = [foreign.getMap('thing')]
    foreign.transact(() => {
      while (maps.length <= depth) maps.push(maps.at(-1)?.set('r', new Y.Map()) ?? new Y.Map())
    })
    const reader = openSpace()
    expect(applyUpdates(reader, [Y.encodeStateAsUpdate(foreign)], 'log')).toEqual([])
    // From the inside out, as deleting from the outside in would overflow the stack of the attacker.
    foreign.transact(() => {
      for (const map of maps.toReversed()) map.delete('r')
    })
    applyUpdates(reader, [Y.encodeStateAsUpdate(foreign)], 'log')
    const updates = updatesOf(reader)
    const id = reader.insert(thing, { name: 'after' })
    reader.remove(thing, id)
    expect(updates).toHaveLength(2)
    const copy = openSpace()
    applyUpdates(copy, [Y.encodeStateAsUpdate(reader.doc)], 'log')
    expect(projectedRows(copy)).toEqual(projectedRows(reader))
  })
})

describe('a snapshot', () => {
  test('carries every row', () => {
    const { writer } = history()
    const reader = openSpace()
    applySnapshot(reader, encodeSnapshot(writer), 'log')
    expect(projectedRows(reader)).toEqual(projectedRows(writer))
  })

  test('that is not one is refused, and the rows stay', () => {
    const { writer } = history()
    const before = projectedRows(writer)
    expect(() => applySnapshot(writer, new Uint8Array([1, 2, 3, 4]), 'log')).toThrow(InvalidUpdateError)
    expect(() => applySnapshot(writer, encodeSnapshot(writer).slice(0, 40), 'log')).toThrow(
      InvalidUpdateError,
    )
    expect(projectedRows(writer)).toEqual(before)
  })

  test('that claims more than there is memory for is refused, and the rows stay', () => {
    const { writer } = history()
    const before = projectedRows(writer)
    const claim = new Y.UpdateEncoderV2()
    encoding.writeVarUint(claim.restEncoder, 1)
    encoding.writeVarUint(claim.restEncoder, 2 ** 40)
    claim.writeClient(7)
    encoding.writeVarUint(claim.restEncoder, 0)
    new Y.GC(Y.createID(7, 0), 1).write(claim, 0)
    claim.lenEncoder.count = 2 ** 40
    const bytes = claim.toUint8Array()
    expect(bytes.byteLength).toBeLessThan(50)
    expect(() => applySnapshot(writer, bytes, 'log')).toThrow(InvalidUpdateError)
    expect(projectedRows(writer)).toEqual(before)
  })

  test('never throws anything but InvalidUpdateError, however it was bent', () => {
    const state = encodeSnapshot(history().writer)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (bends) => {
        const bad = Uint8Array.from(state)
        for (const [at, byte] of bends) bad[at % bad.length] = byte
        const reader = openSpace({ clientId: 9 })
        for (const each of [bad, state]) {
          try {
            applySnapshot(reader, each, 'log')
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidUpdateError)
          }
        }
        expect(() => projectedRows(reader)).not.toThrow()
      }),
      { numRuns: 500, seed: 7 },
    )
  })
})

test('absorbing a space takes its rows in as edits of this device', () => {
  const library = openSpace()
  library.insert(pair, { leftRef: 'a', rightRef: 'b', label: 'kept' })
  library.insert(thing, { name: 'old' })
  const other = openSpace()
  other.insert(pair, { leftRef: 'a', rightRef: 'b', score: 9 })
  other.insert(thing, { name: 'new' })
  const seen: boolean[] = []
  library.doc.on('update', (_update, _origin, _doc, transaction) => seen.push(transaction.local))
  const changes: unknown[] = []
  library.observe(({ origin }) => changes.push(origin))
  absorb(library, other)
  expect(seen).toEqual([true])
  expect(changes).toEqual([library])
  expect(projectedRows(library)).toHaveLength(3)
  expect(library.get(pair, 'a:b')).toMatchObject({ label: 'kept', score: 9 })
})
