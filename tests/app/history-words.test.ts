import { newSpaceId, type RowChange, rowChanges, Space } from 'segue/crdt'
import { note, playlist, playlistTune, tag, tune, tuneSchema } from 'segue/tables'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { changeWords } from '../../src/composables/history-words.ts'

/** A list of two tunes, and the way to see what becomes of it. */
function scene() {
  const id = newSpaceId()
  const space = new Space({ id, schema: tuneSchema })
  space.insert(playlist, { id, userRef: 'u', name: 'Session' })
  const add = (title: string, position: string) => {
    const tuneRef = space.insert(tune, { title })
    return { tuneRef, place: space.insert(playlistTune, { playlistRef: id, tuneRef, position }) }
  }
  const [kesh, morrison] = [add('The Kesh', 'a0'), add('Morrison’s', 'a1')]
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(space.doc))
  const before = new Space({ id, schema: tuneSchema, doc })
  const titleOf = (tuneId: string) => (space.get(tune, tuneId) ?? before.get(tune, tuneId))?.title
  const words = () => changeWords(rowChanges(before, space), titleOf)
  const back = () => changeWords(rowChanges(space, before), titleOf, 'restore')
  return { id, space, add, kesh, morrison, words, back }
}

test('one or two things are named, more are counted', () => {
  const { add, words } = scene()
  add('Banish Misfortune', 'a2')
  expect(words()).toBe('added Banish Misfortune')
  add('Out on the Ocean', 'a3')
  expect(words()).toMatch(
    /^added (Banish Misfortune and Out on the Ocean|Out on the Ocean and Banish Misfortune)$/,
  )
  add('The Butterfly', 'a4')
  expect(words()).toBe('added 3 tunes')
})

test('whatever happens to a list is said, and so is what a restore would do', () => {
  const { id, space, kesh, morrison, words, back } = scene()
  space.update(tune, kesh.tuneRef, { title: 'The Kesh Jig', type: 'jig', mode: 'G major' })
  space.update(playlistTune, kesh.place, { position: 'a5' })
  space.remove(playlistTune, morrison.place)
  space.update(playlist, id, { name: 'Thursday' })
  const said = words()
  for (const part of [
    'renamed “The Kesh” to “The Kesh Jig”',
    'changed type and key and mode of The Kesh Jig',
    'renamed the list from “Session” to “Thursday”',
  ])
    expect(said).toContain(part)
  expect(back()).toContain('renames “The Kesh Jig” to “The Kesh”')
})

test('notes and tags belong to their tune', () => {
  const { space, kesh, words } = scene()
  space.insert(note, { tuneRef: kesh.tuneRef, noteText: 'slow' })
  space.insert(tag, { tuneRef: kesh.tuneRef, userRef: 'u', tagText: 'easy' })
  expect(words().split(', ').sort()).toEqual(['added a note on The Kesh', 'added a tag on The Kesh'])
})

test('a tune that goes from its list goes once, and a new list is begun', () => {
  const { space, morrison, words } = scene()
  space.remove(tune, morrison.tuneRef)
  expect(words()).toBe('took off Morrison’s')
  const begun: RowChange = { table: 'playlist', rowId: 'x', kind: 'added', after: { name: 'New' } }
  expect(changeWords([begun], () => undefined)).toBe('began the list')
  expect(changeWords([], () => undefined)).toBe('made changes that do not show')
})
