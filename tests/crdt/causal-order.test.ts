import * as fc from 'fast-check'
import { causalOrder } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { deliver, openSpace, updatesOf } from '../helpers/spaces.ts'

test('edits of several replicas can be taken in one by one, none waiting for a later one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), edits), { minLength: 1, maxLength: 40 }),
      fc.integer(),
      (history, seed) => {
        const spaces = [1, 2, 3].map((clientId) => openSpace({ clientId }))
        const made: Uint8Array[] = []
        for (const [who, edit] of history) {
          const space = spaces[who]
          if (!space) continue
          for (const other of spaces) if (other !== space) deliver(other, space)
          const own = updatesOf(space)
          perform(space, edit)
          made.push(...own)
        }
        const shuffled = made.toSorted((a, b) => ((a.byteLength * seed) % 7) - ((b.byteLength * seed) % 7))
        const rebuilt = new Y.Doc()
        for (const index of causalOrder(shuffled)) {
          Y.applyUpdate(rebuilt, shuffled[index] ?? new Uint8Array())
          expect(rebuilt.store.pendingStructs).toBeNull()
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('what builds on nothing stays where it is, and so does what cannot be read', () => {
  const updates = [3, 1, 2].map((clientID) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    doc.getMap('m').set('key', clientID)
    return Y.encodeStateAsUpdate(doc)
  })
  expect(causalOrder([...updates, Uint8Array.of(1, 2, 3)])).toEqual([0, 1, 2, 3])
  expect(causalOrder([])).toEqual([])
})

test('a long chain in the wrong order is no trouble', () => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let count = 0; count < 20_000; count++) doc.getArray('list').push([count])
  const order = causalOrder(updates.reverse())
  expect([order[0], order.at(-1)]).toEqual([19_999, 0])
})
