import { newRowId } from 'segue/crdt'
import { validate, version } from 'uuid'
import { expect, test } from 'vitest'

test('row ids sort by the time of their making, and no two share what is random in them', () => {
  const ids = Array.from({ length: 5_000 }, newRowId)
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length)
  const ms = Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16)
  expect(Math.abs(ms - Date.now())).toBeLessThan(60_000)
})
