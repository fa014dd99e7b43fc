import { InvalidRowError, newSpaceId, Space } from 'segue/crdt'
import { note, reference, tag, tuneSchema } from 'segue/tables'
import { expect, test } from 'vitest'
import { addNote, addReference, addTag, allRows, createTune, safeLink } from '../../src/actions/index.ts'

function scene() {
  const space = new Space({ id: newSpaceId(), schema: tuneSchema })
  return { space, tuneId: createTune(space, { title: 'The Kesh' }) }
}

const link = (url: string) => ({ url, refType: 'website', title: ' ', comment: '' }) as const

test('notes of a tune keep the order they were made in', () => {
  const { space, tuneId } = scene()
  const first = addNote(space, tuneId, 'me')
  const second = addNote(space, tuneId, 'me')
  expect(space.get(note, first)?.displayOrder).toBe(0)
  expect(space.get(note, second)?.displayOrder).toBe(1)
})

test('an address without a scheme becomes https, an empty title none', () => {
  const { space, tuneId } = scene()
  const row = space.get(reference, addReference(space, tuneId, 'me', link('example.org/kesh')))
  expect(row).toMatchObject({ url: 'https://example.org/kesh', title: null, comment: null })
})

test.each(['', 'not an address', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'kesh'])(
  'the address %j is refused, and nothing is written',
  (url) => {
    const { space, tuneId } = scene()
    expect(() => addReference(space, tuneId, 'me', link(url))).toThrow(InvalidRowError)
    expect(allRows(space, reference)).toEqual([])
  },
)

test('only http and https addresses can be followed', () => {
  expect(safeLink('https://example.org/a')).toBe('https://example.org/a')
  expect(safeLink('JavaScript:alert(1)')).toBeUndefined()
  expect(safeLink(' javascript:alert(1)')).toBeUndefined()
  expect(safeLink('kesh')).toBeUndefined()
})

test('the same word in other letters is one tag', () => {
  const { space, tuneId } = scene()
  expect(addTag(space, tuneId, 'me', 'Session  Set')).toBe(true)
  expect(addTag(space, tuneId, 'me', ' session set ')).toBe(false)
  expect(addTag(space, tuneId, 'me', '   ')).toBe(false)
  expect(allRows(space, tag).map(({ tagText }) => tagText)).toEqual(['session set'])
})

test('a tag that was taken off can be put on again', () => {
  const { space, tuneId } = scene()
  addTag(space, tuneId, 'me', 'gig')
  space.remove(tag, `me:${tuneId}:gig`)
  expect(addTag(space, tuneId, 'me', 'gig')).toBe(true)
})
