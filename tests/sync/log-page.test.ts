import fc from 'fast-check'
import { toBase64 } from 'lib0/buffer'
import { describe, expect, it } from 'vitest'
import { UnexpectedAnswerError } from '../../supabase/client/errors.ts'
import { unpackPage } from '../../supabase/client/log-page.ts'

const page = {
  head: 9,
  epoch: 1,
  role: 'editor',
  first: 4,
  clients: ['one', 'other'],
  runs: [0, 7, 2, 1, 1, 1],
  lengths: [1, 2, 1],
  updates: toBase64(Uint8Array.of(1, 2, 3, 4)),
}

describe('a packed page of the log', () => {
  it('holds entries with their places, names and bytes', () => {
    expect(unpackPage(page, 3)).toEqual({
      head: 9,
      epoch: 1,
      role: 'editor',
      entries: [
        { seq: 4, client: 'one', n: 7, update: Uint8Array.of(1) },
        { seq: 5, client: 'one', n: 8, update: Uint8Array.of(2, 3) },
        { seq: 6, client: 'other', n: 1, update: Uint8Array.of(4) },
      ],
    })
  })

  it('may be empty', () => {
    expect(unpackPage({ head: 9, epoch: 1, role: 'viewer' }, 9).entries).toEqual([])
  })

  it('is refused when its parts contradict each other or lead nowhere', () => {
    for (const wrong of [
      { first: 3 },
      { first: Number.MAX_SAFE_INTEGER },
      { clients: ['one'] },
      { clients: ['one', 2] },
      { runs: [0, 7, 2] },
      { runs: [0, 7, 2, 1, 1] },
      { runs: [0, 7, 2, 1, 1, 2] },
      { runs: [0, 7, 2, 1, 1, Number.MAX_SAFE_INTEGER] },
      { runs: [0, 7, 2, 1, 0, 1] },
      { runs: [0, Number.MAX_SAFE_INTEGER, 2, 1, 1, 1] },
      { runs: [...page.runs, 0, 9, 0] },
      { runs: [0, 7, 2, -1, 1, 1] },
      { runs: [0, 7, 2, '__proto__', 1, 1] },
      { lengths: [], runs: [], updates: '' },
      { lengths: [1, 2, 2] },
      { lengths: [1, 2] },
      { lengths: [2, 2, 0] },
      { lengths: [1, 2, 1.5] },
      { updates: toBase64(Uint8Array.of(1, 2, 3, 4, 5)) },
      { updates: 7 },
      { role: 'ghost' },
      { head: -1 },
    ]) {
      expect(() => unpackPage({ ...page, ...wrong }, 3), JSON.stringify(wrong)).toThrow(UnexpectedAnswerError)
    }
  })

  it('whatever the answer is, is read or refused as one that is not understood', () => {
    const parts = Object.fromEntries(Object.keys(page).map((key) => [key, fc.jsonValue()]))
    const answer = fc.oneof(
      fc.jsonValue(),
      fc.record(parts, { requiredKeys: [] }).map((wrong) => ({ ...page, ...wrong })),
      fc.array(fc.nat(4)).map((runs) => ({ ...page, runs })),
      fc.array(fc.nat(4)).map((lengths) => ({ ...page, lengths })),
    )
    fc.assert(
      fc.property(answer, (any) => {
        try {
          expect(unpackPage(any, 3).entries.length).toBeLessThanOrEqual(3)
        } catch (error) {
          if (!(error instanceof UnexpectedAnswerError)) throw error
        }
      }),
    )
  })
})
