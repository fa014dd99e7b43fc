import * as fc from 'fast-check'
import { cellProblem, orderKeyAt, orderKeyBetween, orderKeysBetween, placeRow } from 'segue/crdt'
import { expect, test } from 'vitest'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'

const column = sampleSchema.shape(thing).byProperty.get('position')
const isKey = (key: string) => column !== undefined && cellProblem(column, key) === undefined

/** A source of chance that a property owns. */
const chance = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
const from = (stream: Iterator<number>) => () => Number(stream.next().value)

test('a key is strictly between its neighbours, wherever one inserts', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), chance, (places, stream) => {
      const keys: string[] = []
      for (const place of places) {
        const index = place % (keys.length + 1)
        const key = orderKeyAt(keys, index, from(stream))
        expect(isKey(key)).toBe(true)
        keys.splice(index, 0, key)
      }
      expect(keys.toSorted()).toEqual(keys)
      expect(new Set(keys).size).toBe(keys.length)
    }),
    { numRuns: 200 },
  )
})

test('two people who insert at one place at once get different keys', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), chance, chance, (index, one, other) => {
      const list = orderKeysBetween(null, null, 9)
      const bits = (stream: Iterator<number>) => Array.from({ length: 32 }, () => from(stream)() < 0.5)
      const [mine, theirs] = [bits(one), bits(other)]
      fc.pre(mine.join() !== theirs.join())
      const play = (flips: boolean[]) => {
        const rest = flips.values()
        return () => (rest.next().value ? 0.1 : 0.9)
      }
      expect(orderKeyAt(list, index, play(mine))).not.toBe(orderKeyAt(list, index, play(theirs)))
    }),
    { numRuns: 200 },
  )
})

test('neighbours with the same key are stepped over', () => {
  const keys = ['a0', 'a1', 'a1', 'a1', 'a2']
  for (let index = 0; index <= keys.length; index++) {
    const key = orderKeyAt(keys, index)
    const before = keys[index - 1]
    if (before !== undefined) expect(key > before).toBe(true)
    const after = keys.slice(index).find((each) => each !== before)
    if (after !== undefined) expect(key < after).toBe(true)
  }
})

test('an index beyond the end is the end', () => {
  expect(orderKeyAt(['a0', 'a1'], 99) > 'a1').toBe(true)
  expect(orderKeyAt([], 5)).not.toBe('')
})

test.each<[string, (keys: string[]) => number]>([
  ['at the end', (keys) => keys.length],
  ['at the start', () => 0],
])('2 000 insertions %s keep keys short', (_where, placeOf) => {
  const keys: string[] = []
  for (let count = 0; count < 2_000; count++) {
    const index = placeOf(keys)
    keys.splice(index, 0, orderKeyAt(keys, index))
  }
  expect(keys.toSorted()).toEqual(keys)
  expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(12)
})

test.each([1, 0.5, 0])('1 000 insertions into one gap are still keys (chance %d)', (pull) => {
  let low = 'a0'
  let high = 'a1'
  for (let count = 0; count < 1_000; count++) {
    const key = orderKeyBetween(low, high)
    if (Math.random() < pull) high = key
    else low = key
  }
  expect(isKey(orderKeyBetween(low, high))).toBe(true)
})

test('keys for a whole list are in order, between what is around them', () => {
  const keys = orderKeysBetween('a0', 'a1', 500)
  expect(keys.toSorted()).toEqual(keys)
  expect(keys.every((key) => key > 'a0' && key < 'a1' && isKey(key))).toBe(true)
})

test('10 000 moves to one spot keep keys short, and the list in the order that was asked for', () => {
  const list = orderKeysBetween(null, null, 60).map((key, index) => ({ id: `row ${index}`, key }))
  let order = list.map(({ id }) => id)
  let rewritten = 0
  let longest = 0
  for (let move = 0; move < 10_000; move++) {
    const id = order[(move * 37) % order.length] ?? ''
    const rows = new Map(list.map((row) => [row.id, row]))
    const others = order.filter((each) => each !== id)
    const sorted = others.map((each) => rows.get(each) ?? { id: each, key: '' })
    const { key, moved } = placeRow(sorted, 30)
    order = others.toSpliced(30, 0, id)
    for (const row of [{ id, key }, ...moved]) list[list.findIndex((each) => each.id === row.id)] = row
    rewritten += moved.length
    longest = Math.max(longest, key.length)
    const keys = order.map((each) => list.find((row) => row.id === each)?.key ?? '')
    expect(keys.toSorted()).toEqual(keys)
    expect(new Set(keys).size).toBe(keys.length)
  }
  expect(longest).toBeLessThanOrEqual(40)
  // A neighbour has to make room now and then, not each time.
  expect(rewritten / 10_000).toBeLessThan(3)
})
