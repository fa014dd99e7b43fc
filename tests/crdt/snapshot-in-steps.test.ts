import * as fc from 'fast-check'
import { snapshotInSteps } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { thing } from '../helpers/sample-schema.ts'
import { exchange, openSpace, updatesOf } from '../helpers/spaces.ts'

function written(doc: Y.Doc, between = () => {}) {
  const steps = snapshotInSteps(doc)
  let count = 1
  let step = steps.next()
  for (; !step.done; step = steps.next()) {
    count++
    between()
  }
  return { state: step.value, count }
}

test('a snapshot in steps is that of Yjs, byte by byte', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ device: fc.nat(2), edit: edits }), { maxLength: 40 }), (history) => {
      const spaces = [1, 2, 3].map((clientId) => openSpace({ clientId }))
      for (const { device, edit } of history) {
        const space = spaces[device]
        if (space) perform(space, edit)
        if (edit.do === 'move') exchange(...spaces)
      }
      for (const { doc } of spaces) expect(written(doc).state).toEqual(Y.encodeStateAsUpdateV2(doc))
    }),
    { numRuns: 100 },
  )
})

test('a large one is written in many steps, and not at all when the document changes meanwhile', () => {
  const space = openSpace()
  space.transact(() => {
    for (let n = 0; n < 4_000; n++) space.insert(thing, { name: `row ${n}` })
  })
  for (const id of [...space.rowIds(space.schema.shape(thing))].slice(0, 500)) space.remove(thing, id)
  const { state, count } = written(space.doc)
  expect(state).toEqual(Y.encodeStateAsUpdateV2(space.doc))
  expect(count).toBeGreaterThan(3)
  const changed = written(space.doc, () => space.insert(thing, { name: 'meanwhile' }))
  expect(changed).toEqual({ state: undefined, count: 2 })
})

test('what waits for updates that have not come is in it', () => {
  const peer = openSpace()
  const updates = updatesOf(peer)
  const id = peer.insert(thing, { name: 'a' })
  peer.update(thing, id, { name: 'b' })
  const space = openSpace()
  Y.applyUpdate(space.doc, updates[1] as Uint8Array)
  const other = openSpace()
  Y.applyUpdateV2(other.doc, written(space.doc).state as Uint8Array)
  Y.applyUpdate(other.doc, updates[0] as Uint8Array)
  expect(other.get(thing, id)?.name).toBe('b')
})
