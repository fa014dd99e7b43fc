import { heldPart } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

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
