import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdRanges } from '../../crdt/id-ranges.ts'

const claims = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.nat(20), fc.nat(6)), { maxLength: 12 })

test('ranges say the same of every unit as a list of units does', () => {
  fc.assert(
    fc.property(claims, fc.nat(20), fc.integer({ min: 1, max: 8 }), (claimed, clock, length) => {
      const ranges = new IdRanges(claimed)
      const isClaimed = (unit: number) =>
        claimed.some(([client, from, many]) => client === 1 && unit >= from && unit < from + many)
      const expected = Array.from({ length }, (_, index) => isClaimed(clock + index))
      expect(expected.map((_, index) => ranges.has({ client: 1, clock: clock + index }))).toEqual(expected)
      expect(ranges.overlaps(1, clock, length)).toBe(expected.includes(true))
      const stretches = ranges.cut(1, clock, length)
      expect(stretches.flatMap(({ length: many, isInside }) => Array(many).fill(isInside))).toEqual(expected)
      expect(stretches.every(({ isInside }, index) => isInside !== stretches[index + 1]?.isInside)).toBe(true)
    }),
  )
})

test('a range without end costs no more than a short one', () => {
  const ranges = new IdRanges([
    [1, 5, 2 ** 40],
    [1, 0, 2 ** 40],
  ])
  expect(ranges.cut(1, 0, 2 ** 41)).toEqual([
    { length: 2 ** 40 + 5, isInside: true },
    { length: 2 ** 40 - 5, isInside: false },
  ])
})
