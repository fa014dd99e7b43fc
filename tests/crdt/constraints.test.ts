import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import { hiddenCell, hiddenRow, Mirror, verify } from 'segue/bridge'
import {
  CheckError,
  column,
  defineSchema,
  ForeignKeyError,
  InvalidSchemaError,
  newSpaceId,
  RestrictError,
  type SpaceChange,
  segueTable,
  UniqueError,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import type * as Y from 'yjs'
import { sql } from '../helpers/mirrors.ts'
import { deliver, exchange, openSpace } from '../helpers/spaces.ts'

const { string, whole, reference, counter, stringSet } = column

const shelf = segueTable('shelf', { name: string('name') }, { unique: [['name']] })
const box = segueTable(
  'box',
  {
    shelfRef: reference('shelf_ref')
      .notNull()
      .references(() => shelf.id, { onDelete: 'cascade' }),
    label: string('label'),
    stock: counter('stock'),
    marks: stringSet('marks'),
  },
  {
    unique: [['shelfRef', 'label']],
    checks: { 'in stock': ({ stock }) => stock >= 0, 'few marks': ({ marks }) => marks.length < 2 },
  },
)
const photo = segueTable('photo', {
  boxRef: reference('box_ref').references(() => box.id, { onDelete: 'set null' }),
  name: string('name'),
})
const seal = segueTable('seal', {
  boxRef: reference('box_ref').references(() => box.id, { onDelete: 'restrict' }),
})
const folder = segueTable('folder', {
  parentRef: reference('parent_ref').references((): AnySQLiteColumn => folder.id),
})
const schema = defineSchema({ shelf, box, photo, seal, folder })

let clock = Date.UTC(2026, 0, 1)
const now = () => {
  clock += 1_000
  return new Date(clock)
}

function twoDevices() {
  const id = newSpaceId()
  return [1, 2].map((clientId) => openSpace({ id, schema, clientId, now })) as [
    ReturnType<typeof openSpace>,
    ReturnType<typeof openSpace>,
  ]
}

const reasonOf = (
  space: ReturnType<typeof openSpace>,
  table: Parameters<typeof schema.shape>[0],
  id: string,
) => {
  const row = space.project(schema.shape(table), id)
  return row.state === 'hidden' ? row.reason : row.state
}

describe('in the merged state', () => {
  test('a row is hidden as long as what it has to refer to is not shown, and everything below it', () => {
    const [one, other] = twoDevices()
    const top = one.insert(folder, {})
    exchange(one, other)
    one.remove(folder, top)
    const middle = other.insert(folder, { parentRef: top })
    const low = other.insert(folder, { parentRef: middle })
    exchange(one, other)
    for (const space of [one, other]) {
      expect(reasonOf(space, folder, middle)).toBe(
        `foreign key: parent_ref refers to the folder "${top}", which is not shown`,
      )
      expect(space.get(folder, low)).toBeUndefined()
    }
    one.restore(folder, top)
    exchange(one, other)
    for (const space of [one, other]) expect(space.get(folder, low)).toBeDefined()
  })

  test('a reference that may read null does, and the value is back with its row', () => {
    const [one, other] = twoDevices()
    const shelfId = one.insert(shelf, {})
    const boxId = one.insert(box, { shelfRef: shelfId })
    const photoId = one.insert(photo, { boxRef: boxId })
    exchange(one, other)
    one.remove(shelf, shelfId)
    other.update(photo, photoId, { name: 'kept' })
    exchange(one, other)
    expect(other.get(photo, photoId)).toMatchObject({ boxRef: null, name: 'kept' })
    other.restore(shelf, shelfId)
    expect(other.get(photo, photoId)).toMatchObject({ boxRef: boxId })
  })

  test('rows that refer to each other in a circle are hidden, whichever is asked for', () => {
    const [one, other] = twoDevices()
    const [a, b] = [one.insert(folder, {}), one.insert(folder, {})]
    const below = one.insert(folder, { parentRef: b })
    exchange(one, other)
    one.update(folder, a, { parentRef: b })
    other.update(folder, b, { parentRef: a })
    exchange(one, other)
    for (const id of [a, b, below]) {
      expect(reasonOf(one, folder, id)).toMatch(/^foreign key/)
      expect(reasonOf(other, folder, id)).toBe(reasonOf(one, folder, id))
    }
    one.update(folder, b, { parentRef: null })
    expect(one.get(folder, below)).toBeDefined()
  })

  test('a chain longer than the stack is followed', () => {
    const [space] = twoDevices()
    let last: string | null = null
    space.transact(() => {
      for (let depth = 0; depth < 20_000; depth++) last = space.insert(folder, { parentRef: last })
    })
    const [fresh] = [openSpace({ id: space.id, schema })]
    deliver(space, fresh)
    expect(fresh.get(folder, String(last))).toBeDefined()
  })

  test('of rows with one key the oldest is shown, and the next one when it is given another', () => {
    const [one, other] = twoDevices()
    const first = one.insert(shelf, { name: 'attic' })
    const second = other.insert(shelf, { name: 'attic' })
    const third = one.insert(shelf, { name: null })
    exchange(one, other)
    for (const space of [one, other]) {
      expect(space.get(shelf, first)).toBeDefined()
      expect(reasonOf(space, shelf, second)).toBe(`unique: "${first}" has the same name`)
      expect(space.get(shelf, third)).toBeDefined()
    }
    one.update(shelf, first, { name: 'cellar' })
    exchange(one, other)
    expect(other.get(shelf, second)).toMatchObject({ name: 'attic' })
  })

  test('removing a row removes its duplicates; what others added meanwhile appears', () => {
    const [one, other] = twoDevices()
    const first = one.insert(shelf, { name: 'attic' })
    const second = other.insert(shelf, { name: 'attic' })
    exchange(one, other)
    one.remove(shelf, first)
    expect([first, second].map((id) => reasonOf(one, shelf, id))).toEqual(['removed', 'removed'])
    const third = one.insert(shelf, { name: 'attic' })
    expect(() => one.restore(shelf, second)).toThrow(UniqueError)
    expect(one.get(shelf, third)).toBeDefined()
  })

  test('an older row that is hidden itself stands in nobody’s way', () => {
    const [one, other] = twoDevices()
    const shelfId = one.insert(shelf, {})
    exchange(one, other)
    const older = one.insert(box, { shelfRef: shelfId, label: 'tins' })
    const younger = other.insert(box, { shelfRef: shelfId, label: 'tins' })
    one.doc.getMap<Y.Map<unknown>>('box').get(older)?.set('stock\u001fx\u001f+', -5)
    exchange(one, other)
    for (const space of [one, other]) {
      expect(reasonOf(space, box, older)).toMatch(/^check/)
      expect(space.get(box, younger)).toBeDefined()
    }
    other.increment(box, older, 'stock', 5)
    expect(reasonOf(other, box, younger)).toBe(`unique: "${older}" has the same shelf_ref, label`)
  })

  test('a row that breaks a check only together is hidden until it holds', () => {
    const [one, other] = twoDevices()
    const shelfId = one.insert(shelf, {})
    const boxId = one.insert(box, { shelfRef: shelfId, stock: 1 })
    exchange(one, other)
    one.increment(box, boxId, 'stock', -1)
    other.increment(box, boxId, 'stock', -1)
    exchange(one, other)
    expect(reasonOf(one, box, boxId)).toBe('check: "in stock" does not hold')
    one.increment(box, boxId, 'stock', 1)
    expect(one.get(box, boxId)).toMatchObject({ stock: 0 })
  })

  test('what is hidden, and why, can be queried; listeners hear of rows that nobody has written to', () => {
    const [one, other] = twoDevices()
    const mirror = new Mirror(sql, schema)
    mirror.attach(other)
    const shelfId = one.insert(shelf, { name: 'attic' })
    const boxId = one.insert(box, { shelfRef: shelfId, label: 'tins' })
    exchange(one, other)
    const changes: SpaceChange[] = []
    other.observe((change) => changes.push(change))
    one.remove(shelf, shelfId)
    deliver(one, other)
    expect([...(changes[0]?.rows.get(schema.shape(box)) ?? [])]).toEqual([boxId])
    expect(mirror.db.select().from(hiddenRow).all()).toEqual([
      {
        spaceId: other.id,
        tableName: 'box',
        rowId: boxId,
        reason: `foreign key: shelf_ref refers to the shelf "${shelfId}", which is not shown`,
      },
    ])
    other.restore(shelf, shelfId)
    other.update(shelf, shelfId, { name: 'loft' })
    expect(changes.at(-1)?.rows.has(schema.shape(box))).toBe(false)
    mirror.destroy()
  })

  test('a cell that reads null because of its foreign key is listed with what it holds, until it reads again', () => {
    const [one, other] = twoDevices()
    const mirror = new Mirror(sql, schema)
    mirror.attach(other)
    const shelfId = one.insert(shelf, { name: 'attic' })
    const boxId = one.insert(box, { shelfRef: shelfId, label: 'tins' })
    const photoId = one.insert(photo, { boxRef: boxId })
    one.remove(box, boxId)
    exchange(one, other)
    const listed = () => mirror.db.select().from(hiddenCell).all()
    const place = { spaceId: other.id, tableName: 'photo', rowId: photoId, columnName: 'box_ref' }
    const reason = `foreign key: box_ref refers to the box "${boxId}", which is not shown`
    expect(mirror.query('SELECT box_ref FROM photo')).toEqual([{ box_ref: null }])
    expect(listed()).toEqual([{ ...place, value: JSON.stringify(boxId), reason }])
    expect(verify(sql, mirror)).toEqual([])
    one.restore(box, boxId)
    deliver(one, other)
    expect(mirror.query('SELECT box_ref FROM photo')).toEqual([{ box_ref: boxId }])
    expect(listed()).toEqual([])
    one.remove(box, boxId)
    one.remove(photo, photoId)
    deliver(one, other)
    expect(listed()).toEqual([])
    expect(verify(sql, mirror)).toEqual([])
    mirror.destroy()
  })
})

describe('at the point of edit', () => {
  test.each([
    ['an unknown row', ForeignKeyError, { shelfRef: 'nowhere' }],
    ['a taken key', UniqueError, { shelfRef: 's', label: 'tins' }],
    ['a number that the check refuses', CheckError, { shelfRef: 's', stock: -1 }],
  ] as const)('%s is refused and changes nothing', (_, error, values) => {
    const [space] = twoDevices()
    space.insert(shelf, { id: 's' })
    const [tins, other] = [
      space.insert(box, { shelfRef: 's', label: 'tins' }),
      space.insert(box, { shelfRef: 's', label: 'jars' }),
    ]
    let updates = 0
    space.doc.on('update', () => updates++)
    expect(() => space.insert(box, values)).toThrow(error)
    expect(() => space.update(box, other, values)).toThrow(error)
    expect(updates).toBe(0)
    expect(() => space.update(box, tins, { shelfRef: 's', label: 'tins' })).not.toThrow()
  })

  test('errors name what is in the way, under stable codes', () => {
    const [space] = twoDevices()
    const shelfId = space.insert(shelf, { name: 'attic' })
    const boxId = space.insert(box, { shelfRef: shelfId, marks: ['a'] })
    const sealId = space.insert(seal, { boxRef: boxId })
    const named = (edit: () => void) => {
      try {
        edit()
      } catch (error) {
        return error
      }
    }
    expect(named(() => space.insert(shelf, { name: 'attic' }))).toMatchObject({
      code: 'unique',
      table: 'shelf',
      columns: ['name'],
      rowId: shelfId,
    })
    expect(named(() => space.insert(seal, { boxRef: 'x' }))).toMatchObject({
      code: 'foreign_key',
      column: 'box_ref',
      target: 'box',
      targetId: 'x',
    })
    expect(named(() => space.increment(box, boxId, 'stock', -1))).toMatchObject({
      code: 'check',
      check: 'in stock',
    })
    expect(named(() => space.updateSet(box, boxId, 'marks', { add: ['b'] }))).toMatchObject({ code: 'check' })
    expect(named(() => space.remove(box, boxId))).toMatchObject({
      code: 'restrict',
      child: 'seal',
      childId: sealId,
    })
    space.remove(seal, sealId)
    space.remove(box, boxId)
    expect(() => space.restore(seal, sealId)).toThrow(ForeignKeyError)
    expect(() => space.remove(shelf, shelfId)).not.toThrow(RestrictError)
  })

  test('within a transaction, what was written before counts', () => {
    const [space] = twoDevices()
    space.transact(() => {
      const shelfId = space.insert(shelf, { name: 'attic' })
      const boxId = space.insert(box, { shelfRef: shelfId })
      expect(() => space.insert(shelf, { name: 'attic' })).toThrow(UniqueError)
      space.remove(shelf, shelfId)
      expect(space.get(box, boxId)).toBeUndefined()
      expect(() => space.insert(box, { shelfRef: shelfId })).toThrow(ForeignKeyError)
      space.insert(shelf, { name: 'attic' })
    })
  })

  test('a null that is given is no default: not to constraints, and not when a row comes back', () => {
    const hook = segueTable('hook', { coat: string('coat').default('the only one') }, { unique: [['coat']] })
    const space = openSpace({ schema: defineSchema({ hook }) })
    space.insert(hook, {})
    const id = space.insert(hook, { id: 'by the door', coat: null })
    expect(space.get(hook, id)?.coat).toBeNull()
    space.remove(hook, id)
    expect(() => space.insert(hook, { id })).toThrow(UniqueError)
    space.insert(hook, { id, coat: null })
    expect(space.get(hook, id)?.coat).toBeNull()
  })

  test('a row that a constraint hides can be edited, and so mended', () => {
    const [one, other] = twoDevices()
    one.insert(shelf, { name: 'attic' })
    const second = other.insert(shelf, { name: 'attic' })
    exchange(one, other)
    one.update(shelf, second, { name: 'cellar' })
    expect(one.get(shelf, second)).toMatchObject({ name: 'cellar' })
  })
})

describe('a schema is refused', () => {
  const tableWith = (columns: Parameters<typeof segueTable>[1], options?: Parameters<typeof segueTable>[2]) =>
    segueTable('odd', columns, options)

  test.each([
    [
      'a required column that is set null',
      () =>
        tableWith({
          ref: reference('ref')
            .notNull()
            .references(() => shelf.id, { onDelete: 'set null' }),
        }),
    ],
    [
      'what nobody can do on delete',
      () => tableWith({ ref: reference('ref').references(() => shelf.id, { onDelete: 'set default' }) }),
    ],
    [
      'a reference to something else than an id',
      () => tableWith({ ref: reference('ref').references(() => shelf.name) }),
    ],
    [
      'a unique key of a property that is not there',
      () => tableWith({ name: string('name') }, { unique: [['title']] }),
    ],
    ['a unique key of nothing', () => tableWith({ name: string('name') }, { unique: [[]] })],
    [
      'a unique key of what merges by itself',
      () => tableWith({ sum: counter('sum') }, { unique: [['sum']] }),
    ],
    [
      'a circle of references in which a key could hide the row that decides it',
      () => {
        const ring = segueTable(
          'ring',
          { name: string('name'), next: reference('next').references((): AnySQLiteColumn => ring.id) },
          { unique: [['name']] },
        )
        return ring
      },
    ],
    [
      'a circle of references in which a check could see a null that it has caused',
      () => {
        const ring = segueTable(
          'ring',
          { next: reference('next').references((): AnySQLiteColumn => ring.id, { onDelete: 'set null' }) },
          { checks: { never: () => false } },
        )
        return ring
      },
    ],
  ] as const)('with %s', (_, odd) => {
    expect(() => defineSchema({ shelf, odd: odd() })).toThrow(InvalidSchemaError)
  })

  test('with a reference to a table that is not part of it', () => {
    expect(() => defineSchema({ box })).toThrow(InvalidSchemaError)
  })
})

test('a check that throws does not hold', () => {
  const strict = segueTable(
    'strict',
    { name: string('name'), size: whole('size') },
    { checks: { short: ({ name }) => (name as string).length < 3 } },
  )
  const space = openSpace({ schema: defineSchema({ strict }) })
  expect(() => space.insert(strict, { name: null })).toThrow(CheckError)
  expect(() => space.insert(strict, { name: 'ab' })).not.toThrow()
})
