import { expect, test } from 'vitest'
import { noUndoMemory, UndoSet } from '../../src/sync/undo-set.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

function scene() {
  let clock = 1_000_000
  const now = () => {
    clock += 10_000
    return clock
  }
  const undo = new UndoSet({ memory: noUndoMemory, now, onChange: () => {} })
  const [one, other] = [openSpace(), openSpace()]
  undo.follow([one, other])
  return { undo, one, other }
}

test('the latest step is the same until something else is done, in whichever space', () => {
  const { undo, one, other } = scene()
  expect(undo.latest).toBeUndefined()
  const id = one.insert(thing, { name: 'a' })
  const step = undo.latest
  expect(step).toBeDefined()
  expect(undo.latest).toBe(step)
  other.insert(thing, { name: 'b' })
  expect(undo.latest).not.toBe(step)
  undo.undo()
  expect(undo.latest).toBe(step)
  undo.undo()
  expect(undo.latest).toBeUndefined()
  expect(one.get(thing, id)).toBeUndefined()
})

test('a step outlives the document that it was made in', () => {
  const { undo, one, other } = scene()
  one.insert(thing, { name: 'a' })
  const step = undo.latest
  undo.follow([openSpace({ id: one.id }), other])
  expect(undo.latest).toBe(step)
})
