import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import {
  note,
  playlist,
  playlistTune,
  practiceRecord,
  reference,
  tag,
  tune,
  tuneOverride,
  tuneSchema,
} from 'segue/tables'
import initSqlJs from 'sql.js'
import { expect, test } from 'vitest'
import {
  addNote,
  addReference,
  addTag,
  addTuneToPlaylist,
  adoptLibrary,
  adoptPlaylist,
  allRows,
  createTune,
  playlistOrder,
  restoreRow,
  startPlaylist,
  trashKind,
  trashName,
} from '../../src/actions/index.ts'
import { removedRows, rowCounts } from '../../src/queries/index.ts'

const openSpace = (id = newSpaceId()) => new Space({ id, schema: tuneSchema })
const sql = await initSqlJs()

function localProfile() {
  const library = openSpace()
  const list = openSpace()
  const kesh = createTune(library, { title: 'The Kesh' })
  addTag(library, kesh, 'local', 'gig')
  addNote(library, kesh, 'local', 'Mind the turn')
  addReference(library, kesh, 'local', { url: 'example.org', refType: 'audio', title: '', comment: '' })
  startPlaylist(list, 'local', 'Thursdays')
  const row = library.get(tune, kesh)
  if (row) addTuneToPlaylist(list, row)
  return { library, list, kesh }
}

test('tunes kept without an account come into the account with tags, notes and references, and belong to the person', () => {
  const { library, kesh } = localProfile()
  const mine = openSpace()
  expect(adoptLibrary(library, mine, 'me')).toBe(1)
  expect(mine.get(tune, kesh)?.title).toBe('The Kesh')
  expect(allRows(mine, tag)).toMatchObject([{ userRef: 'me', tagText: 'gig' }])
  expect(allRows(mine, note)).toMatchObject([{ userRef: 'me', noteText: 'Mind the turn' }])
  expect(allRows(mine, reference)).toMatchObject([{ userRef: 'me', refType: 'audio' }])
})

test('notes come along with their marks', () => {
  const { library } = localProfile()
  const [{ id } = { id: '' }] = allRows(library, note)
  library.text(note, id, 'noteText').format(0, 4, { bold: true })
  const mine = openSpace()
  // A library in use, which knows its rows already.
  addNote(mine, 'another', 'me', 'Mine')
  expect(allRows(mine, note)).toHaveLength(1)
  adoptLibrary(library, mine, 'me')
  adoptLibrary(library, mine, 'me')
  expect(mine.text(note, id, 'noteText').toDelta()).toEqual([
    { insert: 'Mind', attributes: { bold: true } },
    { insert: ' the turn' },
  ])
})

test('what was practised, and own versions of tunes, come along once', () => {
  const { library, list, kesh } = localProfile()
  library.insert(practiceRecord, { playlistRef: list.id, tuneRef: kesh, quality: 3 })
  library.insert(tuneOverride, { userRef: 'local', tuneRef: kesh, title: 'The Kesh Jig' })
  const mine = openSpace()
  adoptLibrary(library, mine, 'me')
  adoptLibrary(library, mine, 'me')
  expect(allRows(mine, practiceRecord)).toMatchObject([{ tuneRef: kesh, quality: 3 }])
  expect(allRows(mine, tuneOverride)).toMatchObject([{ userRef: 'me', title: 'The Kesh Jig' }])
})

test('bringing them in twice adds nothing twice and overwrites no later edit', () => {
  const { library, list, kesh } = localProfile()
  const mine = openSpace()
  const myList = openSpace(list.id)
  adoptLibrary(library, mine, 'me')
  adoptPlaylist(list, myList, 'me')
  mine.update(tune, kesh, { title: 'The Kesh Jig' })
  expect(adoptLibrary(library, mine, 'me')).toBe(0)
  adoptPlaylist(list, myList, 'me')
  expect(mine.get(tune, kesh)?.title).toBe('The Kesh Jig')
  expect(allRows(mine, note)).toHaveLength(1)
  expect(playlistOrder(myList)).toHaveLength(1)
})

test('a playlist kept without an account keeps its order and gets an owner', () => {
  const { list } = localProfile()
  const mine = openSpace(list.id)
  adoptPlaylist(list, mine, 'me')
  expect(mine.get(playlist, mine.id)).toMatchObject({ name: 'Thursdays', userRef: 'me' })
  expect(playlistOrder(mine).map(({ id }) => id)).toEqual(playlistOrder(list).map(({ id }) => id))
})

test('what is in the trash has a name, and comes back from there', () => {
  const { library, list, kesh } = localProfile()
  const mirror = new Mirror(sql, tuneSchema)
  mirror.attach(library)
  mirror.attach(list)
  const listed = playlistOrder(list)[0]?.id ?? ''
  library.remove(tune, kesh)
  list.remove(playlistTune, listed)
  const named = removedRows(mirror.db)
    .all()
    .map(({ tableName, row }) => [trashKind(tableName), trashName(row, (id) => list.get(tune, id)?.title)])
    .sort()
  expect(named).toEqual([
    ['Taken off a list', 'The Kesh'],
    ['Tune', 'The Kesh'],
  ])
  restoreRow(library, 'tune', kesh)
  restoreRow(list, 'playlist_tune', listed)
  expect(removedRows(mirror.db).all()).toEqual([])
  expect(library.get(tune, kesh)?.title).toBe('The Kesh')
})

test('the rows of each space are counted', () => {
  const { library, list } = localProfile()
  const mirror = new Mirror(sql, tuneSchema)
  mirror.attach(library)
  mirror.attach(list)
  const counts = new Map(
    rowCounts(mirror.db)
      .all()
      .map((row) => [row.spaceId, row]),
  )
  expect(counts.get(library.id)).toMatchObject({ tunes: 1, others: 3 })
  expect(counts.get(list.id)).toMatchObject({ tunes: 1, others: 1 })
})
