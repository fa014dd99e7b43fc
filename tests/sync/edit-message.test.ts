import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { broadcastName, decodeMessage, encodeMessage, senderOf } from '../../supabase/client/edit-message.ts'

const bytes = fc.uint8Array({ maxLength: 200 })
const epoch = fc.nat()

describe('a message on the channel', () => {
  it('says the same after it has travelled', () => {
    const edit = fc.record({
      kind: fc.constant('edit' as const),
      epoch,
      sender: fc.uuid().map(senderOf),
      update: bytes,
    })
    const moved = fc.record({ kind: fc.constant('log-moved' as const), seq: fc.maxSafeNat() })
    fc.assert(
      fc.property(fc.oneof(edit, moved), (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message)
      }),
    )
  })

  it('adds two bytes to an update in the first thirty epochs', () => {
    for (const number of [0, 30]) {
      const message = encodeMessage({
        kind: 'edit',
        epoch: number,
        sender: 'ff',
        update: new Uint8Array(25),
      })
      expect(message).toHaveLength(27)
    }
  })

  it('is none when it is cut short, or of another kind', () => {
    for (const none of [[], [3], [2], [1, 0, 7, 7, 7], [255, 255]]) {
      expect(decodeMessage(Uint8Array.from(none))).toBeUndefined()
    }
  })

  it('whatever its bytes are, is read or refused without an error', () => {
    fc.assert(fc.property(bytes, (any) => void decodeMessage(any)))
  })
})

describe('the name of an edit that is not in the log yet', () => {
  it('follows from its bytes alone', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(broadcastName(one)).toEqual(broadcastName(one.slice()))
        const same = Buffer.compare(one, other) === 0
        expect(broadcastName(one).client === broadcastName(other).client).toBe(same)
      }),
    )
  })
})
