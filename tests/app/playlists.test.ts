import { newSpaceId, Space } from 'segue/crdt'
import { note, playlistTune, tune, tuneSchema } from 'segue/tables'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  addNewTuneToPlaylist,
  addNote,
  addTuneToPlaylist,
  copyPlaylistToLibrary,
  createTune,
  moveTune,
  moveTuneAfter,
  playlistOrder,
  removeFromPlaylist,
} from '../../src/actions/index.ts'

const openSpace = (id = newSpaceId()) => new Space({ id, schema: tuneSchema })

function libraryTune(library: Space, title: string) {
  const row = library.get(tune, createTune(library, { title }))
  if (!row) throw new Error('The tune was not created.')
  return row
}

const titles = (space: Space) =>
  playlistOrder(space).map(({ tuneRef }) => space.get(tune, tuneRef)?.title ?? '?')

function listOf(...names: string[]) {
  const library = openSpace()
  const playlist = openSpace()
  for (const name of names) addTuneToPlaylist(playlist, libraryTune(library, name))
  return { library, playlist }
}

const exchange = (a: Space, b: Space) => {
  const fromA = Y.encodeStateAsUpdate(a.doc)
  Y.applyUpdate(a.doc, Y.encodeStateAsUpdate(b.doc))
  Y.applyUpdate(b.doc, fromA)
}

test('tunes added one after another stand in that order', () => {
  expect(titles(listOf('Banish Misfortune', 'The Kesh', 'Cooley’s').playlist)).toEqual([
    'Banish Misfortune',
    'The Kesh',
    'Cooley’s',
  ])
})

test('a tune that is on the list already is not added again', () => {
  const { library, playlist } = listOf()
  const row = libraryTune(library, 'The Kesh')
  expect(addTuneToPlaylist(playlist, row).added).toBe(true)
  expect(addTuneToPlaylist(playlist, row).added).toBe(false)
  expect(playlistOrder(playlist)).toHaveLength(1)
})

test('a tune taken off the list comes back at the end when it is added again, with its facts', () => {
  const { library, playlist } = listOf()
  const kesh = libraryTune(library, 'The Kesh')
  const { rowId } = addTuneToPlaylist(playlist, kesh)
  addTuneToPlaylist(playlist, libraryTune(library, 'Cooley’s'))
  removeFromPlaylist(playlist, rowId)
  expect(titles(playlist)).toEqual(['Cooley’s'])
  addTuneToPlaylist(playlist, kesh)
  expect(titles(playlist)).toEqual(['Cooley’s', 'The Kesh'])
})

test('taking a tune off the list keeps the tune and its notes', () => {
  const { library, playlist } = listOf()
  const kesh = libraryTune(library, 'The Kesh')
  const { rowId } = addTuneToPlaylist(playlist, kesh)
  const noteId = addNote(playlist, kesh.id, 'me', 'Play it slowly')
  removeFromPlaylist(playlist, rowId)
  expect(playlist.get(tune, kesh.id)?.title).toBe('The Kesh')
  expect(playlist.get(note, noteId)?.noteText).toBe('Play it slowly')
})

test.each([
  [0, 2, ['B', 'C', 'A', 'D']],
  [3, 0, ['D', 'A', 'B', 'C']],
  [1, 2, ['A', 'C', 'B', 'D']],
  [2, 1, ['A', 'C', 'B', 'D']],
  [0, 99, ['B', 'C', 'D', 'A']],
])('moving the row at %i to %i gives the order that was meant', (from, to, expected) => {
  const { playlist } = listOf('A', 'B', 'C', 'D')
  const rowId = playlistOrder(playlist)[from]?.id ?? ''
  expect(moveTune(playlist, rowId, to)).toBe(true)
  expect(titles(playlist)).toEqual(expected)
})

test('moving a row to where it stands writes nothing', () => {
  const { playlist } = listOf('A', 'B')
  const before = Y.encodeStateVector(playlist.doc)
  expect(moveTune(playlist, playlistOrder(playlist)[1]?.id ?? '', 1)).toBe(false)
  expect(Y.encodeStateVector(playlist.doc)).toEqual(before)
})

test('two people who move and add at once see one list, with every tune once', () => {
  const { playlist: mine, library } = listOf('A', 'B', 'C')
  const theirs = openSpace(mine.id)
  exchange(mine, theirs)
  const [first, , third] = playlistOrder(mine)
  moveTune(mine, first?.id ?? '', 2)
  moveTune(theirs, third?.id ?? '', 0)
  addTuneToPlaylist(mine, libraryTune(library, 'D'))
  addTuneToPlaylist(theirs, libraryTune(library, 'E'))
  exchange(mine, theirs)
  expect(titles(mine)).toEqual(titles(theirs))
  expect([...titles(mine)].sort()).toEqual(['A', 'B', 'C', 'D', 'E'])
})

test('the same tune added by two people at once is on the list once', () => {
  const { playlist: mine, library } = listOf('A')
  const theirs = openSpace(mine.id)
  exchange(mine, theirs)
  const row = libraryTune(library, 'The Kesh')
  addTuneToPlaylist(mine, row)
  addTuneToPlaylist(theirs, row)
  exchange(mine, theirs)
  expect(titles(mine)).toEqual(['A', 'The Kesh'])
  expect(titles(theirs)).toEqual(['A', 'The Kesh'])
})

test('a tune made while filling a playlist is in the library too, under the same id', () => {
  const { library, playlist } = listOf()
  const id = addNewTuneToPlaylist(playlist, library, '  Out on the Ocean ')
  expect(library.get(tune, id)?.title).toBe('Out on the Ocean')
  expect(playlist.get(tune, id)?.title).toBe('Out on the Ocean')
  expect(playlist.get(playlistTune, `${playlist.id}:${id}`)).toBeDefined()
})

test('saving a copy of a playlist adds what the library does not have, and a second time nothing', () => {
  const { playlist } = listOf('A', 'B')
  const mine = openSpace()
  const known = playlistOrder(playlist)[0]?.tuneRef ?? ''
  addNote(playlist, playlistOrder(playlist)[1]?.tuneRef ?? '', 'a friend', 'Watch the turn')
  const row = playlist.get(tune, known)
  if (row) mine.insert(tune, { ...row, title: 'My name for A' })
  expect(copyPlaylistToLibrary(playlist, mine)).toEqual({ added: 1, known: 1 })
  expect(copyPlaylistToLibrary(playlist, mine)).toEqual({ added: 0, known: 2 })
  expect(mine.get(tune, known)?.title).toBe('My name for A')
})

test('a row dropped behind another stands there, also when the list has changed meanwhile', () => {
  const { playlist, library } = listOf('A', 'B', 'C')
  const [a, , c] = playlistOrder(playlist)
  const { rowId } = addTuneToPlaylist(playlist, libraryTune(library, 'D'))
  moveTune(playlist, rowId, 0)
  expect(moveTuneAfter(playlist, a?.id ?? '', c?.id ?? '')).toBe(true)
  expect(titles(playlist)).toEqual(['D', 'B', 'C', 'A'])
  expect(moveTuneAfter(playlist, a?.id ?? '', null)).toBe(true)
  expect(titles(playlist)).toEqual(['A', 'D', 'B', 'C'])
})
