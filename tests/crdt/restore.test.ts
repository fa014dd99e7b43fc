import * as fc from 'fast-check'
import {
  column,
  defineSchema,
  ForeignKeyError,
  freshCopy,
  newSpaceId,
  RowNotFoundError,
  restoreRow,
  restoreSpace,
  rowChanges,
  type Schema,
  Space,
  segueTable,
  UndoHistory,
  UniqueError,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { constrainedSchema, declarations } from '../helpers/constrained-schema.ts'
import { edits, perform } from '../helpers/random-edits.ts'
import { exchange, openSpace, updatesOf } from '../helpers/spaces.ts'

const { string, counter, stringSet, richText, whole, bigWhole, json, reference } = column

/** More cases by hand: `SEGUE_CASES=100000 npm exec -- vitest run tests/crdt/restore.test.ts`. */
const numRuns = Number(process.env.SEGUE_CASES ?? 200)

const album = segueTable('album', { name: string('name').notNull() }, { unique: [['name']] })
const song = segueTable('song', {
  title: string('title').notNull(),
  albumRef: reference('album_ref').references(() => album.id, { onDelete: 'cascade' }),
  plays: counter('plays'),
  tags: stringSet('tags'),
  size: bigWhole('size'),
  extra: json('extra'),
  notes: richText('notes'),
})
const verse = segueTable('verse', {
  songRef: reference('song_ref')
    .notNull()
    .references(() => song.id, { onDelete: 'restrict' }),
  line: whole('line'),
})
const schema = defineSchema({ album, song, verse })

/** The space as it is now, for ever. */
function past(space: Space): Space {
  const doc = new Y.Doc({ guid: space.id })
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(space.doc))
  return new Space({ id: space.id, schema: space.schema, doc })
}

function pairOf(ownSchema: Schema = schema): [Space, Space] {
  const id = newSpaceId()
  let now = Date.UTC(2026, 0, 1)
  const open = (userId: string, clientId: number) =>
    openSpace({
      ...{ id, schema: ownSchema, clientId, author: { userId, device: userId } },
      now: () => {
        now += 1_000
        return new Date(now)
      },
    })
  return [open('ann', 1), open('ben', 2)]
}

/** What is shown, by place; texts with their marks. */
function shown(space: Space, { except }: { except?: (place: string) => boolean } = {}) {
  const rows: Record<string, unknown> = {}
  for (const table of Object.values(space.schema.tables)) {
    const shape = space.schema.shape(table)
    for (const rowId of space.rowIds(shape)) {
      const row = space.project(shape, rowId)
      if (row.state !== 'live' || except?.(`${shape.name} ${rowId}`)) continue
      const texts = shape.columns.filter(({ kind }) => kind === 'richText')
      const runs = texts.map(({ property }) => space.runs(table, rowId, property))
      rows[`${shape.name} ${rowId}`] = { cells: row.cells, runs }
    }
  }
  return rows
}

/** Rows that lack a required value, which no edit can take from them again. */
function incomplete(then: Space): (place: string) => boolean {
  const hidden = new Set(
    then.schema.shapes.flatMap((shape) =>
      [...then.rowIds(shape)]
        .filter((id) => then.stored(shape, id).state === 'hidden')
        .map((id) => `${shape.name} ${id}`),
    ),
  )
  return (place) => hidden.has(place)
}

describe('a whole space', () => {
  test('is what it was, whatever has been done since, and an undo takes that back', () => {
    const list = fc.array(edits, { maxLength: 15 })
    fc.assert(
      fc.property(list, list, list, (first, mineSince, theirsSince) => {
        const [mine, theirs] = pairOf(openSpace().schema)
        for (const edit of first) perform(mine, edit)
        exchange(mine, theirs)
        const then = past(mine)
        for (const edit of mineSince) perform(mine, edit)
        for (const edit of theirsSince) perform(theirs, edit)
        exchange(mine, theirs)
        const [before, broken] = [shown(mine), incomplete(mine)]
        const history = new UndoHistory(mine)
        const updates = updatesOf(mine)
        restoreSpace(mine, then)
        expect(updates.length).toBeLessThanOrEqual(1)
        const except = incomplete(then)
        expect(shown(mine, { except })).toEqual(shown(then))
        exchange(mine, theirs)
        expect(shown(theirs)).toEqual(shown(mine))
        if (updates.length > 0) history.undo()
        expect(shown(mine, { except: broken })).toEqual(before)
        exchange(mine, theirs)
        expect(shown(theirs)).toEqual(shown(mine))
      }),
      { numRuns },
    )
  })

  test('is what it was under any constraints, though its rows may only fit together', () => {
    const step = fc.record({
      write: fc.constantFrom('insert' as const, 'update' as const, 'remove' as const, 'restore' as const),
      table: fc.constantFrom('parent' as const, 'child' as const, 'leaf' as const),
      row: fc.nat(3),
      name: fc.constantFrom('a', 'a', 'b', null),
      size: fc.constantFrom(1, 1, 2, 4, null),
      to: fc.nat(3),
    })
    const steps = fc.array(step, { maxLength: 15, size: 'max' })
    fc.assert(
      fc.property(declarations, steps, steps, (declared, first, since) => {
        const [mine] = pairOf(constrainedSchema(declared))
        const { tables } = mine.schema
        const idIn = (table: string, row: number) => {
          const shape = mine.schema.shapeNamed(table)
          const ids = shape ? [...mine.rowIds(shape)].sort() : []
          return ids[row % Math.max(1, ids.length)]
        }
        const attempt = ({ write, table, row, name, size, to }: (typeof first)[number]) => {
          const target = tables[table]
          const rowId = idIn(table, row)
          if (!target) return
          const values =
            table === 'leaf'
              ? { name, childRef: idIn('child', to) ?? 'nobody', leafRef: idIn('leaf', to) ?? null }
              : { name, size, ...(table === 'child' && { parentRef: idIn('parent', to) ?? null }) }
          const isGone =
            rowId === undefined || mine.stored(mine.schema.shape(target), rowId).state === 'removed'
          if (write === 'insert') mine.insert(target, values as never)
          else if (rowId === undefined) return
          else if (write === 'restore') mine.restore(target, rowId)
          else if (isGone) return
          else if (write === 'update') mine.update(target, rowId, values as never)
          else mine.remove(target, rowId)
        }
        const perform = (each: (typeof first)[number]) =>
          mine.transact(() => attempt(each), { asMerged: true })
        first.forEach(perform)
        const then = past(mine)
        since.forEach(perform)
        const before = shown(mine)
        const history = new UndoHistory(mine)
        const steps = history.state.undo.length
        restoreSpace(mine, then)
        expect(shown(mine)).toEqual(shown(then))
        if (history.state.undo.length > steps) history.undo()
        expect(shown(mine)).toEqual(before)
      }),
      { numRuns },
    )
  })

  test('comes out the same on every device, also when two restore it at once', () => {
    const list = fc.array(edits, { maxLength: 12 })
    fc.assert(
      fc.property(list, list, (first, since) => {
        const [mine, theirs] = pairOf(openSpace().schema)
        for (const edit of first) perform(mine, edit)
        const then = past(mine)
        for (const edit of since) perform(mine, edit)
        exchange(mine, theirs)
        restoreSpace(mine, then)
        restoreSpace(theirs, then)
        exchange(mine, theirs)
        expect(shown(theirs)).toEqual(shown(mine))
        expect(Object.keys(shown(mine, { except: incomplete(then) }))).toEqual(Object.keys(shown(then)))
      }),
      { numRuns },
    )
  })

  test('is what it was though its trash has been emptied, in a new epoch', () => {
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 15 }), fc.array(edits, { maxLength: 15 }), (first, since) => {
        const [mine] = pairOf(openSpace().schema)
        for (const edit of first) if (edit.do !== 'break') perform(mine, edit)
        const then = past(mine)
        for (const edit of since) if (edit.do !== 'break') perform(mine, edit)
        const doc = freshCopy(mine.doc, { removedBefore: new Date(Date.UTC(2030, 0, 1)) })
        const fresh = new Space({ id: mine.id, schema: mine.schema, doc })
        restoreSpace(fresh, then)
        expect(shown(fresh)).toEqual(shown(then))
      }),
      { numRuns },
    )
  })

  test('keeps what others do meanwhile', () => {
    const [mine, theirs] = pairOf()
    const id = mine.insert(song, { title: 'One', notes: 'slow air', tags: ['a'] })
    mine.increment(song, id, 'plays', 3)
    exchange(mine, theirs)
    const then = past(mine)
    mine.update(song, id, { title: 'Two', notes: 'slow air in D', tags: ['b'] })
    mine.increment(song, id, 'plays', 4)
    exchange(mine, theirs)
    restoreSpace(mine, then)
    theirs.text(song, id, 'notes').insert(0, 'A ')
    theirs.increment(song, id, 'plays', 10)
    theirs.updateSet(song, id, 'tags', { add: ['c'] })
    const theirOwn = theirs.insert(song, { title: 'Theirs' })
    exchange(mine, theirs)
    expect(mine.get(song, id)).toMatchObject({
      ...{ title: 'One', notes: 'A slow air', plays: 13, tags: ['a', 'c'] },
    })
    expect(mine.get(song, theirOwn)?.title).toBe('Theirs')
    expect(shown(theirs)).toEqual(shown(mine))
  })

  test('every kind of cell comes back', () => {
    const [mine] = pairOf()
    const id = mine.insert(song, { title: 'One', size: 2n ** 60n, extra: { a: [1, null] }, plays: 2 })
    const then = past(mine)
    mine.update(song, id, { title: 'Two', size: 1n, extra: null, plays: 9, tags: ['x'] })
    expect(restoreSpace(mine, then)).toEqual({ changed: 1, broughtBack: 0, removed: 0, left: 0 })
    expect(shown(mine)).toEqual(shown(then))
    expect(restoreSpace(mine, then)).toEqual({ changed: 0, broughtBack: 0, removed: 0, left: 0 })
  })
})

describe('a shared text', () => {
  const marked = fc.array(
    fc.record({
      insert: fc.oneof(
        {
          weight: 5,
          arbitrary: fc.string({ unit: fc.constantFrom('x', 'y', '\n', '🎻'), minLength: 1, maxLength: 5 }),
        },
        { weight: 1, arbitrary: fc.constant({ image: 'a' }) },
      ),
      attributes: fc.constantFrom(
        {},
        { bold: true },
        { link: 'https://a.example' },
        { bold: true, italic: true },
      ),
    }),
    { maxLength: 6 },
  )

  test('comes back with its marks, and goes again with an undo', () => {
    fc.assert(
      fc.property(marked, marked, (first, second) => {
        const [mine] = pairOf()
        const id = mine.insert(song, { title: 'One' })
        const text = mine.text(song, id, 'notes')
        if (first.length > 0) text.applyDelta(first)
        const then = past(mine)
        mine.writeText(song, id, 'notes', second)
        const before = shown(mine)
        const history = new UndoHistory(mine)
        restoreRow(mine, song, id, then)
        expect(shown(mine)).toEqual(shown(then))
        history.undo()
        expect(shown(mine)).toEqual(before)
      }),
      { numRuns },
    )
  })

  test('an undo keeps what others have typed since', () => {
    const [mine, theirs] = pairOf()
    const id = mine.insert(song, { title: 'One', notes: 'one two' })
    const then = past(mine)
    mine.text(song, id, 'notes').format(0, 3, { bold: true })
    mine.text(song, id, 'notes').insert(7, ' three')
    exchange(mine, theirs)
    const history = new UndoHistory(mine)
    restoreRow(mine, song, id, then)
    exchange(mine, theirs)
    theirs.text(song, id, 'notes').insert(4, 'zero ')
    exchange(mine, theirs)
    history.undo()
    expect(mine.runs(song, id, 'notes')).toEqual([
      { insert: 'one', attributes: { bold: true } },
      { insert: ' zero two three' },
    ])
  })

  test('changes nowhere else: who types there at the same time keeps their words', () => {
    const [mine, theirs] = pairOf()
    const id = mine.insert(song, { title: 'One', notes: 'alpha beta gamma' })
    const then = past(mine)
    mine.update(song, id, { notes: 'alpha BETA gamma' })
    exchange(mine, theirs)
    restoreRow(mine, song, id, then)
    theirs.text(song, id, 'notes').insert(16, '!')
    theirs.text(song, id, 'notes').insert(0, '¡')
    exchange(mine, theirs)
    expect(mine.get(song, id)?.notes).toBe('¡alpha beta gamma!')
  })
})

describe('a row', () => {
  function withSong() {
    const [mine] = pairOf()
    const albumId = mine.insert(album, { name: 'Live' })
    const songId = mine.insert(song, { title: 'One', albumRef: albumId })
    const verseId = mine.insert(verse, { songRef: songId, line: 1 })
    return { mine, albumId, songId, verseId, before: past(mine) }
  }

  test('comes back with what it refers to and what hung on it', () => {
    const { mine, albumId, songId, verseId, before } = withSong()
    mine.remove(verse, verseId)
    mine.remove(song, songId)
    mine.remove(album, albumId)
    expect(restoreRow(mine, song, songId, before)).toMatchObject({ broughtBack: 3 })
    expect(shown(mine)).toEqual(shown(before))
  })

  test('comes back without what has lost its place, which is said', () => {
    const { mine, albumId, songId, verseId, before } = withSong()
    mine.remove(verse, verseId)
    mine.remove(song, songId)
    mine.remove(album, albumId)
    const other = mine.insert(album, { name: 'Live' })
    expect(() => restoreRow(mine, song, songId, before)).toThrow(UniqueError)
    expect(mine.get(song, songId)).toBeUndefined()
    expect(mine.get(album, other)?.name).toBe('Live')
  })

  test('goes to the trash when it was not there', () => {
    const { mine, before } = withSong()
    const id = mine.insert(song, { title: 'New' })
    expect(restoreRow(mine, song, id, before)).toMatchObject({ removed: 1 })
    expect(shown(mine)).toEqual(shown(before))
  })

  test('takes back one cell alone', () => {
    const { mine, songId, before } = withSong()
    mine.update(song, songId, { title: 'Two', notes: 'new' })
    restoreRow(mine, song, songId, before, ['title'])
    expect(mine.get(song, songId)).toMatchObject({ title: 'One', notes: 'new' })
  })

  test('that cannot be as it was is refused, and stays', () => {
    const { mine, albumId, songId, before } = withSong()
    mine.update(song, songId, { albumRef: null })
    mine.transact(() => mine.remove(album, albumId), { asMerged: true })
    mine.insert(album, { name: 'Live' })
    expect(() => restoreRow(mine, song, songId, before)).toThrow(UniqueError)
    expect(() => restoreRow(mine, song, songId, before, ['albumRef'])).toThrow(ForeignKeyError)
    expect(mine.get(song, songId)?.albumRef).toBeNull()
  })

  test('that never was cannot be restored', () => {
    const { mine, before } = withSong()
    expect(() => restoreRow(mine, song, 'nobody', before)).toThrow(RowNotFoundError)
  })
})

test('what differs between two states names rows and cells, who changed them and when', () => {
  const [mine, theirs] = pairOf()
  const [kept, gone] = [
    mine.insert(song, { title: 'Kept', notes: 'a' }),
    mine.insert(song, { title: 'Gone' }),
  ]
  exchange(mine, theirs)
  const then = past(mine)
  expect(rowChanges(then, mine)).toEqual([])
  theirs.update(song, kept, { title: 'Renamed' })
  theirs.text(song, kept, 'notes').format(0, 1, { bold: true })
  theirs.remove(song, gone)
  const added = theirs.insert(song, { title: 'Added' })
  exchange(mine, theirs)
  const changes = rowChanges(then, mine)
  expect(changes).toHaveLength(3)
  const of = (rowId: string) => changes.find((change) => change.rowId === rowId)
  expect(of(added)).toMatchObject({ kind: 'added', table: 'song', after: { title: 'Added' } })
  expect(of(gone)).toMatchObject({ kind: 'removed', before: { title: 'Gone' } })
  const { attribution } = mine
  expect(of(kept)).toMatchObject({
    kind: 'changed',
    cells: [
      { property: 'title', before: 'Kept', after: 'Renamed', by: 'ben' },
      { property: 'notes', before: 'a', after: 'a' },
    ],
  })
  expect(attribution.call(mine, song, kept).get('title')?.at).toMatch(/^2026-01-01/)
})
