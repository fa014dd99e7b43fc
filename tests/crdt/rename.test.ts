import * as fc from 'fast-check'
import { verify } from 'segue/bridge'
import {
  carryOver,
  column,
  defineSchema,
  freshCopy,
  InvalidSchemaError,
  newSpaceId,
  type Space,
  segueTable,
  UndoHistory,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openMirror, sql } from '../helpers/mirrors.ts'
import { deliver, exchange, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

const { string, whole, counter, stringSet, richText } = column

/** The table as it was first. */
const song = segueTable(
  'song',
  {
    name: string('name').notNull(),
    rank: whole('rank'),
    plays: counter('plays'),
    tags: stringSet('tags'),
    words: richText('words'),
  },
  { unique: [['rank']], checks: { ranked: ({ rank }) => rank === null || rank >= 0 } },
)
const before = defineSchema({ song })

/** The same, every name changed; and a new column that takes over a name that has become free. */
const tune = segueTable(
  'tune',
  {
    title: string('title').notNull(),
    place: whole('place'),
    played: counter('played'),
    labels: stringSet('labels'),
    notes: richText('notes'),
    name: string('name'),
  },
  {
    storedAs: 'song',
    columnsStoredAs: {
      ...{ title: 'name', place: 'rank', played: 'plays', labels: 'tags', notes: 'words' },
      name: 'name_2',
    },
    unique: [['place']],
    checks: { placed: ({ place }) => place === null || place >= 0 },
  },
)
const after = defineSchema({ tune })

function devices(): [older: Space, newer: Space] {
  const id = newSpaceId()
  return [
    openSpace({ id, schema: before, clientId: 1, author: { userId: 'ann', device: 'old' } }),
    openSpace({ id, schema: after, clientId: 2, author: { userId: 'ben', device: 'new' } }),
  ]
}

const asTune = ({ name, rank, plays, tags, words }: NonNullable<ReturnType<typeof asSong>>) => ({
  ...{ title: name, place: rank, played: plays, labels: tags, notes: words },
})
const asSong = (space: Space, id: string) => space.get(song, id)

describe('a renamed table with renamed columns', () => {
  test('reads what an older app has written, and writes what it reads, without any other write', () => {
    const [older, newer] = devices()
    const id = older.insert(song, { name: 'Kesh', rank: 1, plays: 2, tags: ['jig'], words: 'one' })
    const written = updatesOf(newer)
    exchange(older, newer)
    expect(newer.get(tune, id)).toMatchObject({
      ...{ title: 'Kesh', place: 1, played: 2, labels: ['jig'], notes: 'one', name: null },
    })
    expect(written).toHaveLength(1)
    newer.update(tune, id, {
      title: 'The Kesh',
      place: 2,
      labels: ['jig', 'G'],
      notes: 'one two',
      name: 'new',
    })
    newer.increment(tune, id, 'played')
    exchange(older, newer)
    expect(older.get(song, id)).toMatchObject({
      ...{ name: 'The Kesh', rank: 2, plays: 3, tags: ['G', 'jig'], words: 'one two' },
    })
    expect(newer.get(tune, id)?.name).toBe('new')
  })

  test('says who changed what last, and lists conflicts, under the new names', () => {
    const [older, newer] = devices()
    const id = older.insert(song, { name: 'Kesh', rank: 1 })
    exchange(older, newer)
    older.update(song, id, { rank: 5 })
    newer.update(tune, id, { place: 6 })
    exchange(older, newer)
    const shape = after.shape(tune)
    expect(newer.conflicts(shape, id)).toMatchObject([{ column: 'place', settled: undefined }])
    expect(older.conflicts(before.shape(song), id)).toMatchObject([{ column: 'rank' }])
    newer.resolveConflict(tune, id, { place: 5 })
    exchange(older, newer)
    expect(newer.conflicts(shape, id)).toMatchObject([{ column: 'place', settled: { userId: 'ben' } }])
    expect(older.conflicts(before.shape(song), id)).toMatchObject([
      { column: 'rank', settled: { userId: 'ben' } },
    ])
    expect(newer.attribution(tune, id).get('place')?.by).toBe('ben')
    expect(newer.attribution(tune, id).get('title')?.by).toBe('ann')
    const mirror = openMirror(after)
    mirror.attach(newer)
    expect(mirror.query('SELECT table_name, column_name FROM segue_conflict')).toEqual([
      { table_name: 'tune', column_name: 'place' },
    ])
    expect(mirror.query('SELECT title, place FROM tune')).toEqual([{ title: 'Kesh', place: 5 }])
  })

  test('keeps its constraints, whichever app breaks them', () => {
    const [older, newer] = devices()
    const first = older.insert(song, { name: 'a', rank: 1 })
    const second = newer.insert(tune, { title: 'b', place: 1 })
    exchange(older, newer)
    const hidden = projectedRows(newer).filter(([, { state }]) => state === 'hidden')
    expect(hidden).toHaveLength(1)
    expect(hidden[0]?.[1]).toMatchObject({ reason: expect.stringMatching(/^unique: .* same place$/) })
    expect(() => newer.insert(tune, { title: 'c', place: -1 })).toThrow(/placed/)
    expect([first, second]).toContain(hidden[0]?.[0].slice('tune '.length))
  })

  test('is undone under the new names, also what was done before the update', () => {
    const [older, newer] = devices()
    const history = new UndoHistory(older, { groupMs: 0 })
    const id = older.insert(song, { name: 'Kesh', rank: 1 })
    older.update(song, id, { rank: 2 })
    older.increment(song, id, 'plays', 4)
    older.updateSet(song, id, 'tags', { add: ['jig'] })
    exchange(older, newer)
    newer.author = older.author
    const later = new UndoHistory(newer, {}, history.state)
    for (let step = 0; step < 3; step++) expect(later.undo()).toEqual({ done: 1, skipped: 0 })
    expect(newer.get(tune, id)).toMatchObject({ place: 1, played: 0, labels: [] })
  })

  test('goes into the trash and comes back for both', () => {
    const [older, newer] = devices()
    const id = older.insert(song, { name: 'Kesh' })
    exchange(older, newer)
    newer.remove(tune, id)
    exchange(older, newer)
    expect(older.get(song, id)).toBeUndefined()
    older.restore(song, id)
    exchange(older, newer)
    expect(newer.get(tune, id)?.title).toBe('Kesh')
  })

  test('comes along into a new epoch, with edits that waited', () => {
    const [older, newer] = devices()
    const id = older.insert(song, { name: 'Kesh', words: 'one' })
    exchange(older, newer)
    const next = openSpace({ id: newer.id, schema: after })
    Y.applyUpdate(next.doc, Y.encodeStateAsUpdate(freshCopy(newer.doc, { removedBefore: new Date(0) })))
    const updates = updatesOf(newer)
    newer.update(tune, id, { title: 'The Kesh', notes: 'one two', name: 'new' })
    carryOver({ from: newer.doc, updates, onto: next.doc, complete: true, origin: 'test' })
    expect(next.get(tune, id)).toMatchObject({ title: 'The Kesh', notes: 'one two', name: 'new' })
  })
})

test('a natural key stays the same under another name', () => {
  const id = newSpaceId()
  const label = segueTable(
    'label',
    { of: string('of').notNull(), text: string('text').notNull() },
    { key: ['of', 'text'] },
  )
  const tag = segueTable(
    'tag',
    { tuneRef: string('tune_ref').notNull(), text: string('tag_text').notNull() },
    { key: ['tuneRef', 'text'], storedAs: 'label', columnsStoredAs: { tuneRef: 'of', text: 'text' } },
  )
  const older = openSpace({ id, schema: defineSchema({ label }), clientId: 1 })
  const newer = openSpace({ id, schema: defineSchema({ tag }), clientId: 2 })
  expect(older.insert(label, { of: 't', text: 'x' })).toBe(newer.insert(tag, { tuneRef: 't', text: 'x' }))
  exchange(older, newer)
  expect(projectedRows(newer)).toEqual([['tag t:x', { state: 'live', cells: ['t', 'x'] }]])
})

const edit = fc.record({
  by: fc.nat(1),
  row: fc.nat(2),
  do: fc.constantFrom('insert', 'name', 'count', 'tag', 'words', 'remove', 'restore', 'sync'),
  value: fc.nat(9),
})

test('older and newer apps read the same rows, whatever each of them does', () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 40 }), (history) => {
      const [older, newer] = devices()
      const mirror = openMirror(after)
      mirror.attach(newer)
      const ids: string[] = []
      for (const { by, row, do: what, value } of history) {
        const space = by === 0 ? older : newer
        const table = by === 0 ? song : tune
        const own = (name: keyof typeof OLD_NAMES) => (by === 0 ? name : OLD_NAMES[name])
        const id = ids[row % Math.max(1, ids.length)] ?? ''
        const isLive = space.get(table, id) !== undefined
        if (what === 'insert')
          ids.push(space.insert(table as typeof song, { [own('name')]: `n${value}` } as never))
        else if (what === 'sync') exchange(older, newer)
        else if (what === 'restore' && space.project(space.schema.shape(table), id).state === 'removed')
          space.restore(table, id)
        else if (!isLive) continue
        else if (what === 'remove') space.remove(table, id)
        else if (what === 'name')
          space.update(table as typeof song, id, { [own('name')]: `n${value}` } as never)
        else if (what === 'words')
          space.update(table as typeof song, id, { [own('words')]: `w${value}` } as never)
        else if (what === 'count') space.increment(table, id, own('plays'), value)
        else if (what === 'tag')
          space.updateSet(table, id, own('tags'), { add: [`t${value}`], remove: ['t1'] })
      }
      const peer = new Y.Doc()
      Y.applyUpdate(
        peer,
        Y.mergeUpdates([Y.encodeStateAsUpdate(newer.doc), Y.encodeStateAsUpdate(older.doc)]),
      )
      exchange(older, newer)
      for (const id of ids) {
        const row = asSong(older, id)
        if (row) expect(newer.get(tune, id)).toMatchObject(asTune(row))
        else expect(newer.get(tune, id)).toBeUndefined()
      }
      const reader = openSpace({ id: newer.id, schema: after, doc: peer })
      expect(projectedRows(reader)).toEqual(projectedRows(newer))
      expect(verify(sql, mirror)).toEqual([])
      mirror.destroy()
    }),
    { numRuns: 150 },
  )
})

const OLD_NAMES = { name: 'title', words: 'notes', plays: 'played', tags: 'labels' } as const

const define = (options: Parameters<typeof segueTable>[2]) => () =>
  defineSchema({ it: segueTable('it', { a: string('a'), b: string('b') }, options) })

test.each([
  [
    'a new column that takes a place that an older one still has',
    define({ columnsStoredAs: { a: 'b' } }),
    /both stored as "b".*columnsStoredAs/,
  ],
  ['a place for no column', define({ columnsStoredAs: { c: 'a' } }), /no column for the property "c"/],
  ['a place of the row store', define({ columnsStoredAs: { a: 'removed_at' } }), /kept by the row store/],
  ['a place that is no name', define({ columnsStoredAs: { a: 'x\u001fy' } }), /control character/],
  ['a table among the row store’s', define({ storedAs: 'segue_stamps' }), /kept for the row store/],
  ['a table without a place', define({ storedAs: '' }), /kept for the row store/],
])('the schema refuses %s', (_what, defining, message) => {
  expect(defining).toThrow(InvalidSchemaError)
  expect(defining).toThrow(message)
})

test('two tables cannot lie in one place; two columns can change places', () => {
  const first = segueTable('first', { a: string('a') })
  const second = segueTable('second', { a: string('a') }, { storedAs: 'first' })
  expect(() => defineSchema({ first, second })).toThrow(
    /tables "first" and "second" are both stored as "first"/,
  )
  expect(define({ columnsStoredAs: { a: 'b', b: 'a' } })).not.toThrow()
})

test('an older app that is brought up to date reads its own document', () => {
  const [older, newer] = devices()
  const id = older.insert(song, { name: 'Kesh' })
  deliver(older, newer)
  expect([...newer.rowIds(after.shape(tune))]).toEqual([id])
})
