import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core'
import { column, defineSchema, freshCopy, newSpaceId, type Schema, type Space, segueTable } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { exchange, openSpace } from '../helpers/spaces.ts'

const { string, whole, decimal, bigWhole, oneOf, richText, instant, localDate, flag, json } = column

/** Two versions of an app that differ in the type of one column. */
function versions(from: SQLiteColumnBuilderBase, to: SQLiteColumnBuilderBase) {
  const [older, newer] = [versionOf(from), versionOf(to)]
  const id = newSpaceId()
  const spaceOf = ({ schema }: Version, clientId: number): Space => openSpace({ id, schema, clientId })
  return { older, newer, old: spaceOf(older, 1), now: spaceOf(newer, 2) }
}

const tableOf = () => segueTable('thing', { cell: string('cell'), other: string('other') })
type Table = ReturnType<typeof tableOf>
interface Version {
  readonly thing: Table
  readonly schema: Schema
}

/** To the type checker the cell is a text, whatever it is. */
function versionOf(cell: SQLiteColumnBuilderBase): Version {
  const thing = segueTable('thing', { cell, other: string('other') }) as unknown as Table
  return { thing, schema: defineSchema({ thing }) }
}

interface Widening {
  readonly from: SQLiteColumnBuilderBase
  readonly to: SQLiteColumnBuilderBase
  /** What an older app writes, and what a newer one reads of it. */
  readonly old: unknown
  readonly reads?: unknown
  /** What only the newer type has, and what an older app shows of it. */
  readonly wide: unknown
  readonly shows?: unknown
}

const WIDENINGS: [string, Widening][] = [
  ['whole to decimal', { from: whole('cell'), to: decimal('cell'), old: 3, wide: 3.5, shows: null }],
  [
    'whole to bigWhole',
    { from: whole('cell'), to: bigWhole('cell'), old: 3, reads: 3n, wide: 2n ** 60n, shows: null },
  ],
  [
    'whole to bigWhole, small',
    { from: whole('cell'), to: bigWhole('cell'), old: 3, reads: 3n, wide: 4n, shows: 4 },
  ],
  [
    'a word more',
    {
      from: oneOf(['a', 'b'])('cell').default('a'),
      to: oneOf(['a', 'b', 'c'])('cell').default('a'),
      old: 'b',
      wide: 'c',
      shows: 'a',
    },
  ],
  [
    'words to any text',
    { from: oneOf(['a', 'b'])('cell'), to: string('cell'), old: 'b', wide: 'anything', shows: null },
  ],
  [
    'a time to any text',
    {
      from: instant('cell'),
      to: string('cell'),
      old: '2026-05-01T18:30:00.000Z',
      wide: 'in May',
      shows: null,
    },
  ],
  [
    'a day to any text',
    { from: localDate('cell'), to: string('cell'), old: '2026-05-01', wide: 'in May', shows: null },
  ],
  [
    'required to optional',
    { from: whole('cell').notNull().default(7), to: whole('cell').default(7), old: 3, wide: null, shows: 7 },
  ],
  ['text to JSON', { from: string('cell'), to: json('cell'), old: 'x', wide: { x: 1 }, shows: null }],
  ['a truth value to JSON', { from: flag('cell'), to: json('cell'), old: true, wide: [true], shows: null }],
  ['a number to JSON', { from: decimal('cell'), to: json('cell'), old: 1.5, wide: [1.5], shows: null }],
  [
    'text to shared text',
    { from: string('cell'), to: richText('cell'), old: 'some words', wide: 'x'.repeat(20_001), shows: null },
  ],
]

describe.each(WIDENINGS)('%s', (_name, { from, to, old: value, reads = value, wide, shows }) => {
  test('what an older app wrote is read as it was meant', () => {
    const { older, newer, old, now } = versions(from, to)
    const id = old.insert(older.thing, { cell: value as string })
    exchange(old, now)
    expect(now.get(newer.thing, id)?.cell).toEqual(reads)
  })

  test('an older app keeps what it cannot read, through its own edits, a fresh copy and a round trip', () => {
    const { older, newer, old, now } = versions(from, to)
    const id = now.insert(newer.thing, { cell: wide as string, other: 'a' })
    exchange(old, now)
    expect(old.get(older.thing, id)?.cell).toEqual(shows)
    old.update(older.thing, id, { ...old.get(older.thing, id), other: 'b' })
    old.remove(older.thing, id)
    old.restore(older.thing, id)
    exchange(old, now)
    expect(now.get(newer.thing, id)).toMatchObject({ cell: wide, other: 'b' })
    const copy = openSpace({ id: old.id, schema: newer.schema })
    Y.applyUpdate(copy.doc, Y.encodeStateAsUpdate(freshCopy(old.doc, { removedBefore: new Date(0) })))
    expect(copy.get(newer.thing, id)).toMatchObject({ cell: wide, other: 'b' })
  })

  test('an older app may write over it, as over anything', () => {
    const { older, newer, old, now } = versions(from, to)
    const id = now.insert(newer.thing, { cell: wide as string })
    exchange(old, now)
    old.update(older.thing, id, { cell: value as string })
    exchange(old, now)
    expect(now.get(newer.thing, id)?.cell).toEqual(reads)
    expect(now.conflicts(newer.schema.shape(newer.thing), id)).toEqual([])
  })
})

test('a row that an older app cannot show, because it requires a value, is hidden there and stays', () => {
  const { older, newer, old, now } = versions(whole('cell').notNull(), whole('cell'))
  const id = now.insert(newer.thing, { other: 'a' })
  exchange(old, now)
  expect(old.project(older.schema.shape(older.thing), id)).toMatchObject({ state: 'hidden' })
  old.update(older.thing, id, { other: 'b' })
  exchange(old, now)
  expect(now.get(newer.thing, id)).toMatchObject({ cell: null, other: 'b' })
})

test('concurrent values of the older and the newer type are a conflict that loses neither', () => {
  const { older, newer, old, now } = versions(oneOf(['a', 'b'])('cell'), string('cell'))
  const id = old.insert(older.thing, { cell: 'a' })
  exchange(old, now)
  now.update(newer.thing, id, { cell: 'anything' })
  old.update(older.thing, id, { cell: 'b' })
  exchange(old, now)
  const values = (space: Space, version: Version) =>
    space
      .conflicts(version.schema.shape(version.thing), id)
      .map(({ kept, lost }) => [kept.value, lost.value].sort())
  expect(values(now, newer)).toEqual([['anything', 'b']])
  old.resolveConflict(older.thing, id, { cell: 'b' })
  exchange(old, now)
  expect(values(now, newer)).toEqual([['anything', 'b']])
  expect(values(old, older)).toEqual([['b', null]])
})

test('a strategy of an older device does not write its default over a value that it cannot read', () => {
  const id = newSpaceId()
  const [from, to] = [oneOf(['a', 'b'])('cell').default('a'), string('cell')].map((cell) =>
    segueTable('thing', { cell }, { conflicts: 'remote-wins' }),
  ) as [Table, Table]
  const at = (time: number) => () => new Date(time)
  const old = openSpace({ id, schema: defineSchema({ from }), clientId: 9, now: at(2_000_000_000_000) })
  const now = openSpace({ id, schema: defineSchema({ to }), clientId: 2, now: at(1_999_999_999_999) })
  const rowId = now.insert(to, { cell: 'a' })
  exchange(old, now)
  now.update(to, rowId, { cell: 'anything' })
  old.update(from, rowId, { cell: 'b' })
  Y.applyUpdate(old.doc, Y.encodeStateAsUpdate(now.doc), 'network')
  exchange(old, now)
  expect(now.get(to, rowId)?.cell).toBe('anything')
  expect(old.get(from, rowId)?.cell).toBe('a')
})

describe('text that becomes shared text', () => {
  const scene = () => {
    const { older, newer, old, now } = versions(string('cell'), richText('cell'))
    const other = openSpace({ id: old.id, schema: newer.schema, clientId: 3 })
    const id = old.insert(older.thing, { cell: 'one two' })
    exchange(old, now, other)
    return { older, newer, old, now, other, id }
  }

  test('is the same text for all who begin to type in it at once', () => {
    const { older, newer, old, now, other, id } = scene()
    now.text(newer.thing, id, 'cell').insert(0, 'zero ')
    other.text(newer.thing, id, 'cell').insert(7, ' three')
    exchange(old, now, other)
    for (const space of [now, other]) expect(space.get(newer.thing, id)?.cell).toBe('zero one two three')
    expect(old.get(older.thing, id)?.cell).toBe('zero one two three')
  })

  test('merges whole values, too', () => {
    const { newer, now, other, id } = scene()
    now.update(newer.thing, id, { cell: 'one two three' })
    other.update(newer.thing, id, { cell: 'zero one two' })
    exchange(now, other)
    expect(now.get(newer.thing, id)?.cell).toBe('zero one two three')
    expect(other.get(newer.thing, id)?.cell).toBe('zero one two three')
  })

  test('is text again where an older app writes over it, and shared text at the next letter', () => {
    const { older, newer, old, now, other, id } = scene()
    now.text(newer.thing, id, 'cell').insert(0, 'zero ')
    exchange(old, now)
    old.update(older.thing, id, { cell: 'other words' })
    exchange(old, now, other)
    now.text(newer.thing, id, 'cell').insert(0, 'some ')
    other.text(newer.thing, id, 'cell').insert(11, ' more')
    exchange(now, other)
    expect(other.get(newer.thing, id)?.cell).toBe('some other words more')
  })
})

test('the first words of several people in a shared text that was added later merge', () => {
  const id = newSpaceId()
  const first = segueTable('thing', { name: string('name') })
  const later = segueTable('thing', { name: string('name'), notes: richText('notes') })
  const old = openSpace({ id, schema: defineSchema({ first }), clientId: 1 })
  const [ann, ben] = [2, 3].map((clientId) =>
    openSpace({ id, schema: defineSchema({ later }), clientId }),
  ) as [Space, Space]
  const rowId = old.insert(first, { name: 'a' })
  exchange(old, ann, ben)
  ann.text(later, rowId, 'notes').insert(0, 'ann ')
  ben.text(later, rowId, 'notes').insert(0, 'ben ')
  exchange(old, ann, ben)
  const text = ann.get(later, rowId)?.notes
  expect(['ann ben ', 'ben ann ']).toContain(text)
  expect(ben.get(later, rowId)?.notes).toBe(text)
})
