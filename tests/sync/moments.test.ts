import { describe, expect, test } from 'vitest'
import { momentsIn } from '../../supabase/client/history-api.ts'
import { readInParts } from '../../supabase/client/snapshot-parts.ts'

const moment = { epoch: 0, from: 4, seq: 9, author: 'a', since: 1, until: 2, edits: 5 }
const earlier = { ...moment, from: 0, seq: 4 }
const checkpoint = { ...moment, from: null, author: null, edits: 0 }

describe('moments from a server', () => {
  test('are read as they are', () => {
    expect(momentsIn([moment, earlier], undefined)).toEqual([moment, earlier])
    expect(momentsIn([checkpoint], 10)).toEqual([checkpoint])
    expect(momentsIn([], 1)).toEqual([])
  })

  test.each([
    ['nothing', null],
    ['no list', { 0: moment }],
    ['no moment', ['x']],
    ['a place that is no number', [{ ...moment, seq: '9' }]],
    ['a place beyond all numbers', [{ ...moment, seq: 2 ** 60 }]],
    ['an author that is no text', [{ ...moment, author: { toString: 1 } }]],
    ['a time that no clock shows', [{ ...moment, until: Number.MAX_SAFE_INTEGER }]],
    ['a moment that ends before it begins', [{ ...moment, from: 9 }]],
    ['moments that go forward', [earlier, moment]],
    ['the same moment twice', [moment, moment]],
    ['a moment that was not asked for', [{ ...moment, seq: 10 }]],
  ])('that are %s are refused', (_, answer) => {
    expect(() => momentsIn(answer, 10)).toThrow(expect.objectContaining({ code: 'unexpected_answer' }))
  })
})

describe('a snapshot in parts', () => {
  const part = (size: number, text: string, seq = 3) => ({ epoch: 0, seq, size, part: btoa(text) })
  const read = (...answers: unknown[]) => readInParts(async () => answers.shift())

  test('is put together again, from the start if another has taken its place', async () => {
    expect(await read(null)).toBeUndefined()
    const whole = await read(part(4, 'ab'), part(4, 'xy', 5), part(4, 'AB', 5), part(4, 'CD', 5))
    expect(whole).toEqual({ epoch: 0, seq: 5, state: new TextEncoder().encode('ABCD') })
  })

  test.each([
    ['is larger than any', part(2 ** 40, 'ab')],
    ['is empty', part(4, '')],
    ['is longer than it says', part(1, 'ab')],
    ['is no text', { ...part(4, 'ab'), part: 7 }],
    ['has no size', { ...part(4, 'ab'), size: -1 }],
  ])('that %s is refused', async (_, answer) => {
    await expect(read(answer)).rejects.toMatchObject({ code: 'unexpected_answer' })
  })
})
