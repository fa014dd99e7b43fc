import { verify } from 'segue/bridge'
import {
  carryOver,
  column,
  defineSchema,
  freshCopy,
  InvalidSchemaError,
  migratedId,
  migration,
  newSpaceId,
  RowNotFoundError,
  type Space,
  segueTable,
  UndoHistory,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openMirror, sql } from '../helpers/mirrors.ts'
import { deliver, exchange, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import {
  beforeSplit,
  composer,
  composerOf,
  splitSchema,
  tune,
  tuneWithComposer,
} from '../helpers/split-schema.ts'

const { string, whole, richText, counter } = column

let time = 1_800_000_000_000
const now = () => {
  time += 1_000
  return new Date(time)
}

/** An old app of Ann's, and new ones of Ben's and Cat's. */
function devices(): [old: Space, ben: Space, cat: Space] {
  const id = newSpaceId()
  return [
    openSpace({ id, schema: beforeSplit, clientId: 1, author: { userId: 'ann', device: 'a' }, now }),
    openSpace({ id, schema: splitSchema, clientId: 2, author: { userId: 'ben', device: 'b' }, now }),
    openSpace({ id, schema: splitSchema, clientId: 3, author: { userId: 'cat', device: 'c' }, now }),
  ]
}

const CARTHY = {
  ...{ title: 'Scarborough Fair', composer: 'Carthy', composerBorn: 1941, composerNotes: 'sings' },
  ...{ composerLikes: 2, composerTags: ['folk'] },
}

const conflictsOf = (space: Space) =>
  space.schema.shapes.flatMap((shape) => [...space.rowIds(shape)].flatMap((id) => space.conflicts(shape, id)))

describe('a table that has been split', () => {
  test('reads in both halves on every device, without a single write', () => {
    const [old, ben, cat] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    old.insert(tuneWithComposer, { title: 'Trad' })
    const updates = updatesOf(old)
    exchange(old, ben, cat)
    for (const space of [ben, cat]) {
      expect(space.get(tune, id)).toMatchObject({ title: 'Scarborough Fair', composerRef: composerOf(id) })
      expect([...space.rowIds(splitSchema.shape(composer))]).toEqual([composerOf(id)])
      expect(space.get(composer, composerOf(id))).toMatchObject({
        ...{ name: 'Carthy', initial: 'C', born: 1941, about: 'sings', likes: 2, tags: ['folk'] },
        ...{ lastModifiedBy: 'ann' },
      })
    }
    expect(updates).toEqual([])
  })

  test('takes edits of the new rows, which merge like any other, and shows an older app what has moved', () => {
    const [old, ben, cat] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben, cat)
    const row = composerOf(id)
    ben.update(composer, row, { name: 'Martin Carthy' })
    cat.update(composer, row, { born: 1940 })
    ben.increment(composer, row, 'likes', 3)
    cat.increment(composer, row, 'likes', 4)
    ben.updateSet(composer, row, 'tags', { remove: ['folk'] })
    cat.updateSet(composer, row, 'tags', { add: ['guitar'] })
    ben.text(composer, row, 'about').insert(0, 'He ')
    cat.text(composer, row, 'about').insert(5, ' songs')
    old.text(tuneWithComposer, id, 'composerNotes').insert(5, ' old')
    exchange(old, ben, cat)
    for (const space of [ben, cat]) {
      const read = space.get(composer, row)
      expect(read).toMatchObject({
        name: 'Martin Carthy',
        initial: 'C',
        born: 1940,
        likes: 9,
        tags: ['guitar'],
      })
      expect(['He sings old songs', 'He sings songs old']).toContain(read?.about)
    }
    expect(conflictsOf(ben)).toEqual([])
    expect(old.get(tuneWithComposer, id)).toMatchObject({
      ...{ composer: 'Carthy', composerBorn: 1940, composerLikes: 9, composerTags: ['guitar'] },
      composerNotes: ben.get(composer, row)?.about,
    })
  })

  test('follows an older app until somebody has written the new cell, which then stands in any order', () => {
    const [old, ben, cat] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben, cat)
    ben.update(composer, composerOf(id), { initial: 'MC' })
    old.update(tuneWithComposer, id, { composer: 'Eliza Carthy' })
    deliver(old, cat)
    expect(cat.get(composer, composerOf(id))).toMatchObject({ name: 'Eliza Carthy', initial: 'E' })
    exchange(old, ben, cat)
    for (const space of [ben, cat]) {
      expect(space.get(composer, composerOf(id))).toMatchObject({ name: 'Eliza Carthy', initial: 'MC' })
      const attribution = space.attribution(composer, composerOf(id))
      expect(attribution.get('initial')?.by).toBe('ben')
      expect(attribution.get('name')?.by).toBe('ann')
      expect(space.get(tune, id)?.lastModifiedBy).toBe('ann')
    }
  })

  test('is split as soon as an older app makes another row, and when the old row changes its mind', () => {
    const [old, ben] = devices()
    const seen: string[][] = []
    ben.observe(({ rows }) => seen.push([...(rows.get(splitSchema.shape(composer)) ?? [])]))
    const id = old.insert(tuneWithComposer, { title: 'Trad' })
    exchange(old, ben)
    expect(ben.get(composer, composerOf(id))).toBeUndefined()
    old.update(tuneWithComposer, id, { composer: 'Carthy' })
    exchange(old, ben)
    expect(ben.get(composer, composerOf(id))?.name).toBe('Carthy')
    old.update(tuneWithComposer, id, { composer: null })
    exchange(old, ben)
    expect(ben.get(composer, composerOf(id))).toBeUndefined()
    expect(ben.get(tune, id)?.composerRef).toBeNull()
    expect(seen).toEqual([[], [composerOf(id)], [composerOf(id)]])
  })

  test('goes into the trash by halves from the new app, as a whole from the old one, and comes back', () => {
    const [old, ben] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben)
    ben.remove(composer, composerOf(id))
    exchange(old, ben)
    expect(ben.get(composer, composerOf(id))).toBeUndefined()
    expect(ben.get(tune, id)?.title).toBe('Scarborough Fair')
    expect(old.get(tuneWithComposer, id)?.composer).toBe('Carthy')
    ben.restore(composer, composerOf(id))
    exchange(old, ben)
    old.remove(tuneWithComposer, id)
    exchange(old, ben)
    expect(ben.project(splitSchema.shape(composer), composerOf(id))).toMatchObject({ state: 'removed' })
    expect(() => ben.update(composer, composerOf(id), { name: 'x' })).toThrow(RowNotFoundError)
    ben.restore(composer, composerOf(id))
    exchange(old, ben)
    expect(ben.get(composer, composerOf(id))?.name).toBe('Carthy')
    expect(old.get(tuneWithComposer, id)?.composer).toBe('Carthy')
  })

  test('comes back with its old row when it is put there under its id', () => {
    const [old, ben] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    old.remove(tuneWithComposer, id)
    exchange(old, ben)
    expect(ben.insert(composer, { id: composerOf(id), name: 'Martin Carthy' })).toBe(composerOf(id))
    expect(ben.get(composer, composerOf(id))).toMatchObject({ name: 'Martin Carthy', likes: 0 })
    expect(ben.get(tune, id)?.title).toBe('Scarborough Fair')
  })

  test('lists a conflict only where two people wrote the same new cell', () => {
    const [old, ben, cat] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben, cat)
    ben.update(composer, composerOf(id), { name: 'Ben’s' })
    cat.update(composer, composerOf(id), { name: 'Cat’s' })
    exchange(old, ben, cat)
    expect(conflictsOf(ben)).toMatchObject([
      { column: 'name', kept: { value: 'Cat’s' }, lost: { value: 'Ben’s' } },
    ])
    expect(conflictsOf(cat)).toEqual(conflictsOf(ben))
    ben.resolveConflict(composer, composerOf(id), { name: 'Ben’s' })
    exchange(old, ben, cat)
    expect(cat.get(composer, composerOf(id))?.name).toBe('Ben’s')
    expect(conflictsOf(cat)).toMatchObject([{ column: 'name', settled: { userId: 'ben' } }])
  })

  test('is on nobody’s undo stack, and what is written into it is', () => {
    const [old, ben] = devices()
    const history = new UndoHistory(ben, { groupMs: 0 })
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben)
    expect(history.state.undo).toEqual([])
    ben.update(composer, composerOf(id), { name: 'Martin Carthy', born: 1940 })
    ben.increment(composer, composerOf(id), 'likes', 5)
    ben.remove(composer, composerOf(id))
    while (history.state.undo.length > 0) history.undo()
    expect(ben.get(composer, composerOf(id))).toMatchObject({ name: 'Carthy', born: 1941, likes: 2 })
  })

  test('keeps what was written into it through a new epoch, a purge and edits that waited', () => {
    const [old, ben] = devices()
    const [id, gone] = [old.insert(tuneWithComposer, CARTHY), old.insert(tuneWithComposer, CARTHY)]
    exchange(old, ben)
    ben.update(composer, composerOf(id), { name: 'Martin Carthy' })
    ben.remove(composer, composerOf(gone))
    const next = openSpace({ id: ben.id, schema: splitSchema, clientId: 9 })
    Y.applyUpdate(
      next.doc,
      Y.encodeStateAsUpdate(freshCopy(ben.doc, { removedBefore: new Date(time + 1e9) })),
    )
    expect(next.get(composer, composerOf(id))?.name).toBe('Martin Carthy')
    expect(next.project(splitSchema.shape(composer), composerOf(gone)).state).toBe('removed')
    const updates = updatesOf(ben)
    ben.update(composer, composerOf(id), { initial: 'MC' })
    ben.increment(composer, composerOf(id), 'likes')
    ben.text(composer, composerOf(id), 'about').insert(0, 'He ')
    ben.restore(composer, composerOf(gone))
    carryOver({ from: ben.doc, updates, onto: next.doc, complete: true, origin: next })
    expect(next.get(composer, composerOf(id))).toMatchObject({
      ...{ name: 'Martin Carthy', initial: 'MC', likes: 3, about: 'He sings' },
    })
    expect(next.get(composer, composerOf(gone))?.name).toBe('Carthy')
  })

  test('is mirrored, and an older app says that there are parts that it does not know', () => {
    const [old, ben] = devices()
    const mirror = openMirror(splitSchema)
    mirror.attach(ben)
    const id = old.insert(tuneWithComposer, CARTHY)
    exchange(old, ben)
    const join = 'SELECT title, name, born FROM tune JOIN composer ON composer.id = composer_ref'
    expect(mirror.query(join)).toEqual([{ title: 'Scarborough Fair', name: 'Carthy', born: 1941 }])
    expect([old.unknown.columns, ben.unknown.columns]).toEqual([[], []])
    ben.update(composer, composerOf(id), { name: 'Martin Carthy' })
    exchange(old, ben)
    expect(mirror.query(join)).toEqual([{ title: 'Scarborough Fair', name: 'Martin Carthy', born: 1941 }])
    expect(old.unknown.columns).toEqual([{ table: 'tune', column: '>composers>>name', rows: 1 }])
    expect(ben.unknown.columns).toEqual([])
    expect(verify(sql, mirror)).toEqual([])
    mirror.destroy()
  })

  test('can be read and written in the transaction that makes the old row', () => {
    const [, ben] = devices()
    let id = ''
    ben.observe(() => undefined)
    ben.transact(() => {
      id = ben.insert(tune, CARTHY)
      expect(ben.get(composer, composerOf(id))?.name).toBe('Carthy')
      ben.update(tune, id, { composer: 'Eliza' })
      expect(ben.get(composer, composerOf(id))?.name).toBe('Eliza')
      ben.update(composer, composerOf(id), { name: 'Eliza Carthy' })
    })
    expect(ben.get(composer, composerOf(id))?.name).toBe('Eliza Carthy')
    expect(ben.get(tune, id)?.composer).toBe('Eliza')
  })

  test('stands beside rows that were made there', () => {
    const [old, ben] = devices()
    const id = old.insert(tuneWithComposer, CARTHY)
    const other = ben.insert(composer, { name: 'Swarbrick' })
    exchange(old, ben)
    expect(new Set(ben.rowIds(splitSchema.shape(composer)))).toEqual(new Set([composerOf(id), other]))
  })
})

describe('several rows out of one, and one after the other', () => {
  const list = segueTable('list', { names: string('names'), notes: richText('notes') })
  const person = segueTable('person', { name: string('name').notNull(), age: whole('age') })
  const label = segueTable('label', { text: string('text').notNull() }, { unique: [['text']] })
  const people = migration({
    id: 'people',
    from: list,
    to: person,
    rows: ({ names }) =>
      (names ?? '')
        .split(',')
        .filter(Boolean)
        .map((name) => ({ name, values: { name } })),
  })
  const labels = migration({
    id: 'labels',
    from: person,
    to: label,
    rows: ({ name, age }) => [{ values: { text: `${name} ${age ?? '?'}` } }],
  })
  const schema = defineSchema({ list, person, label }, { migrations: [people, labels] })
  const texts = (space: Space) =>
    projectedRows(space)
      .flatMap(([key, row]) => (key.startsWith('label') && row.state === 'live' ? row.cells : []))
      .sort()

  test('each has an id of its own, and a migration reads what another one gives', () => {
    const space = openSpace({ schema })
    const id = space.insert(list, { names: 'ann,ben' })
    expect(texts(space)).toEqual(['ann ?', 'ben ?'])
    space.update(person, migratedId('people', id, 'ben'), { age: 7 })
    expect(texts(space)).toEqual(['ann ?', 'ben 7'])
    const labelId = migratedId('labels', migratedId('people', id, 'ben'))
    space.update(label, labelId, { text: 'Ben' })
    expect(texts(space)).toEqual(['Ben', 'ann ?'])
    space.update(list, id, { names: 'ben' })
    expect(texts(space)).toEqual(['Ben'])
    const copy = openSpace({ id: space.id, schema })
    deliver(space, copy)
    expect(projectedRows(copy)).toEqual(projectedRows(space))
  })

  test('a name may be cut through a character', () => {
    const halves = migration({
      id: 'halves',
      from: list,
      to: person,
      rows: ({ names }) => [{ name: (names ?? '').slice(0, 1), values: { name: names ?? '' } }],
    })
    const space = openSpace({ schema: defineSchema({ list, person }, { migrations: [halves] }) })
    const id = space.insert(list, { names: '🎻' })
    const [row = ''] = space.rowIds(space.schema.shape(person))
    expect(row).toBe(migratedId('halves', id, '\ufffd'))
    space.update(person, row, { age: 7 })
    expect(space.get(person, row)).toMatchObject({ name: '🎻', age: 7 })
  })

  test('constraints hold among them', () => {
    const space = openSpace({ schema })
    space.observe(() => undefined)
    space.insert(list, { names: 'ann' })
    space.insert(list, { names: 'ann' })
    expect(texts(space)).toEqual(['ann ?'])
    expect(() => space.insert(label, { text: 'ann ?' })).toThrow(/unique|same/i)
  })
})

describe('a migration that fails', () => {
  const from = segueTable('from', { a: string('a'), notes: richText('notes') })
  const to = segueTable('to', { b: whole('b').notNull(), notes: richText('notes') })
  const reasonOf = (rows: (row: { a: string | null }) => readonly { values?: object }[]) => {
    const schema = defineSchema(
      { from, to },
      { migrations: [migration({ id: 'm', from, to, rows: rows as never })] },
    )
    const space = openSpace({ schema })
    const id = space.insert(from, { a: 'x' })
    const row = space.project(schema.shape(to), migratedId('m', id))
    expect(space.get(from, id)?.a).toBe('x')
    return row.state === 'hidden' ? row.reason : row.state
  }

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
      /"m" failed: Error: no/,
    ],
    ['gives a value that does not fit', () => [{ values: { b: 'x' } }], /b must be a whole number/],
    ['gives a column that is not there', () => [{ values: { b: 1, c: 1 } }], /"c" is not a column/],
    [
      'gives a shared text, which can only be moved',
      () => [{ values: { b: 1, notes: 'x' } }],
      /notes can only be moved/,
    ],
    ['leaves out what is required', () => [{}], /b is required/],
    [
      'gives two rows of one name',
      () => [{ values: { b: 1 } }, { values: { b: 2 } }],
      /two rows with one name/,
    ],
  ])('%s, and the row is hidden with the reason', (_what, rows, reason) => {
    expect(reasonOf(rows)).toMatch(reason)
  })
})

describe('the schema refuses a migration', () => {
  const a = segueTable('a', { x: string('x').notNull(), n: counter('n') })
  const b = segueTable('b', { y: string('y'), z: string('z') })
  const keyed = segueTable('keyed', { x: string('x').notNull() }, { key: ['x'] })
  const rows = () => []
  const define =
    (...declared: Parameters<typeof migration>[0][]) =>
    () =>
      defineSchema({ a, b, keyed }, { migrations: declared.map((each) => migration(each)) })

  test.each([
    ['with an id that is none', define({ id: 'a b', from: a, to: b, rows }), /id of letters/],
    [
      'with the id of another',
      define({ id: 'm', from: a, to: b, rows }, { id: 'm', from: a, to: b, rows }),
      /Two migrations/,
    ],
    ['into a natural key', define({ id: 'm', from: a, to: keyed, rows }), /natural key/],
    [
      'in a circle',
      define({ id: 'm', from: a, to: b, rows }, { id: 'n', from: b, to: a, rows }),
      /Put it before/,
    ],
    [
      'that moves what is not there',
      define({ id: 'm', from: a, to: b, moved: { y: 'w' }, rows }),
      /"a" has no such column/,
    ],
    [
      'that changes a kind',
      define({ id: 'm', from: a, to: b, moved: { y: 'n' }, rows }),
      /must be of one kind/,
    ],
    [
      'that moves a cell twice',
      define({ id: 'm', from: a, to: b, moved: { y: 'x', z: 'x' }, rows }),
      /twice/,
    ],
    [
      'that moves within a table',
      define({ id: 'm', from: b, to: b, moved: { y: 'z' }, rows }),
      /columnsStoredAs/,
    ],
  ])('%s', (_what, defining, message) => {
    expect(defining).toThrow(InvalidSchemaError)
    expect(defining).toThrow(message)
  })

  test('a column whose name begins like the keys of migrated rows', () => {
    expect(() => defineSchema({ t: segueTable('t', { a: string('>a') }) })).toThrow(/kept by the row store/)
  })
})
