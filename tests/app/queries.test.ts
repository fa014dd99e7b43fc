import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import { expect, test } from 'vitest'
import {
  addNote,
  addTag,
  addTuneToPlaylist,
  createTune,
  moveTune,
  setOwnFact,
} from '../../src/actions/index.ts'
import {
  hiddenCount,
  librarySize,
  libraryTunes,
  ownVersion,
  playlistRows,
  removedRows,
  TAG_SEPARATOR,
  tagsOf,
  tuneCount,
  tuneCounts,
  valuesInUse,
} from '../../src/queries/index.ts'

const sql = await initSqlJs()

function scene() {
  const mirror = new Mirror(sql, tuneSchema)
  const [library, playlist] = [newSpaceId(), newSpaceId()].map((id) => new Space({ id, schema: tuneSchema }))
  if (!library || !playlist) throw new Error('unreachable')
  mirror.attach(library)
  mirror.attach(playlist)
  const add = (title: string) => {
    const id = createTune(library, { title })
    const row = library.get(tune, id)
    if (row) addTuneToPlaylist(playlist, row)
    return id
  }
  return { mirror, library, playlist, add }
}

test('a tune that also stands on a playlist is in the library once, with its tags', () => {
  const { mirror, library, add } = scene()
  add('the kesh')
  const banish = add('Banish Misfortune')
  addTag(library, banish, 'me', 'gig')
  addTag(library, banish, 'me', 'wedding')
  const rows = libraryTunes(mirror.db, library.id).all()
  expect(rows.map(({ title, tags }) => [title, tags?.split(TAG_SEPARATOR) ?? []])).toEqual([
    ['Banish Misfortune', ['gig', 'wedding']],
    ['the kesh', []],
  ])
  expect(
    tagsOf(mirror.db, library.id, banish)
      .all()
      .map(({ text }) => text),
  ).toEqual(['gig', 'wedding'])
})

test('a playlist reads in the order of its list and counts the notes of its own copies', () => {
  const { mirror, library, playlist, add } = scene()
  const kesh = add('The Kesh')
  add('Cooley’s')
  addNote(playlist, kesh, 'me', 'for all')
  addNote(library, kesh, 'me', 'for me')
  moveTune(playlist, `${playlist.id}:${kesh}`, 1)
  const rows = playlistRows(mirror.db, playlist.id, { libraryId: library.id, userId: 'me' }).all()
  expect(rows.map(({ title, notes }) => [title, notes])).toEqual([
    ['Cooley’s', 0],
    ['The Kesh', 1],
  ])
  expect(tuneCounts(mirror.db).all()).toEqual([{ spaceId: playlist.id, tunes: 2 }])
})

test('a removed tune is in the trash and in no list', () => {
  const { mirror, library, add } = scene()
  const id = add('The Kesh')
  library.remove(tune, id)
  expect(libraryTunes(mirror.db, library.id).all()).toEqual([])
  expect(removedRows(mirror.db).all()).toMatchObject([{ tableName: 'tune', rowId: id, spaceId: library.id }])
})

test('a tune in the trash takes its place on a list along, and both come back', () => {
  const { mirror, playlist, add } = scene()
  const kesh = add('The Kesh')
  add('Cooley’s')
  playlist.remove(tune, kesh)
  expect(tuneCounts(mirror.db).all()).toEqual([{ spaceId: playlist.id, tunes: 1 }])
  expect(hiddenCount(mirror.db).all()).toEqual([{ rows: 1 }])
  playlist.restore(tune, kesh)
  expect(hiddenCount(mirror.db).all()).toEqual([{ rows: 0 }])
  expect(tuneCounts(mirror.db).all()).toEqual([{ spaceId: playlist.id, tunes: 2 }])
})

test('my version of a shared tune: each fact as it is shared, my own, or left empty', () => {
  const { mirror, library, playlist, add } = scene()
  const tuneId = add('The Kesh')
  playlist.update(tune, tuneId, { type: 'jig', mode: 'G major' })
  const mine = { userId: 'me', tuneId }
  const seen = (userId: string) =>
    playlistRows(mirror.db, playlist.id, { libraryId: library.id, userId })
      .all()
      .map(({ title, sharedTitle, type, mode }) => ({ title, sharedTitle, type, mode }))
  const shared = { title: 'The Kesh', sharedTitle: 'The Kesh', type: 'jig', mode: 'G major' }
  expect(seen('me')).toEqual([shared])

  setOwnFact(library, mine, 'title', 'The Castle')
  setOwnFact(library, mine, 'mode', null)
  expect(seen('me')).toEqual([{ ...shared, title: 'The Castle', mode: null }])
  expect(seen('somebody')).toEqual([shared])
  expect(ownVersion(mirror.db, { libraryId: library.id, userId: 'me' }, tuneId).all()).toMatchObject([
    { title: 'The Castle', mode: null, cleared: ['mode'] },
  ])

  playlist.update(tune, tuneId, { title: 'The Kesh Jig', type: 'slip jig' })
  expect(seen('me')).toEqual([
    { title: 'The Castle', sharedTitle: 'The Kesh Jig', type: 'slip jig', mode: null },
  ])
  setOwnFact(library, mine, 'title', undefined)
  setOwnFact(library, mine, 'mode', 'A dorian')
  expect(seen('me')).toEqual([
    { title: 'The Kesh Jig', sharedTitle: 'The Kesh Jig', type: 'slip jig', mode: 'A dorian' },
  ])
})

test('a tune is found by parts of its words, its tags and its notes, whatever their accents and case', () => {
  const { mirror, library, add } = scene()
  const cait = add('Cáit na gCnoc')
  const kesh = add('The Kesh')
  const banish = add('Banish Misfortune')
  library.update(tune, kesh, { composer: 'Séamus O’Brien', incipit: 'G3 GAB' })
  addTag(library, banish, 'me', 'Wedding')
  addNote(library, cait, 'me', 'as Noel Hill played it')
  const found = (search: string) =>
    libraryTunes(mirror.db, library.id, { search })
      .all()
      .map(({ id }) => id)
  expect(found('cait')).toEqual([cait])
  expect(found('ESH')).toEqual([kesh])
  expect(found("o'brien g3")).toEqual([kesh])
  expect(found('wed')).toEqual([banish])
  expect(found('noel cáit')).toEqual([cait])
  expect(found('noel kesh')).toEqual([])
  expect(found('%')).toEqual([])
  library.update(tune, kesh, { title: 'The Castle' })
  expect(found('kesh')).toEqual([])
  expect(found('castle')).toEqual([kesh])
  expect(tuneCount(mirror.db, library.id, { search: 'a' }).all()).toEqual([{ tunes: 3 }])
})

test('what begins with the search comes first, then words that begin with it', () => {
  const { mirror, library, add } = scene()
  for (const title of ['Blarney', 'The Lark', 'Larry O’Gaff', 'Collarless']) add(title)
  const titles = libraryTunes(mirror.db, library.id, { search: 'lar' })
    .all()
    .map(({ title }) => title)
  expect(titles).toEqual(['Larry O’Gaff', 'The Lark', 'Blarney', 'Collarless'])
})

test('each type in use is named once, whatever its case, and narrows to all of its tunes', () => {
  const { mirror, library, playlist } = scene()
  const titles = new Map<string, string[]>()
  for (const [index, type] of ['reel', 'Jig', 'REEL', '', 'jig', 'Reel', null, 'air'].entries()) {
    const title = `Tune ${index}`
    createTune(library, { title, type })
    const named = String(type).toLowerCase()
    titles.set(named, [...(titles.get(named) ?? []), title])
  }
  createTune(playlist, { title: 'Elsewhere', type: 'waltz' })
  const types = valuesInUse(mirror.db, library.id, 'type')
    .all()
    .map(({ value }) => value)
  expect(types.map((type) => type.toLowerCase())).toEqual(['air', 'jig', 'reel'])
  for (const type of types) {
    const found = libraryTunes(mirror.db, library.id, { type }).all()
    expect(found.map(({ title }) => title)).toEqual(titles.get(type.toLowerCase()))
    expect(tuneCount(mirror.db, library.id, { type }).all()).toEqual([{ tunes: found.length }])
  }
  expect(valuesInUse(mirror.db, library.id, 'mode').all()).toEqual([])
})

test('the size of a library leaves out the tunes of other spaces', () => {
  const { mirror, library, playlist, add } = scene()
  const others = Array.from({ length: 3 }, () => new Space({ id: newSpaceId(), schema: tuneSchema }))
  for (const [index, space] of [library, playlist, ...others].entries()) {
    if (index > 1) mirror.attach(space)
    for (let n = 0; n <= index; n++) createTune(space, { title: `Tune ${n}` })
  }
  add('The Kesh')
  const size = (space: Space) => librarySize(mirror.db, space.id).all()
  expect([library, playlist, ...others].map(size)).toEqual([2, 3, 3, 4, 5].map((tunes) => [{ tunes }]))
})

test('a window of a sorted list is that part of the whole', () => {
  const { mirror, library } = scene()
  library.transact(() => {
    for (let index = 0; index < 100; index++) {
      createTune(library, {
        title: `Tune ${(index * 37) % 100}`,
        type: index % 3 === 0 ? null : `t${index % 3}`,
      })
    }
  })
  for (const sort of ['title', 'newest', 'type', 'mode'] as const) {
    const all = libraryTunes(mirror.db, library.id, { sort }).all()
    const window = libraryTunes(mirror.db, library.id, { sort }, { offset: 60, limit: 20 }).all()
    expect(all).toHaveLength(100)
    expect(window).toEqual(all.slice(60, 80))
  }
  const byType = libraryTunes(mirror.db, library.id, { sort: 'type' }).all()
  expect(byType.slice(66).every(({ type }) => type === null)).toBe(true)
  expect(valuesInUse(mirror.db, library.id, 'type').all()).toEqual([{ value: 't1' }, { value: 't2' }])
  for (const order of ['title', 'type', 'mode'] as const) {
    const { sql: text } = libraryTunes(
      mirror.db,
      library.id,
      { sort: order },
      { offset: 60, limit: 20 },
    ).toSQL()
    const steps = mirror.plan(text.replaceAll('?', '1'))
    expect(steps.map(({ detail }) => detail).join('\n')).toMatch(/USING COVERING INDEX tune_in_order_of/)
  }
})
