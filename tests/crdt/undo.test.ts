import * as fc from 'fast-check'
import { column, defineSchema, newSpaceId, type Space, segueTable, UndoHistory } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import { exchange, openSpace, projectedRows } from '../helpers/spaces.ts'

const { string, counter, stringSet, richText, whole } = column

/** More cases by hand: `SEGUE_CASES=1000000 npm exec -- vitest run tests/crdt/undo.test.ts`. */
const CASES = Number(process.env.SEGUE_CASES ?? 1_000)

const card = segueTable('card', {
  title: string('title').notNull(),
  rank: whole('rank'),
  plays: counter('plays'),
  tags: stringSet('tags'),
  notes: richText('notes'),
})
const schema = defineSchema({ card })

/** Two people with the same rows, one of whom can undo. */
function scene() {
  const id = newSpaceId()
  const [mine, theirs] = ['ann', 'ben'].map((userId, index) =>
    openSpace({ id, schema, clientId: index + 1, author: { userId, device: userId } }),
  ) as [Space, Space]
  const rowIds = ['a', 'b'].map((title) => mine.insert(card, { title, notes: 'one two three' }))
  exchange(mine, theirs)
  let now = 0
  const history = new UndoHistory(mine, { now: () => (now += 10_000) })
  return { mine, theirs, history, rowIds, rowId: rowIds[0] ?? '' }
}

const edit = fc.oneof(
  fc.record({ do: fc.constant('set' as const), row: fc.nat(1), value: fc.nat(5) }),
  fc.record({ do: fc.constant('name' as const), row: fc.nat(1), value: fc.nat(5) }),
  fc.record({ do: fc.constant('count' as const), row: fc.nat(1), value: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ do: fc.constant('tag' as const), row: fc.nat(1), value: fc.nat(3) }),
  fc.record({ do: fc.constant('type' as const), row: fc.nat(1), value: fc.nat(9) }),
  fc.record({
    do: fc.constantFrom('remove' as const, 'restore' as const, 'insert' as const),
    row: fc.nat(1),
    value: fc.nat(3),
  }),
)
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

function perform(space: Space, rowIds: readonly string[], { do: what, row, value }: Edit): void {
  const rowId = rowIds[row] ?? ''
  if (what === 'insert') {
    space.insert(card, { title: `new ${value}`, tags: ['x'], plays: value })
    return
  }
  if (what === 'restore') {
    space.restore(card, rowId)
    return
  }
  const live = space.get(card, rowId)
  if (!live) return
  if (what === 'remove') space.remove(card, rowId)
  if (what === 'set') space.update(card, rowId, { rank: value })
  if (what === 'name') space.update(card, rowId, { title: `title ${value}`, rank: null })
  if (what === 'count') space.increment(card, rowId, 'plays', value)
  if (what === 'tag') {
    const tag = `tag ${value}`
    space.updateSet(card, rowId, 'tags', live.tags.includes(tag) ? { remove: [tag] } : { add: [tag] })
  }
  if (what === 'type')
    space.update(card, rowId, { notes: `${live.notes?.slice(0, value)}!${live.notes?.slice(value)}` })
}

const shown = (space: Space) =>
  projectedRows(space).flatMap(([key, row]) => (row.state === 'live' ? [[key, row.cells]] : []))

describe('undo', () => {
  test('of everything leads back to the start, and redo to the end, whatever was done', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const { mine, history, rowIds } = scene()
        const start = shown(mine)
        for (const each of edits) perform(mine, rowIds, each)
        const end = shown(mine)
        const steps = history.state.undo.length
        for (let step = 0; step < steps; step++) expect(history.undo().skipped).toBe(0)
        expect(shown(mine)).toEqual(start)
        for (let step = 0; step < steps; step++) expect(history.redo().skipped).toBe(0)
        expect(shown(mine)).toEqual(end)
        expect(history.undo().done > 0).toBe(steps > 0)
      }),
      { numRuns: CASES },
    )
  })

  test('takes back nothing of what somebody else has done', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ by: fc.boolean(), what: edit }), { maxLength: 12 }),
        fc.array(edit, { maxLength: 4 }),
        (edits, concurrent) => {
          const { mine, theirs, history, rowIds } = scene()
          const added = [0, 0]
          for (const { by, what } of edits) {
            const isCounted = !by && what.do === 'count' && theirs.get(card, rowIds[what.row] ?? '')
            if (isCounted) added[what.row] = (added[what.row] ?? 0) + what.value
            perform(by ? mine : theirs, rowIds, what)
            exchange(mine, theirs)
          }
          for (const each of concurrent) perform(theirs, rowIds, each)
          const before = theirValues(theirs)
          while (history.state.undo.length > 0) history.undo()
          const after = theirValues(mine)
          exchange(mine, theirs)
          expect(projectedRows(mine)).toEqual(projectedRows(theirs))
          if (concurrent.length > 0) return
          // What the other has written last, and one has not, still stands; and of sums, what the other has added.
          for (const [key, value] of before) {
            const stands = after.get(key)
            if (value !== undefined && stands !== undefined) expect(stands).toEqual(value)
          }
          for (const [index, rowId] of rowIds.entries()) {
            const row = mine.get(card, rowId)
            if (row) expect(row.plays).toBe(added[index])
          }
        },
      ),
      { numRuns: CASES },
    )
  })

  test('leaves a value alone that somebody has written over, and takes back the rest of the step', () => {
    const { mine, theirs, history, rowId } = scene()
    mine.update(card, rowId, { title: 'mine', rank: 7 })
    exchange(mine, theirs)
    theirs.update(card, rowId, { title: 'theirs' })
    exchange(mine, theirs)
    expect(history.undo()).toEqual({ done: 1, skipped: 1 })
    expect(mine.get(card, rowId)).toMatchObject({ title: 'theirs', rank: null })
  })

  test('of an increment takes back what was added, not what others added since', () => {
    const { mine, theirs, history, rowId } = scene()
    mine.increment(card, rowId, 'plays', 3)
    exchange(mine, theirs)
    theirs.increment(card, rowId, 'plays', 10)
    exchange(mine, theirs)
    history.undo()
    expect(mine.get(card, rowId)?.plays).toBe(10)
    history.redo()
    expect(mine.get(card, rowId)?.plays).toBe(13)
  })

  test('of typing leaves the words of others', () => {
    const { mine, theirs, history, rowId } = scene()
    mine.update(card, rowId, { notes: 'zero one two three' })
    exchange(mine, theirs)
    theirs.update(card, rowId, { notes: 'zero one two three four' })
    exchange(mine, theirs)
    history.undo()
    expect(mine.get(card, rowId)?.notes).toBe('one two three four')
  })

  test('leaves a new row alone that somebody else has added to', () => {
    const { mine, theirs, history } = scene()
    const id = mine.insert(card, { title: 'new' })
    exchange(mine, theirs)
    theirs.update(card, id, { rank: 1 })
    exchange(mine, theirs)
    expect(history.undo()).toEqual({ done: 0, skipped: 1 })
    expect(mine.get(card, id)?.title).toBe('new')
  })

  test('does not leave out a transaction, and takes quick changes of one cell as one', () => {
    const { mine, rowId, rowIds } = scene()
    let now = 0
    const history = new UndoHistory(mine, { now: () => now })
    for (const title of ['t', 'ti', 'tit']) {
      mine.update(card, rowId, { title })
      now += 200
    }
    now += 1_000
    mine.transact(() => {
      for (const each of rowIds) mine.update(card, each, { rank: 5 })
    })
    expect(history.state.undo.map(({ edits }) => edits.length)).toEqual([1, 2])
    history.undo()
    expect(rowIds.map((each) => mine.get(card, each)?.rank)).toEqual([null, null])
    history.undo()
    expect(mine.get(card, rowId)?.title).toBe('a')
  })

  test('outlives a reload', () => {
    const { mine, history, rowId } = scene()
    mine.update(card, rowId, { title: 'mine' })
    const state = JSON.parse(JSON.stringify(history.state))
    history.destroy()
    const again = openSpace({ id: mine.id, schema, doc: mine.doc, author: mine.author })
    new UndoHistory(again, {}, state).undo()
    expect(again.get(card, rowId)?.title).toBe('a')
  })
})

/** What the other person has written last, by place. */
function theirValues(space: Space): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const rowId of space.rowIds(schema.shape(card))) {
    const row: Record<string, unknown> = space.get(card, rowId) ?? {}
    for (const property of ['title', 'rank']) {
      if (space.attribution(card, rowId).get(property)?.by === 'ben')
        values.set(`${rowId} ${property}`, row[property])
    }
  }
  return values
}
