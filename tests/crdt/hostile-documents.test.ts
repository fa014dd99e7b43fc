import { column, defineSchema, type Space, segueTable } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { deliver, foreignRow, openSpace, projectedRows } from '../helpers/spaces.ts'

const shape = sampleSchema.shape(thing)
const put = (space: Space, key: string, value: unknown) => space.doc.getMap('thing').set(key, value)
const nested = (depth: number): Y.Map<unknown> => {
  const map = new Y.Map<unknown>()
  map.set('in', depth > 1 ? nested(depth - 1) : 'the end')
  return map
}

test.each<[string, unknown]>([
  ['a number', 7],
  ['text', 'x'],
  ['a plain object', { name: 'a' }],
  ['null', null],
  ['an array', ['name', 'a']],
  ['bytes', new Uint8Array([1, 2])],
  ['a Y.Array', new Y.Array()],
  ['a Y.Text', new Y.Text('name')],
  ['an XML element', new Y.XmlElement('row')],
  ['a document', new Y.Doc()],
])('%s where a row is expected is no row', (_what, value) => {
  const space = openSpace()
  put(space, 'r', value)
  expect(space.project(shape, 'r')).toEqual({ state: 'absent' })
  expect(space.get(thing, 'r')).toBeUndefined()
  expect(() => space.update(thing, 'r', { name: 'a' })).toThrow()
  expect(space.insert(thing, { id: 'r', name: 'a' })).toBe('r')
  expect(space.get(thing, 'r')?.name).toBe('a')
})

describe('a cell of the wrong type reads as its default, and can be written over', () => {
  const wrong: [string, () => unknown][] = [
    ['a number', () => 1.5],
    ['text', () => 'no'],
    ['a huge text', () => 'x'.repeat(200_000)],
    ['true', () => true],
    ['an object', () => ({ toString: 'x', valueOf: null })],
    ['an array', () => ['red']],
    ['bytes', () => new Uint8Array([1])],
    ['a big integer', () => 2n ** 60n],
    ['undefined', () => undefined],
    ['a Y.Map', () => nested(3)],
    ['a Y.Array', () => Y.Array.from(['red'])],
    ['a Y.Text', () => new Y.Text('no date')],
  ]
  test.each(wrong)('%s', (_what, make) => {
    const space = openSpace()
    foreignRow(space, 'thing', 'r', { name: 'fine', count: make(), color: make(), at: make(), day: make() })
    foreignRow(space, 'thing', 'r2', { name: 'fine', position: make() })
    expect(space.get(thing, 'r')).toMatchObject({
      name: 'fine',
      count: null,
      color: 'red',
      at: null,
      day: null,
    })
    expect(space.get(thing, 'r2')?.position).toBeNull()
    space.update(thing, 'r', { count: 4, color: 'green', day: '2026-05-01' })
    expect(space.get(thing, 'r')).toMatchObject({ count: 4, color: 'green', day: '2026-05-01' })
  })
})

test('a row without a usable required value is hidden, says why, and appears once the value arrives', () => {
  const space = openSpace()
  foreignRow(space, 'thing', 'r', { name: 7, count: 3 })
  expect(space.project(shape, 'r')).toEqual({ state: 'hidden', reason: expect.stringContaining('name') })
  space.update(thing, 'r', { name: 'mended' })
  expect(space.get(thing, 'r')).toMatchObject({ name: 'mended', count: 3 })
})

test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', '', ' ', '\u0000', 'ünïcode'])(
  'the row id %j is just a name',
  (rowId) => {
    const space = openSpace()
    foreignRow(space, 'thing', rowId, { name: 'a', __proto__x: 1, constructor: 2 })
    const copy = openSpace()
    deliver(space, copy)
    expect(copy.get(thing, rowId)).toMatchObject({ id: rowId, name: 'a', color: 'red' })
    expect([...copy.rowIds(shape)]).toEqual([rowId])
    expect(Object.prototype).not.toHaveProperty('name')
  },
)

test('tables and columns may be called like parts of Object.prototype', () => {
  const odd = segueTable('constructor', {
    toString2: column.string('__proto__'),
    c: column.string('constructor'),
  })
  const space = openSpace({ schema: defineSchema({ odd }) })
  const id = space.insert(odd, { toString2: 'x', c: 'y' })
  expect(space.get(odd, id)).toMatchObject({ toString2: 'x', c: 'y' })
  expect(space.get(odd, '__proto__')).toBeUndefined()
})

test('a key with several separators belongs to one row, the same in every way of reading', () => {
  const space = openSpace()
  const touched: string[] = []
  space.observe(({ rows }) => touched.push(...(rows.get(shape) ?? [])))
  foreignRow(space, 'thing', 'a\u001fb', { count: 1 })
  foreignRow(space, 'thing', 'a\u001fb\u001fc', { name: 'x' })
  foreignRow(space, 'thing', '\u001f\u001f', { name: 'nameless' })
  expect(new Set(touched)).toEqual(new Set(['a', '']))
  expect(new Set(space.rowIds(shape))).toEqual(new Set(['a', '']))
  expect(space.get(thing, 'a')).toMatchObject({ name: 'x', count: 1 })
  expect(space.get(thing, 'a\u001fb')).toBeUndefined()
})

test('unknown tables and columns survive edits and travel on', () => {
  const newer = openSpace()
  foreignRow(newer, 'invention', 'i', { spark: true })
  foreignRow(newer, 'thing', 'r', { name: 'a', tempo: 120, deep: nested(2) })
  const older = openSpace()
  deliver(newer, older)
  older.update(thing, 'r', { name: 'b' })
  older.remove(thing, 'r')
  older.restore(thing, 'r')
  deliver(older, newer)
  expect(newer.get(thing, 'r')).toMatchObject({ name: 'b' })
  expect(newer.doc.getMap('thing').toJSON()).toMatchObject({
    r: { tempo: 120, deep: { in: { in: 'the end' } } },
  })
  expect(newer.doc.getMap('invention').toJSON()).toEqual({ i: { spark: true } })
})

test('a change deep inside a row is a change of that row', () => {
  const space = openSpace()
  const deep = nested(50)
  foreignRow(space, 'thing', 'r', { name: 'a', deep })
  const touched: string[] = []
  space.observe(({ rows }) => touched.push(...(rows.get(shape) ?? [])))
  let inner = deep
  for (let next = inner.get('in'); next instanceof Y.Map; next = inner.get('in')) inner = next
  inner.set('in', 'changed')
  expect(touched).toEqual(['r'])
})

test('maps nested without end may change all at once: neither time nor memory run out', () => {
  const writer = openSpace()
  const maps = [new Y.Map<unknown>()]
  writer.doc.transact(() => {
    writer.doc.getMap('deep').set('r', maps[0])
    for (let depth = 1; depth < 20_000; depth++) {
      const inner = new Y.Map<unknown>()
      maps.at(-1)?.set('in', inner)
      maps.push(inner)
    }
  })
  const reader = openSpace()
  deliver(writer, reader)
  writer.doc.transact(() => {
    for (const map of maps) map.set('x', 1)
  })
  const started = performance.now()
  deliver(writer, reader)
  expect(performance.now() - started).toBeLessThan(5_000)
  let found: unknown = reader.doc.getMap('deep').get('r')
  for (let depth = 0; depth < 19_999 && found instanceof Y.Map; depth++) found = found.get('in')
  expect(found instanceof Y.Map && found.get('x')).toBe(1)
})

test('a root type filled as a list, or a row deleted outright, does no harm', () => {
  const foreign = new Y.Doc()
  foreign.getArray('thing').insert(0, [1, new Y.Map(), 'x'])
  const space = openSpace()
  const id = space.insert(thing, { name: 'a' })
  space.insert(pair, { leftRef: 'a', rightRef: 'b' })
  Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(foreign))
  space.doc.getMap('thing').delete(id)
  space.doc.getMap('pair').clear()
  expect(projectedRows(space)).toEqual([])
  expect(space.insert(pair, { leftRef: 'a', rightRef: 'b' })).toBe('a:b')
})

test('a text with something embedded is replaced as a whole', () => {
  const space = openSpace()
  const id = space.insert(thing, { name: 'a', notes: 'hello world' })
  const text = space.text(thing, id, 'notes')
  text.insertEmbed(0, { image: 'x' })
  text.format(2, 4, { bold: true })
  space.update(thing, id, { notes: 'hello there' })
  expect(space.get(thing, id)?.notes).toBe('hello there')
})
