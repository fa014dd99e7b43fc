import type { Space } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { RowParts } from '../../crdt/row-parts.ts'
import { pair, thing } from '../helpers/sample-schema.ts'
import { deliver, exchange, openSpace, projectedRows } from '../helpers/spaces.ts'

const key = { leftRef: 'a', rightRef: 'b' }

/** Two devices that create the same row without knowing of each other. */
function createdTwice(first: object, second: object) {
  const low = openSpace({ clientId: 1 })
  const high = openSpace({ clientId: 2 })
  const id = low.insert(pair, { ...key, ...first })
  high.insert(pair, { ...key, ...second })
  return { low, high, id }
}

const bothWays = (first: Space, second: Space) => {
  deliver(second, first)
  deliver(first, second)
}
const orders: [string, (low: Space, high: Space) => void][] = [
  ['the one hears first', (low, high) => bothWays(low, high)],
  ['the other hears first', (low, high) => bothWays(high, low)],
]

describe.each(orders)('a row created on two devices at once, when %s', (_which, meet) => {
  test('is one row that has the columns of both', () => {
    const { low, high, id } = createdTwice({ label: 'mine' }, { score: 7, notes: 'theirs' })
    meet(low, high)
    for (const space of [low, high]) {
      expect(space.get(pair, id)).toMatchObject({ label: 'mine', score: 7, notes: 'theirs' })
      expect(projectedRows(space)).toHaveLength(1)
    }
  })

  test('is edited as one from then on', () => {
    const { low, high, id } = createdTwice({ label: 'mine' }, { label: 'theirs', score: 7 })
    meet(low, high)
    high.update(pair, id, { label: 'later', score: 8 })
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)).toMatchObject({ label: 'later', score: 8 })
  })

  test('is removed and restored as one', () => {
    const { low, high, id } = createdTwice({ label: 'mine' }, { score: 7 })
    meet(low, high)
    high.remove(pair, id)
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)).toBeUndefined()
    low.restore(pair, id)
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)).toMatchObject({ label: 'mine', score: 7 })
  })

  test('shows words typed into its text on either device', () => {
    const { low, high, id } = createdTwice({}, {})
    high.text(pair, id, 'notes').insert(0, 'typed')
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)?.notes).toBe('typed')
    low.text(pair, id, 'notes').insert(5, ' more')
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)?.notes).toBe('typed more')
  })

  test('keeps an empty text empty, once somebody has emptied it', () => {
    const { low, high, id } = createdTwice({ notes: 'mine' }, { notes: 'theirs' })
    meet(low, high)
    low.update(pair, id, { notes: '' })
    meet(low, high)
    for (const space of [low, high]) expect(space.get(pair, id)?.notes).toBe('')
  })
})

test('a third device that edited one part offline loses nothing', () => {
  const { low, high, id } = createdTwice({ label: 'mine' }, {})
  const third = openSpace({ clientId: 3 })
  deliver(high, third)
  third.update(pair, id, { score: 9 })
  third.text(pair, id, 'notes').insert(0, 'from the third')
  exchange(low, high, third)
  for (const space of [low, high, third]) {
    expect(space.get(pair, id)).toMatchObject({ label: 'mine', score: 9, notes: 'from the third' })
  }
})

test('a row with a chosen id keeps the columns of both creators too', () => {
  const low = openSpace({ clientId: 1 })
  const high = openSpace({ clientId: 2 })
  low.insert(thing, { id: 'shared', name: 'mine', count: 1 })
  high.insert(thing, { id: 'shared', name: 'theirs', weight: 2 })
  exchange(low, high)
  expect(low.get(thing, 'shared')).toMatchObject({ count: 1, weight: 2 })
  expect(projectedRows(low)).toEqual(projectedRows(high))
})

test('an edit that knew neither of the others’ parts still converges', () => {
  const spaces = [5, 6, 7].map((clientId) => openSpace({ clientId }))
  for (const [index, space] of spaces.entries()) space.insert(pair, { ...key, label: `by ${index}` })
  exchange(...spaces)
  const rows = spaces.map(projectedRows)
  expect(rows[1]).toEqual(rows[0])
  expect(rows[2]).toEqual(rows[0])
})

test('a part that appears while parts are gathered is found, whether its row was looked at before or not', () => {
  const parts = new RowParts(new Y.Doc().getMap('pair'))
  const ids = Array.from({ length: 1_500 }, (_, index) => `row ${index}`)
  for (const id of ids) parts.add(id, new Y.Map(), 1)
  expect(parts.gathering.next()).toBe(true)
  parts.add('row 3', new Y.Map(), 2)
  parts.add('row 1400', new Y.Map(), 2)
  while (parts.gathering.next()) {}
  parts.add('row 5', new Y.Map(), 2)
  const severalParts = ids.filter((id) => parts.of(id).length === 2)
  expect(severalParts).toEqual(['row 3', 'row 5', 'row 1400'])
  expect([...parts.rowIds()].sort()).toEqual(ids.toSorted())
})
