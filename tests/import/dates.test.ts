import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateOrderOf, toImportedInstant } from '../../src/import/dates.ts'

const EVENING = '2024-10-03T18:30:00.000Z'

describe('moments in the forms of old programs', () => {
  it.each([
    ['2024-10-03T18:30:00Z'],
    ['2024-10-03T18:30:00.000Z'],
    ['2024-10-03 18:30:00'],
    ['2024-10-03 18:30:00.000000+00:00'],
    ['2024-10-03 18:30'],
    ['2024/10/03 18:30:00'],
    ['20241003T183000Z'],
    ['2024-10-03T20:30:00+02:00'],
    ['2024-10-03T20:30:00+0200'],
    ['2024-10-03 20:30:00 +02'],
    ['03/10/2024 18:30'],
    ['3.10.2024 18:30:00'],
    ['3 October 2024 18:30'],
    ['03-Oct-2024 18:30:00'],
    ['Thu, 03 Oct 2024 18:30:00 GMT'],
    ['Thu Oct 3 2024 6:30 PM'],
    ['October 3, 2024 6:30 p.m.'],
    [' 2024-10-03T18:30:00Z '],
    ['1727980200'],
    ['1727980200000'],
    [1727980200],
    [1727980200000],
    [1727980200000000],
    [2460587.270833333],
  ])('%s', (raw) => {
    expect(toImportedInstant(raw)).toBe(EVENING)
  })

  it.each([
    ['2024-10-03', '2024-10-03T00:00:00.000Z'],
    ['20241003', '2024-10-03T00:00:00.000Z'],
    [20241003, '2024-10-03T00:00:00.000Z'],
    ['12/31/2024 12:05 AM', undefined],
    ['2024-10-03 18:30:00.1239', '2024-10-03T18:30:00.123Z'],
  ])('%s is %s', (raw, meant) => {
    expect(toImportedInstant(raw)).toBe(meant)
  })

  it.each([
    ['30 February', '2024-02-30'],
    ['25 o’clock', '2024-02-03 25:00'],
    ['nothing', ''],
    ['the zero date of MySQL', '0000-00-00 00:00:00'],
    ['a word', 'yesterday'],
    ['a month nobody has', '3 Foober 2024'],
    ['a year alone', '2024'],
    ['a year alone, as a number', 2024],
    ['an id', 12345],
    ['not a number', Number.NaN],
    ['beyond all dates', 1e300],
    ['thirteen p.m.', '3 October 2024 13:30 PM'],
  ])('%s is no moment', (_what, raw) => {
    expect(toImportedInstant(raw)).toBeUndefined()
  })

  it('reads back whatever JavaScript writes of a moment', () => {
    const moments = fc.date({ min: new Date('1901-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(moments, (date) => {
        const iso = date.toISOString()
        expect(toImportedInstant(iso)).toBe(iso)
        expect(toImportedInstant(iso.replace('T', ' ').replace('Z', ''))).toBe(iso)
        expect(toImportedInstant(date.toUTCString())).toBe(`${iso.slice(0, 19)}.000Z`)
      }),
    )
  })

  it('never throws, and answers with a moment or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double()), (raw) => {
        const read = toImportedInstant(raw)
        if (read !== undefined) expect(new Date(read).toISOString()).toBe(read)
      }),
    )
  })
})

describe('03/10/2024', () => {
  it('is the third of October, unless the column cannot mean that', () => {
    expect(dateOrderOf(['03/10/2024', '04/10/2024'])).toBe('day first')
    expect(dateOrderOf(['03/10/2024', '10/25/2024'])).toBe('month first')
    expect(toImportedInstant('10/03/2024 6:30 PM', 'month first')).toBe(EVENING)
  })

  it('is the third of October in a column that holds both', () => {
    expect(dateOrderOf(['10/25/2024', '25/10/2024'])).toBe('day first')
  })
})
