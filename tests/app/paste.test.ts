import { newSpaceId, Space } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import { expect, test } from 'vitest'
import { allRows, createTunesByTitle, pastedTitles } from '../../src/actions/index.ts'

test('a pasted list gives one title a line, without numbers, bullets and repetitions', () => {
  const pasted = '1. The Kesh\r\n2) Cooley’s\n\n - Banish Misfortune\n• the kesh\n   \n3 Little Drummers'
  expect(pastedTitles(pasted)).toEqual(['The Kesh', 'Cooley’s', 'Banish Misfortune', '3 Little Drummers'])
})

test('pasting the same list again adds nothing', () => {
  const library = new Space({ id: newSpaceId(), schema: tuneSchema })
  const titles = ['The Kesh', 'Cooley’s']
  expect(createTunesByTitle(library, titles)).toHaveLength(2)
  expect(createTunesByTitle(library, ['THE KESH', 'Out on the Ocean'])).toHaveLength(1)
  expect(allRows(library, tune)).toHaveLength(3)
})
