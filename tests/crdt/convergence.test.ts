import * as fc from 'fast-check'
import { applyUpdates, newSpaceId, orderKeyAt, Space } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { exchange, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

const REPLICAS = 3

/** A step of a history: an edit on one replica, or a delivery of some of the updates made so far. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ replica: fc.nat(REPLICAS - 1), edit: edits }) },
  {
    weight: 1,
    arbitrary: fc.record({
      replica: fc.nat(REPLICAS - 1),
      picks: fc.array(fc.nat(), { maxLength: 6 }),
      merged: fc.boolean(),
    }),
  },
)

function play(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) {
  const id = newSpaceId()
  const replicas = Array.from({ length: REPLICAS }, (_, index) => openSpace({ id, clientId: index + 1 }))
  const sent: Uint8Array[] = []
  for (const { doc } of replicas) {
    doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'network' && sent.push(update))
  }
  for (const each of steps) {
    const replica = replicas[each.replica]
    if (!replica) continue
    if ('edit' in each) perform(replica, each.edit)
    else {
      const some = each.picks.flatMap((pick) => sent[pick % Math.max(1, sent.length)] ?? [])
      const updates = each.merged && some.length > 0 ? [Y.mergeUpdates(some)] : some
      expect(applyUpdates(replica, updates, 'network')).toEqual([])
    }
  }
  return { replicas, sent }
}

test('replicas with the same updates have the same rows, in any order, with duplicates and merges', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (steps, chance) => {
      const { replicas, sent } = play(steps)
      const shuffled = () =>
        sent.map((update) => [Number(chance.next().value), update] as const).sort(([a], [b]) => a - b)
      for (const replica of replicas) {
        for (const [pick, update] of shuffled()) {
          applyUpdates(replica, pick % 3 === 0 ? [update, update] : [update], 'network')
        }
      }
      const expected = replicas[0] && projectedRows(replicas[0])
      for (const replica of replicas) expect(projectedRows(replica)).toEqual(expected)

      const merged = openSpace()
      if (sent.length > 0)
        applyUpdates(merged, [Y.mergeUpdates(shuffled().map(([, update]) => update))], 'network')
      expect(projectedRows(merged)).toEqual(expected)
    }),
    { numRuns: 250 },
  )
})

test('rows are the same after a stop at a server that collects garbage, in either encoding', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { replicas, sent } = play(steps)
      const server = new Y.Doc({ gc: true })
      for (const update of sent) Y.applyUpdate(server, update)
      const state = Y.encodeStateAsUpdate(server)
      const late = openSpace()
      Y.applyUpdateV2(late.doc, Y.encodeStateAsUpdateV2(server), 'network')
      for (const replica of [...replicas, late]) applyUpdates(replica, [state], 'network')
      const expected = projectedRows(late)
      for (const replica of replicas) expect(projectedRows(replica)).toEqual(expected)
    }),
    { numRuns: 150 },
  )
})

test('a space that is loaded again has the rows it had', () => {
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 30 }), (list) => {
      const space = openSpace()
      const stored = updatesOf(space)
      for (const edit of list) perform(space, edit)
      const again = new Space({ id: space.id, schema: sampleSchema })
      applyUpdates(again, stored, 'storage')
      expect(projectedRows(again)).toEqual(projectedRows(space))
    }),
    { numRuns: 100 },
  )
})

test('a row that two people move at once stands in one place, the same for both', () => {
  const one = openSpace({ clientId: 1 })
  const other = openSpace({ clientId: 2 })
  const keys = ['a0', 'a1', 'a2', 'a3']
  const id = one.insert(thing, { name: 'moved', position: 'a1' })
  exchange(one, other)
  one.update(thing, id, { position: orderKeyAt(keys, 0) })
  other.update(thing, id, { position: orderKeyAt(keys, 4) })
  exchange(one, other)
  expect(projectedRows(one)).toHaveLength(1)
  expect(projectedRows(one)).toEqual(projectedRows(other))
})
