import fc from 'fast-check'
import type { Client } from 'pg'
import { Mirror } from 'segue/bridge'
import {
  column,
  defineSchema,
  fromPostgres,
  type Json,
  newSpaceId,
  postgresDdl,
  Space,
  segueTable,
  toPostgres,
} from 'segue/crdt'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { sql } from '../helpers/mirrors.ts'
import { connect } from './server.ts'

/** A column of every kind. */
const value = segueTable('value', {
  text: column.string('text'),
  whole: column.whole('whole'),
  decimal: column.decimal('decimal'),
  flag: column.flag('flag'),
  choice: column.oneOf(['red', 'green'])('choice'),
  notes: column.richText('notes'),
  position: column.orderKey('position'),
  at: column.instant('at'),
  day: column.localDate('day'),
  hits: column.counter('hits'),
  big: column.bigWhole('big'),
  tags: column.stringSet('tags'),
  data: column.json('data'),
})
const schema = defineSchema({ value })
const shape = schema.shape(value)

/** Any text that may be stored: with quotes, emoji, line ends, and empty. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((each) => each.replaceAll('\u0000', ''))
const instant = fc
  .date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString())
const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .map((each) => JSON.parse(JSON.stringify(each).replaceAll('\\u0000', '')) as Json)
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const rows = fc.record({
  text: orNull(text),
  whole: orNull(fc.maxSafeInteger()),
  decimal: orNull(fc.double({ noNaN: true, noDefaultInfinity: true })),
  flag: orNull(fc.boolean()),
  choice: orNull(fc.constantFrom('red', 'green')),
  notes: text,
  position: orNull(fc.constantFrom('a0', 'Zz', 'a0V')),
  at: orNull(instant),
  day: orNull(instant.map((each) => each.slice(0, 10))),
  hits: fc.maxSafeInteger(),
  big: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  tags: fc.uniqueArray(
    text.filter((each) => each !== ''),
    { maxLength: 5 },
  ),
  data: orNull(json),
})

let client: Client
beforeAll(async () => {
  client = await connect(inject('postgresPort'))
  await client.query('CREATE SCHEMA round_trip')
  await client.query('SET search_path = round_trip')
  await client.query(postgresDdl(shape))
})
afterAll(async () => {
  await client.query('DROP SCHEMA round_trip CASCADE')
  await client.end()
})

test('a value of every kind is the same in the document, in SQLite and in Postgres', async () => {
  const mirror = new Mirror(sql, schema)
  const names = shape.columns.map(({ name }) => `"${name}"`)
  const places = names.map((_, index) => `$${index + 3}`)
  const asJson = shape.columns.map(({ name, kind }) =>
    kind === 'bigWhole' ? `"${name}"::text` : `"${name}"`,
  )
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const space = new Space({ id: newSpaceId(), schema })
      mirror.attach(space)
      try {
        const { hits, ...cells } = given
        const id = space.insert(value, cells as Parameters<typeof space.insert<typeof value>>[1])
        space.increment(value, id, 'hits', hits)
        const row = space.get(value, id)
        expect(row).toMatchObject({
          ...given,
          decimal: given.decimal === 0 ? 0 : given.decimal,
          tags: [...given.tags].sort(),
        })
        expect(mirror.db.select().from(value).all()).toEqual([row])

        const projected = space.project(shape, id)
        if (projected.state !== 'live') throw new Error('The row is not shown.')
        await client.query(
          `INSERT INTO value (space_id, id, ${names.join(', ')}) VALUES ($1, $2, ${places.join(', ')})`,
          [
            space.id,
            id,
            ...shape.columns.map((each, index) => toPostgres(each, projected.cells[index] ?? null)),
          ],
        )
        const { rows: found } = await client.query<{ row: Record<string, unknown> }>(
          `SELECT row_to_json(r) AS row FROM (SELECT ${asJson.join(', ')} FROM value WHERE space_id = $1) r`,
          [space.id],
        )
        const back = shape.columns.map((each) => fromPostgres(each, found[0]?.row[each.name]))
        expect(back).toEqual(projected.cells)
      } finally {
        mirror.detach(space.id)
        space.destroy()
      }
    }),
    { numRuns: Number(process.env.SEGUE_CASES ?? 300) },
  )
  mirror.destroy()
})

test.each([
  ['text', 'a\u0000b'],
  ['tags', ['a\u0000b']],
  ['data', { 'a\u0000': 1 }],
  ['data', ['\ud83d']],
  ['decimal', Number.NaN],
  ['decimal', Number.POSITIVE_INFINITY],
  ['big', 2n ** 63n],
  ['at', '0000-01-01T00:00:00.000Z'],
  ['day', '0000-01-01'],
])('what one of them could not keep is refused: %s', (property, wrong) => {
  const space = new Space({ id: newSpaceId(), schema })
  expect(() => space.insert(value, { [property]: wrong })).toThrow(/was not saved/)
  space.destroy()
})
