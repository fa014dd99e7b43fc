import { cellProblem, InvalidRowError, MAX_TEXT_LENGTH, newSpaceId, toInstant, toSpaceId } from 'segue/crdt'
import { expect, test } from 'vitest'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { openSpace, updatesOf } from '../helpers/spaces.ts'

const problem = (property: string, value: unknown) => {
  const column = sampleSchema.shape(thing).byProperty.get(property)
  if (!column) throw new Error(`No column ${property}`)
  return cellProblem(column, value)
}

test.each<[string, unknown]>([
  ['name', ''],
  ['name', 'Ó Riada 🎻'],
  ['name', 'x'.repeat(MAX_TEXT_LENGTH)],
  ['count', 0],
  ['count', -(2 ** 53 - 1)],
  ['weight', 1e308],
  ['weight', -0.5],
  ['done', true],
  ['color', 'green'],
  ['notes', 'x'.repeat(MAX_TEXT_LENGTH * 2)],
  ['position', 'a0'],
  ['position', 'Zz'],
  ['at', '2026-05-01T18:30:00.000Z'],
  ['at', '2024-02-29T00:00:00.000Z'],
  ['day', '2024-02-29'],
  ['count', null],
])('%s takes %j', (property, value) => {
  expect(problem(property, value)).toBeUndefined()
})

test.each<[string, unknown, RegExp]>([
  ['name', null, /required/],
  ['name', undefined, /required/],
  ['name', 7, /text/],
  ['name', 'x'.repeat(MAX_TEXT_LENGTH + 1), /longer than/],
  ['name', 'half \ud83d', /surrogate/],
  ['name', '\udfbb half', /surrogate/],
  ['count', Number.NaN, /whole/],
  ['count', 1.5, /whole/],
  ['count', 2 ** 53, /whole/],
  ['count', {}, /whole/],
  ['count', '1', /whole/],
  ['count', true, /whole/],
  ['weight', Number.NaN, /number/],
  ['weight', Number.POSITIVE_INFINITY, /number/],
  ['weight', '1.5', /number/],
  ['done', 1, /true or false/],
  ['done', null, /required/],
  ['color', 'blue', /red, green/],
  ['color', '__proto__', /red, green/],
  ['notes', 7, /text/],
  ['position', '', /order key/],
  ['position', 'a 0', /order key/],
  ['position', 'b1', /order key/],
  ['position', 'a10', /order key/],
  ['position', '0', /order key/],
  ['position', `A${'0'.repeat(26)}`, /order key/],
  ['position', `A${'0'.repeat(25)}1`, /order key/],
  ['position', `a1${'V'.repeat(1_000)}`, /order key/],
  ['at', '2026-05-01', /time/],
  ['at', '2026-05-01T18:30:00Z', /time/],
  ['at', '2026-05-01T18:30:00.000+02:00', /time/],
  ['at', '2026-05-01 18:30:00.000Z', /time/],
  ['at', '2026-02-30T00:00:00.000Z', /time/],
  ['at', '2026-01-01T24:00:00.000Z', /time/],
  ['at', new Date(0), /text/],
  ['day', '2026-02-30', /date/],
  ['day', '2026-2-3', /date/],
  ['day', '2026-05-01\n', /date/],
  ['day', '2026-05-01T00:00:00.000Z', /date/],
])('%s refuses %j', (property, value, message) => {
  expect(problem(property, value)).toMatch(message)
})

test('an instant has one form, and a Date gives it', () => {
  expect(problem('at', toInstant(new Date(0)))).toBeUndefined()
})

test('a refused row names every problem at once and writes nothing', () => {
  const space = openSpace()
  const updates = updatesOf(space)
  const wrong = { name: 'x', count: 0.5, day: 'yesterday', ghost: 1 }
  let error: unknown
  try {
    space.insert(thing, wrong)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(InvalidRowError)
  expect(error).toMatchObject({
    code: 'invalid_row',
    table: 'thing',
    problems: [{ column: 'ghost' }, { column: 'count' }, { column: 'day' }],
  })
  expect(updates).toEqual([])
})

test('a patch may leave out what is required, but not take it away', () => {
  const space = openSpace()
  const id = space.insert(thing, { name: 'a' })
  expect(() => space.update(thing, id, { count: 1 })).not.toThrow()
  expect(() => space.update(thing, id, Object.fromEntries([['name', undefined]]))).not.toThrow()
  expect(() => space.update(thing, id, JSON.parse('{"name":null}'))).toThrow(/name is required/)
})

test('names of Object.prototype are not columns', () => {
  const space = openSpace()
  expect(() => space.insert(thing, JSON.parse('{"name":"a","__proto__":1}'))).toThrow(/__proto__/)
  expect(() => space.insert(thing, JSON.parse('{"name":"a","constructor":1}'))).toThrow(/constructor/)
  expect(() => space.insert(pair, JSON.parse('{"__proto__":{"leftRef":"a"},"rightRef":"b"}'))).toThrow(
    InvalidRowError,
  )
})

test.each(['', 'x'.repeat(1_001), 'a\u001fb', 'half \ud800'])('the row id %j is refused', (id) => {
  expect(() => openSpace().insert(thing, { id, name: 'a' })).toThrow(/id must be text/)
})

test('space ids are UUIDs in lower case', () => {
  const id = newSpaceId()
  expect(toSpaceId(id.toUpperCase())).toBe(id)
  expect(() => toSpaceId('../etc/passwd')).toThrow(/not the id of a space/)
})
