import * as fc from 'fast-check'
import { column, defineSchema, newSpaceId, type Space, segueTable, type UnknownParts } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { exchange, foreignRow, openSpace } from '../helpers/spaces.ts'

const { string, whole, decimal, counter, stringSet, richText, oneOf } = column

/** More cases by hand: `SEGUE_CASES=100000 npm exec -- vitest run tests/crdt/unknown.test.ts`. */
const CASES = Number(process.env.SEGUE_CASES ?? 300)

const common = { name: string('name').notNull(), plays: counter('plays'), notes: richText('notes') }
const olderTune = segueTable('tune', { ...common, speed: whole('speed'), mode: oneOf(['major'])('mode') })
const older = defineSchema({ olderTune })

const newerTune = segueTable('tune', {
  ...common,
  speed: decimal('speed'),
  mode: oneOf(['major', 'dorian'])('mode'),
  moods: stringSet('moods'),
  story: richText('story'),
})
const label = segueTable('label', { of: string('of').notNull(), text: string('text') }, { key: ['of'] })
const newer = defineSchema({ newerTune, label })

const NOTHING: UnknownParts = { tables: [], columns: [], values: [] }

function devices(): [old: Space, now: Space] {
  const id = newSpaceId()
  return [openSpace({ id, schema: older, clientId: 1 }), openSpace({ id, schema: newer, clientId: 2 })]
}

describe('an older app', () => {
  test('knows everything that it has made itself', () => {
    const [old, now] = devices()
    const id = old.insert(olderTune, { name: 'Kesh', plays: 2, notes: 'one', speed: 90, mode: 'major' })
    old.remove(olderTune, id)
    exchange(old, now)
    expect(old.unknown).toEqual(NOTHING)
    expect(now.unknown).toEqual(NOTHING)
  })

  test('counts rows of tables, cells of columns and values that it does not know', () => {
    const [old, now] = devices()
    now.insert(newerTune, { name: 'a', speed: 90.5, mode: 'dorian', moods: ['sad', 'slow'] })
    now.insert(newerTune, { name: 'b', speed: 90, mode: 'major', story: 'long' })
    now.insert(label, { of: 'x', text: 'y' })
    now.insert(label, { of: 'y' })
    exchange(old, now)
    expect(old.unknown).toEqual({
      tables: [{ name: 'label', rows: 2 }],
      columns: [
        { table: 'tune', column: 'moods', rows: 1 },
        { table: 'tune', column: 'story', rows: 2 },
      ],
      values: [
        { table: 'tune', column: 'mode', rows: 1 },
        { table: 'tune', column: 'speed', rows: 1 },
      ],
    })
    expect(now.unknown).toEqual(NOTHING)
  })

  test('hears when there is more of it, and when there is less, and of nothing else', () => {
    const [old, now] = devices()
    const heard: number[] = []
    const stop = old.observeUnknown(() => heard.push(old.unknown.values.length))
    const id = now.insert(newerTune, { name: 'a' })
    now.update(newerTune, id, { story: '' })
    exchange(old, now)
    expect(heard).toEqual([0])
    now.update(newerTune, id, { speed: 1.5 })
    exchange(old, now)
    old.update(olderTune, id, { name: 'b' })
    old.increment(olderTune, id, 'plays')
    exchange(old, now)
    expect(heard).toEqual([0, 1])
    old.update(olderTune, id, { speed: 2 })
    expect(heard).toEqual([0, 1, 0])
    stop()
    now.update(newerTune, id, { mode: 'dorian' })
    exchange(old, now)
    expect(heard).toHaveLength(3)
    expect(old.unknown.values).toEqual([{ table: 'tune', column: 'mode', rows: 1 }])
  })

  test('knows all of it once it has been brought up to date', () => {
    const [old, now] = devices()
    now.insert(newerTune, { name: 'a', speed: 90.5, story: 'x' })
    now.insert(label, { of: 'x' })
    exchange(old, now)
    expect(old.unknown).not.toEqual(NOTHING)
    const updated = openSpace({ id: old.id, schema: newer, doc: old.doc })
    expect(updated.unknown).toEqual(NOTHING)
  })
})

test('what is no row, and what lies where the row store keeps its own, is counted as what it is', () => {
  const space = openSpace({ schema: older })
  expect(space.unknown).toEqual(NOTHING)
  space.doc.getMap('invention').set('a', 7)
  space.doc.getArray('list').push([1, 2])
  space.doc.getMap('segue_later').set('x', 1)
  foreignRow(space, 'tune', 'r\u001f1', { name: 'a' })
  foreignRow(space, 'tune', 'r\u001f2', { plays: 'many', 'new': new Y.Map() })
  expect(space.unknown).toEqual({
    tables: [{ name: 'invention', rows: 1 }],
    columns: [{ table: 'tune', column: 'new', rows: 1 }],
    values: [{ table: 'tune', column: 'plays', rows: 1 }],
  })
  space.doc.getMap('invention').delete('a')
  space.doc.getMap('tune').delete('r\u001f2')
  expect(space.unknown).toEqual(NOTHING)
})

const step = fc.record({
  by: fc.nat(2),
  row: fc.nat(3),
  do: fc.constantFrom('insert', 'label', 'speed', 'mode', 'moods', 'remove', 'drop', 'sync', 'break'),
  value: fc.nat(4),
})

test('what is followed is what is found from scratch, whatever older and newer apps do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (history) => {
      const [old, now] = devices()
      const other = openSpace({ id: old.id, schema: older, clientId: 3 })
      for (const space of [old, now, other]) expect(space.unknown).toEqual(NOTHING)
      for (const { by, row, do: what, value } of history) {
        if (what === 'sync') {
          exchange(old, now, other)
          continue
        }
        const space = [old, now, other][by] ?? old
        const isNew = space === now
        const rows = space.doc.getMap<unknown>('tune')
        const id = [...rows.keys()].sort()[row % Math.max(1, rows.size)] ?? ''
        if (what === 'insert') space.insert(isNew ? newerTune : olderTune, { name: `n${value}` })
        else if (what === 'label' && isNew && !now.get(label, `${value}`))
          now.insert(label, { of: `${value}` })
        else if (what === 'drop') rows.delete(id)
        else if (!space.get(isNew ? newerTune : olderTune, id)) continue
        else if (what === 'remove') space.remove(isNew ? newerTune : olderTune, id)
        else if (what === 'speed' && isNew) now.update(newerTune, id, { speed: value / 2 })
        else if (what === 'speed') space.update(olderTune, id, { speed: value })
        else if (what === 'mode')
          now.get(newerTune, id) && now.update(newerTune, id, { mode: value > 2 ? 'dorian' : 'major' })
        else if (what === 'moods')
          now.get(newerTune, id) &&
            now.updateSet(newerTune, id, 'moods', value > 2 ? { remove: ['a'] } : { add: ['a', 'b'] })
        else if (what === 'break')
          (rows.get(id) as Y.Map<unknown>).set(['name', 'plays', 'notes'][value % 3] ?? '', value)
      }
      for (const space of [old, now, other]) {
        const doc = new Y.Doc()
        Y.applyUpdate(doc, Y.encodeStateAsUpdate(space.doc))
        expect(space.unknown).toEqual(openSpace({ id: space.id, schema: space.schema, doc }).unknown)
      }
    }),
    { numRuns: CASES },
  )
})
