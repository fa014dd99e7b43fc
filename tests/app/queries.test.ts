import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import { expect, test } from 'vitest'
import { addNote, addTag, addTuneToPlaylist, createTune, moveTune } from '../../src/actions/index.ts'
import {
  libraryTunes,
  playlistRows,
  removedRows,
  TAG_SEPARATOR,
  tagsOf,
  tuneCounts,
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
  const rows = playlistRows(mirror.db, playlist.id).all()
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
