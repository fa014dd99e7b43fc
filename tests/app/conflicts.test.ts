import { Mirror } from 'segue/bridge'
import { type ConflictStrategy, newSpaceId, Space, UndoHistory } from 'segue/crdt'
import { playlist, playlistTune, tune, tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { lastChange, settleConflict } from '../../src/actions/index.ts'
import { fieldName, valueWords } from '../../src/composables/conflict-words.ts'
import { devicesApart, deviceWords, inSentence } from '../../src/composables/device-words.ts'
import { whenWords } from '../../src/composables/when-words.ts'
import { conflicts, contestedCells } from '../../src/queries/index.ts'

const sql = await initSqlJs()

/** A shared list with three tunes on the devices of two people, of whom Brendan always writes a little later. */
function scene(strategy?: ConflictStrategy) {
  const id = newSpaceId()
  let now = Date.parse('2026-03-01T18:00:00Z')
  const tick = () => {
    now += 1000
    return new Date(now)
  }
  const [aoife, brendan] = ['aoife', 'brendan'].map((userId) => {
    const author = { userId, device: `${userId}’s phone` }
    return new Space({ id, schema: tuneSchema, author, now: tick, conflicts: strategy })
  })
  if (!aoife || !brendan) throw new Error('unreachable')
  const mirror = new Mirror(sql, tuneSchema)
  mirror.attach(aoife)
  aoife.insert(playlist, { id, userRef: 'aoife', name: 'Session' })
  for (const [index, title] of ['A', 'B', 'C'].entries()) {
    aoife.insert(tune, { id: title, title })
    aoife.insert(playlistTune, { playlistRef: id, tuneRef: title, position: `a${index}` })
  }
  const exchange = () => {
    Y.applyUpdate(brendan.doc, Y.encodeStateAsUpdate(aoife.doc))
    Y.applyUpdate(aoife.doc, Y.encodeStateAsUpdate(brendan.doc))
  }
  exchange()
  return { id, aoife, brendan, mirror, exchange }
}

test('a conflict reads with the title of its row, both values, and their authors', () => {
  const { id, aoife, brendan, mirror, exchange } = scene()
  aoife.update(tune, 'A', { mode: 'D major' })
  brendan.update(tune, 'A', { mode: 'E dorian' })
  exchange()
  const expected = { tableName: 'tune', title: 'A', tuneId: 'A', keptBy: 'brendan', lostBy: 'aoife' }
  expect(conflicts(mirror.db).all()).toMatchObject([
    { ...expected, keptValue: '"E dorian"', lostValue: '"D major"', keptPlace: null },
  ])
  expect(conflicts(mirror.db, { spaceId: id, tableName: 'tune', rowId: 'B' }).all()).toEqual([])
  expect(contestedCells(mirror.db).all()).toHaveLength(1)
})

test('a place on a list reads as a number, and the name of the list as its title', () => {
  const { id, aoife, brendan, mirror, exchange } = scene()
  aoife.update(playlistTune, `${id}:C`, { position: 'Zz' })
  brendan.update(playlistTune, `${id}:C`, { position: 'a0V' })
  aoife.update(playlist, id, { name: 'Thursdays' })
  brendan.update(playlist, id, { name: 'Fridays' })
  exchange()
  const found = conflicts(mirror.db).all()
  expect(found.find(({ tableName }) => tableName === 'playlist')).toMatchObject({ title: 'Fridays' })
  expect(found.find(({ tableName }) => tableName === 'playlist_tune')).toMatchObject({
    ...{ title: 'C', tuneId: 'C', keptPlace: 2, lostPlace: 1 },
  })
})

describe('a choice', () => {
  /** Two values of a tune's mode, of which Brendan has chosen one. */
  function chosen(choice: 'kept' | 'lost') {
    const made = scene()
    const { aoife, brendan, mirror, exchange } = made
    aoife.update(tune, 'A', { mode: 'D major' })
    brendan.update(tune, 'A', { mode: 'E dorian' })
    exchange()
    const listed = () => {
      const [found, ...more] = conflicts(mirror.db).all()
      if (!found || more.length > 0) throw new Error('There is one conflict.')
      return found
    }
    settleConflict(brendan, listed(), choice)
    exchange()
    return { ...made, listed, modes: () => [aoife, brendan].map((space) => space.get(tune, 'A')?.mode) }
  }

  test.each([
    ['kept', 'E dorian', 'lost', 'D major'],
    ['lost', 'D major', 'kept', 'E dorian'],
  ] as const)(
    'that %s settles for everybody, turns the other way, and back',
    (choice, first, other, then) => {
      const { aoife, brendan, mirror, exchange, listed, modes } = chosen(choice)
      expect(modes()).toEqual([first, first])
      expect(listed()).toMatchObject({ settledBy: 'brendan', currentValue: JSON.stringify(first) })
      expect(contestedCells(mirror.db).all()).toEqual([])

      const history = new UndoHistory(aoife)
      settleConflict(aoife, listed(), other)
      expect(listed()).toMatchObject({ settledBy: 'brendan', currentValue: JSON.stringify(then) })
      expect(history.undo()).toEqual({ done: 1, skipped: 0 })
      expect(aoife.get(tune, 'A')?.mode).toBe(first)
      history.redo()
      exchange()
      expect(modes()).toEqual([then, then])
      // It was written with the choice in view, so nobody is asked again.
      expect(contestedCells(mirror.db).all()).toEqual([])
      settleConflict(brendan, listed(), choice)
      exchange()
      expect(modes()).toEqual([first, first])
      history.destroy()
    },
  )

  test('can be turned after the cell was edited, and says by whom it was, and what it says now', () => {
    const { aoife, brendan, exchange, listed, modes } = chosen('kept')
    aoife.update(tune, 'A', { mode: 'G major' })
    exchange()
    expect(listed().currentValue).toBe('"G major"')
    expect(lastChange(brendan, listed())).toMatchObject({ by: 'aoife', device: 'aoife’s phone' })
    settleConflict(brendan, listed(), 'lost')
    exchange()
    expect(modes()).toEqual(['D major', 'D major'])
  })

  test('can be turned when a device’s own strategy has made it', () => {
    const { id, aoife, exchange, mirror } = scene('remote-wins')
    const stranger = new Space({ id, schema: tuneSchema, author: { userId: 'cait', device: 'c' } })
    Y.applyUpdate(stranger.doc, Y.encodeStateAsUpdate(aoife.doc))
    aoife.update(tune, 'A', { mode: 'D major' })
    stranger.update(tune, 'A', { mode: 'E dorian' })
    for (let round = 0; round < 2; round++) {
      Y.applyUpdate(aoife.doc, Y.encodeStateAsUpdate(stranger.doc))
      Y.applyUpdate(stranger.doc, Y.encodeStateAsUpdate(aoife.doc))
    }
    expect(aoife.get(tune, 'A')?.mode).toBe('E dorian')
    exchange()
    const [found] = conflicts(mirror.db).all()
    if (!found) throw new Error('There is no conflict.')
    const mine = found.keptValue === '"D major"' ? 'kept' : 'lost'
    settleConflict(aoife, found, mine)
    for (let round = 0; round < 2; round++) {
      Y.applyUpdate(stranger.doc, Y.encodeStateAsUpdate(aoife.doc))
      Y.applyUpdate(aoife.doc, Y.encodeStateAsUpdate(stranger.doc))
    }
    for (const space of [aoife, stranger]) expect(space.get(tune, 'A')?.mode).toBe('D major')
  })

  test('is refused in the trash, and the cell says nothing there', () => {
    const { aoife, listed } = chosen('kept')
    aoife.remove(tune, 'A')
    expect(listed()).toMatchObject({ currentValue: null })
    expect(() => settleConflict(aoife, listed(), 'lost')).toThrow('It may have been removed')
  })
})

test('two devices of one person are told apart in SQL', () => {
  const { aoife, brendan, mirror, exchange } = scene()
  brendan.author = { userId: 'aoife', device: 'aoife’s laptop' }
  aoife.update(tune, 'A', { mode: 'D major' })
  brendan.update(tune, 'A', { mode: 'E dorian' })
  exchange()
  const where = 'SELECT kept_device, lost_device, settled_device FROM segue_conflict'
  const devices = { kept_device: 'aoife’s laptop', lost_device: 'aoife’s phone' }
  expect(mirror.query(where)).toEqual([{ ...devices, settled_device: null }])
  brendan.resolveConflict(tune, 'A', { mode: 'D major' })
  exchange()
  expect(mirror.query(where)).toEqual([{ ...devices, settled_device: 'aoife’s laptop' }])
})

test('what is in the trash waits for nobody, and is still called by its name', () => {
  const { aoife, brendan, mirror, exchange } = scene()
  aoife.update(tune, 'A', { mode: 'D major' })
  brendan.update(tune, 'A', { mode: 'E dorian' })
  exchange()
  aoife.remove(tune, 'A')
  expect(contestedCells(mirror.db).all()).toEqual([])
  const [found] = conflicts(mirror.db).all()
  expect(found?.title).toBe('A')
  expect(found?.removedAt).not.toBeNull()
})

describe('in the words of people', () => {
  test('fields and values, also those that only a later version of the app knows', () => {
    expect(fieldName('tune', 'mode')).toBe('Key and mode')
    expect(fieldName('playlist', 'venue_ref')).toBe('Venue')
    expect(valueWords('tune.type', '"slip jig"')).toBe('Slip jig')
    expect(valueWords('tune.genre', '"ITRAD"')).toBe('Irish traditional')
    expect(valueWords('tune.composer', 'null')).toBe('Nothing')
    expect(valueWords('note.public', 'true')).toBe('Yes')
    expect(valueWords('playlist_tune.position', '"a0"', 3)).toBe('Place 3')
    expect(valueWords('tune.sketch', '{"a":1}')).toBe('{"a":1}')
  })

  test('devices of one person are told apart, seen from one of them and by others', () => {
    expect(deviceWords('phone', 'phone')).toBe('on this device')
    expect(deviceWords('laptop', 'phone')).toBe('on another device')
    expect(deviceWords('', 'phone')).toBe('')
    expect(devicesApart('phone', 'laptop', 'phone')).toEqual(['on this device', 'on another device'])
    expect(devicesApart('laptop', 'phone', 'phone')).toEqual(['on another device', 'on this device'])
    expect(devicesApart('laptop', 'tablet', 'phone')).toEqual(['on another device', 'on a third device'])
    expect(devicesApart('', 'laptop', 'phone')).toEqual(['', 'on another device'])
    expect(devicesApart('laptop', 'tablet', undefined)).toEqual(['on one device', 'on another device'])
    expect(devicesApart('laptop', 'laptop', undefined)).toEqual(['', ''])
    expect(devicesApart('', 'tablet', undefined)).toEqual(['', ''])
    expect(inSentence('You on another device')).toBe('you on another device')
    expect(inSentence('You')).toBe('you')
    expect(inSentence('Youssef')).toBe('Youssef')
  })

  test('a moment is told by its distance in days', () => {
    const now = new Date(2026, 2, 29, 12)
    expect(whenWords(new Date(2026, 2, 29, 0, 5).toISOString(), now)).toMatch(/^today /)
    expect(whenWords(new Date(2026, 2, 28, 23, 55).toISOString(), now)).toMatch(/^yesterday /)
    expect(whenWords(new Date(2026, 2, 27).toISOString(), now)).toMatch(/27/)
    expect(whenWords(new Date(2024, 2, 27).toISOString(), now)).toMatch(/2024/)
    expect(whenWords('', now)).toBe('at an unknown time')
  })
})
