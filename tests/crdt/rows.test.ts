import { DuplicateRowError, InvalidRowError, newSpaceId, RowNotFoundError, Space } from 'segue/crdt'
import { playlist, playlistTune, tag, tune, tuneSchema } from 'segue/tables'
import { describe, expect, test } from 'vitest'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

describe('a row', () => {
  test('reads as it was inserted, with defaults for what was left out', () => {
    const author = { userId: 'ann', device: 'phone' }
    const space = openSpace({ author, now: () => new Date('2026-05-01T18:30:00Z') })
    const id = space.insert(thing, { name: 'Kesh', count: 3 })
    expect(space.get(thing, id)).toEqual({
      ...{ id, spaceId: space.id, name: 'Kesh', count: 3, weight: null, done: false, color: 'red' },
      ...{ lastModifiedAt: '2026-05-01T18:30:00.000Z', lastModifiedBy: 'ann' },
      ...{ notes: '', position: null, at: null, day: null },
    })
  })

  test('does not store its defaults', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'Kesh', color: 'red', done: false })
    const stored = space.doc.getMap('thing').toJSON()[id]
    expect(stored).toEqual({ name: 'Kesh', notes: '' })
  })

  test('takes null where the default is something else, on insert and on update', () => {
    const space = openSpace()
    const inserted = space.insert(thing, { name: 'a', color: null })
    const updated = space.insert(thing, { name: 'b' })
    space.update(thing, updated, { color: null })
    expect([space.get(thing, inserted)?.color, space.get(thing, updated)?.color]).toEqual([null, null])
  })

  test('changes only in the columns of the patch', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a', count: 1, at: '2026-05-01T18:30:00.000Z' })
    space.update(thing, id, { count: 2, done: true })
    expect(space.get(thing, id)).toMatchObject({
      name: 'a',
      count: 2,
      done: true,
      at: '2026-05-01T18:30:00.000Z',
    })
  })

  test('that is removed is gone until it is restored, and keeps its values', () => {
    const space = new Space({ id: newSpaceId(), schema: sampleSchema, now: () => new Date(0) })
    const id = space.insert(thing, { name: 'a', notes: 'hello' })
    space.remove(thing, id)
    expect(space.get(thing, id)).toBeUndefined()
    expect(space.project(sampleSchema.shape(thing), id)).toMatchObject({
      state: 'removed',
      removedAt: '1970-01-01T00:00:00.000Z',
    })
    space.restore(thing, id)
    expect(space.get(thing, id)).toMatchObject({ name: 'a', notes: 'hello' })
  })

  test('that is not there, or was removed, cannot be changed', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a' })
    space.remove(thing, id)
    for (const rowId of [id, 'nowhere', '__proto__']) {
      expect(() => space.update(thing, rowId, { name: 'b' })).toThrow(RowNotFoundError)
      expect(() => space.remove(thing, rowId)).toThrow(RowNotFoundError)
      expect(() => space.text(thing, rowId, 'notes')).toThrow(RowNotFoundError)
    }
    expect(() => space.restore(thing, 'nowhere')).toThrow(RowNotFoundError)
  })

  test('with a chosen id is there once', () => {
    const space = openSpace()
    expect(space.insert(thing, { id: 'mine', name: 'a' })).toBe('mine')
    expect(() => space.insert(thing, { id: 'mine', name: 'b' })).toThrow(DuplicateRowError)
    expect(space.get(thing, 'mine')?.name).toBe('a')
  })

  test('has a shared text only where the column is one', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a', notes: 'hello' })
    expect(space.text(thing, id, 'notes').toString()).toBe('hello')
    expect(() => space.text(thing, id, 'name')).toThrow(InvalidRowError)
  })
})

describe('a natural key', () => {
  const key = { leftRef: 'a', rightRef: 'b' }

  test('makes the id of the row, the same everywhere', () => {
    expect(openSpace().insert(pair, key)).toBe('a:b')
    const space = openSpace({ schema: tuneSchema })
    space.insert(tune, { id: 't', title: 'Kesh' })
    expect(space.insert(tag, { userRef: 'u', tuneRef: 't', tagText: 'at 8:30' })).toBe('u:t:at 8:30')
  })

  test('belongs to one live row', () => {
    const space = openSpace()
    space.insert(pair, key)
    expect(() => space.insert(pair, { ...key, label: 'again' })).toThrow(DuplicateRowError)
  })

  test('never names two different rows, whatever colons and percents its parts hold', () => {
    const space = openSpace()
    const parts = ['a', 'a:b', 'b', 'b:c', 'a%3Ab', 'a%', '%3A', ':', '::', 'a:']
    const ids = parts.flatMap((leftRef) =>
      parts.map((rightRef) => space.insert(pair, { leftRef, rightRef, label: `${leftRef}|${rightRef}` })),
    )
    expect(new Set(ids).size).toBe(parts.length ** 2)
  })

  test('brings a removed row back, with the new values and nothing of the old ones', () => {
    const space = openSpace()
    const id = space.insert(pair, { ...key, label: 'old', score: 5, notes: 'old notes' })
    space.remove(pair, id)
    expect(space.insert(pair, { ...key, label: 'new' })).toBe(id)
    expect(space.get(pair, id)).toMatchObject({ label: 'new', score: 1, notes: '' })
  })

  test('cannot change', () => {
    const space = openSpace()
    const id = space.insert(pair, key)
    expect(() => space.update(pair, id, { leftRef: 'c' })).toThrow(/part of the key/)
    expect(space.get(pair, id)?.leftRef).toBe('a')
  })

  test('that is too long or has a control character of ours is refused', () => {
    const space = openSpace()
    expect(() => space.insert(pair, { leftRef: 'a\u001fb', rightRef: 'c' })).toThrow(InvalidRowError)
    expect(() => space.insert(pair, { leftRef: 'x'.repeat(999), rightRef: 'yy' })).toThrow(InvalidRowError)
  })
})

describe('writing', () => {
  test.each<[string, (space: Space, id: string) => void]>([
    ['the same value', (space, id) => space.update(thing, id, { name: 'a', count: 1 })],
    ['a default that holds already', (space, id) => space.update(thing, id, { color: 'red', done: false })],
    ['null where nothing is', (space, id) => space.update(thing, id, { weight: null, at: null })],
    ['the same text', (space, id) => space.update(thing, id, { notes: 'hello' })],
    ['an empty patch', (space, id) => space.update(thing, id, {})],
    ['a restore of a live row', (space, id) => space.restore(thing, id)],
    ['opening a shared text', (space, id) => void space.text(thing, id, 'notes')],
  ])('%s produces no update', (_what, write) => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a', count: 1, notes: 'hello' })
    const updates = updatesOf(space)
    write(space, id)
    expect(updates).toEqual([])
  })

  test('within one transact is one update and one change, whatever it touches', () => {
    const space = openSpace()
    const updates = updatesOf(space)
    const changes: string[][] = []
    space.observe(({ rows }) =>
      changes.push([...rows].map(([shape, ids]) => `${shape.name} ${ids.size}`).sort()),
    )
    space.transact(() => {
      const id = space.insert(thing, { name: 'a' })
      space.update(thing, id, { count: 1 })
      space.text(thing, id, 'notes').insert(0, 'x')
      space.insert(thing, { name: 'b' })
      space.insert(pair, { leftRef: 'a', rightRef: 'b' })
    })
    expect(updates).toHaveLength(1)
    expect(changes).toEqual([['pair 1', 'thing 2']])
  })

  test('tells listeners which rows changed, and that the change was made here', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a' })
    const seen: unknown[] = []
    const stop = space.observe(({ rows, origin }) =>
      seen.push([[...(rows.get(sampleSchema.shape(thing)) ?? [])], origin === space]),
    )
    space.text(thing, id, 'notes').insert(0, 'x')
    space.update(thing, id, { count: 1 })
    stop()
    space.update(thing, id, { count: 2 })
    expect(seen).toEqual([
      [[id], false],
      [[id], true],
    ])
  })

  test('reaches every listener, also when one of them throws', () => {
    const space = openSpace()
    let heard = 0
    space.observe(() => {
      throw new Error('a stranger')
    })
    space.observe(() => heard++)
    const updates = updatesOf(space)
    expect(() => space.insert(thing, { name: 'a' })).toThrow('a stranger')
    expect([heard, updates.length, projectedRows(space).length]).toEqual([1, 1, 1])
  })
})

test('a destroyed space is silent, and may be destroyed twice', () => {
  const space = openSpace()
  space.destroy()
  space.destroy()
  expect(() => space.insert(thing, { name: 'a' })).not.toThrow()
})

test('a goal that was taken off a playlist tune stays off', () => {
  const space = openSpace({ schema: tuneSchema })
  space.insert(playlist, { id: 'p', userRef: 'u', name: 'Session' })
  space.insert(tune, { id: 't', title: 'Kesh' })
  const id = space.insert(playlistTune, { playlistRef: 'p', tuneRef: 't', position: 'a0' })
  expect(space.get(playlistTune, id)?.goal).toBe('recall')
  space.update(playlistTune, id, { goal: null })
  expect(space.get(playlistTune, id)?.goal).toBeNull()
})
