import * as fc from 'fast-check'
import { heldPart, splitUpdate } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { thing } from '../helpers/sample-schema.ts'
import { deliver, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

test('the parts of an update mean the same as the whole, however it came about', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), edits), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 80, max: 2_000 }),
      (history, maxBytes) => {
        const [left, right] = [openSpace({ clientId: 1 }), openSpace({ clientId: 2 })]
        for (const [isLeft, edit] of history) {
          perform(isLeft ? left : right, edit)
          if (isLeft) deliver(left, right)
        }
        deliver(right, left)
        const whole = Y.encodeStateAsUpdate(left.doc)
        const rebuilt = openSpace()
        for (const part of splitUpdate(whole, maxBytes)) Y.applyUpdate(rebuilt.doc, part)
        expect(projectedRows(rebuilt)).toEqual(projectedRows(left))
        expect(Y.encodeStateVector(rebuilt.doc)).toEqual(Y.encodeStateVector(left.doc))
        expect(rebuilt.doc.store.pendingStructs).toBeNull()
      },
    ),
    { numRuns: 150 },
  )
})

test('a large edit becomes parts below the limit, in order', () => {
  const space = openSpace()
  const updates: Uint8Array[] = []
  space.doc.on('update', (update: Uint8Array) => updates.push(update))
  space.transact(() => {
    for (let n = 0; n < 3_000; n++) space.insert(thing, { name: `number ${n}` })
  })
  const [whole = new Uint8Array()] = updates
  const parts = splitUpdate(whole, 32_768)
  expect(parts.length).toBeGreaterThan(3)
  expect(Math.max(...parts.map((part) => part.byteLength))).toBeLessThanOrEqual(32_768)
  const rebuilt = openSpace()
  for (const part of parts) {
    Y.applyUpdate(rebuilt.doc, part)
    expect(rebuilt.doc.store.pendingStructs).toBeNull()
  }
  expect(projectedRows(rebuilt)).toEqual(projectedRows(space))
})

test('an update within the limit is left as it is', () => {
  const space = openSpace()
  space.insert(thing, { name: 'small' })
  const update = Y.encodeStateAsUpdate(space.doc)
  expect(splitUpdate(update, 1_000)).toEqual([update])
})

test('of an update that waits for another, what the document has taken in is a whole of its own', () => {
  const [author, peer] = [openSpace({ clientId: 1 }), openSpace({ clientId: 2 })]
  const missing = updatesOf(author)
  const row = author.insert(thing, { name: 'missed' })
  const [first = new Uint8Array()] = missing
  Y.applyUpdate(peer.doc, first)
  const built = updatesOf(peer)
  peer.transact(() => {
    peer.insert(thing, { name: 'alone' })
    peer.update(thing, row, { name: 'builds on it' })
  })
  const [update = new Uint8Array()] = built
  const reader = openSpace()
  expect(heldPart(reader.doc, update)).toBeUndefined()
  Y.applyUpdate(reader.doc, update)
  const held = heldPart(reader.doc, update)
  const log = openSpace()
  Y.applyUpdate(log.doc, held ?? new Uint8Array())
  expect(log.doc.store.pendingStructs).toBeNull()
  expect(Y.encodeStateVector(log.doc)).toEqual(Y.encodeStateVector(reader.doc))
  expect(projectedRows(log)).toEqual(projectedRows(reader))
  Y.applyUpdate(reader.doc, first)
  expect(projectedRows(reader)).toEqual(projectedRows(peer))
})
