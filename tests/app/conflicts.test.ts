import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { playlist, playlistTune, tune, tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { settleConflict, standingValue } from '../../src/actions/index.ts'
import { fieldName, valueWords } from '../../src/composables/conflict-words.ts'
import { whenWords } from '../../src/composables/when-words.ts'
import { conflicts, contestedCells } from '../../src/queries/index.ts'

const sql = await initSqlJs()

/** A shared list with three tunes on the devices of two people, of whom Brendan always writes a little later. */
function scene() {
  const id = newSpaceId()
  let now = Date.parse('2026-03-01T18:00:00Z')
  const tick = () => {
    now += 1000
    return new Date(now)
  }
  const [aoife, brendan] = ['aoife', 'brendan'].map((userId) => {
    const author = { userId, device: `${userId}’s phone` }
    return new Space({ id, schema: tuneSchema, author, now: tick })
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

test('a choice settles for everybody, and can be decided the other way', () => {
  const { aoife, brendan, mirror, exchange } = scene()
  aoife.update(tune, 'A', { mode: 'D major' })
  brendan.update(tune, 'A', { mode: 'E dorian' })
  exchange()
  const [found] = conflicts(mirror.db).all()
  if (!found) throw new Error('There is no conflict.')
  settleConflict(brendan, found, 'lost')
  exchange()
  expect(aoife.get(tune, 'A')?.mode).toBe('D major')
  expect(conflicts(mirror.db).all()).toMatchObject([{ settledBy: 'brendan' }])
  expect(standingValue(aoife, found)).toBe(found.lostValue)
  expect(contestedCells(mirror.db).all()).toEqual([])
  settleConflict(aoife, found, 'kept')
  expect(aoife.get(tune, 'A')?.mode).toBe('E dorian')
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

  test('a moment is told by its distance in days', () => {
    const now = new Date(2026, 2, 29, 12)
    expect(whenWords(new Date(2026, 2, 29, 0, 5).toISOString(), now)).toMatch(/^today /)
    expect(whenWords(new Date(2026, 2, 28, 23, 55).toISOString(), now)).toMatch(/^yesterday /)
    expect(whenWords(new Date(2026, 2, 27).toISOString(), now)).toMatch(/27/)
    expect(whenWords(new Date(2024, 2, 27).toISOString(), now)).toMatch(/2024/)
    expect(whenWords('', now)).toBe('at an unknown time')
  })
})
