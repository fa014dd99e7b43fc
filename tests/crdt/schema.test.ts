import { integer, numeric, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { column, defineSchema, InvalidSchemaError, segueTable, UnknownTableError } from 'segue/crdt'
import { tuneSchema } from 'segue/tables'
import { expect, test } from 'vitest'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

const { string, whole, richText, oneOf } = column

const define =
  (...columns: Parameters<typeof segueTable>) =>
  () =>
    defineSchema({ it: segueTable(...columns) })

test('a table declared once tells the kind, the SQL type and the default of each column', () => {
  const shape = sampleSchema.shape(thing)
  expect(shape.columns.map(({ name, kind, sqlType }) => [name, kind, sqlType])).toEqual([
    ['name', 'text', 'TEXT'],
    ['count', 'integer', 'INTEGER'],
    ['weight', 'real', 'REAL'],
    ['done', 'boolean', 'INTEGER'],
    ['color', 'enum', 'TEXT'],
    ['notes', 'richText', 'RICH_TEXT'],
    ['position', 'orderKey', 'ORDER_KEY_TEXT'],
    ['at', 'instant', 'INSTANT_TEXT'],
    ['day', 'localDate', 'LOCAL_DATE_TEXT'],
  ])
  expect(shape.byProperty.get('done')).toMatchObject({ notNull: true, defaultValue: false })
  expect(shape.byProperty.get('color')?.enumValues).toEqual(['red', 'green'])
})

test('property names and SQL names are told apart, for columns, keys and indexes', () => {
  const shape = tuneSchema.shapeNamed('playlist_tune')
  expect(shape?.byProperty.get('tuneRef')?.name).toBe('tune_ref')
  expect(shape?.keyProperties).toEqual(['playlistRef', 'tuneRef'])
  expect(shape?.indexes).toContainEqual(['playlist_ref', 'position'])
})

test('all nine tables of the app are valid', () => {
  expect(tuneSchema.shapes).toHaveLength(9)
})

test.each([
  ['a column type that cannot be merged', define('it', { at: integer('at', { mode: 'timestamp' }) })],
  ['a numeric column', define('it', { price: numeric('price') })],
  ['a JSON column', define('it', { json: text('json', { mode: 'json' }) })],
  ['a key that names no column', define('it', { a: string('a').notNull() }, { key: ['b'] })],
  ['an index that names no column', define('it', { a: string('a') }, { indexes: [['b']] })],
  ['a key that may be null', define('it', { a: string('a') }, { key: ['a'] })],
  ['a key with a default', define('it', { a: string('a').notNull().default('x') }, { key: ['a'] })],
  ['a key that is edited letter by letter', define('it', { a: richText('a').notNull() }, { key: ['a'] })],
  ['a column that the row store keeps itself', define('it', { removedAt: string('removed_at') })],
  ['a default that does not fit', define('it', { a: whole('a').default(1.5) })],
  ['a default outside the choices', define('it', { a: oneOf(['x'])('a').default('y' as 'x') })],
  ['a default for a shared text', define('it', { a: richText('a').default('hello') })],
])('the schema is refused when it is defined: %s', (_what, defining) => {
  expect(defining).toThrow(InvalidSchemaError)
})

test('two tables with one name are refused', () => {
  expect(() => defineSchema({ a: segueTable('same', {}), b: segueTable('same', {}) })).toThrow(
    /Two tables are named "same"/,
  )
})

test('a table that was not declared with segueTable is refused, with the way to do it', () => {
  const plain = sqliteTable('plain', { id: text() })
  expect(() => defineSchema({ plain })).toThrow(/segueTable/)
})

test('a table outside the schema cannot be written to or read', () => {
  const other = segueTable('other', { a: string('a') })
  const space = openSpace()
  expect(() => space.insert(other, { a: 'x' })).toThrow(UnknownTableError)
  expect(() => space.get(other, 'x')).toThrow(UnknownTableError)
})
