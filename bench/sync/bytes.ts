import { setTimeout as pause } from 'node:timers/promises'
import { note, tune } from 'segue/tables'
import { rounded } from './numbers.ts'
import type { Pair } from './pair.ts'
import { opened, settled } from './people.ts'

/** Longer than edits are gathered, so that each travels alone. */
const APART_MS = 90

/** Bytes that edits of a few kinds take, against the bytes of their Yjs updates. */
export async function bytesOnTheWire(pair: Pair) {
  const space = opened(pair.first.segue, pair.id)
  let text = ''
  const typed = (size: number) => (n: number) => {
    text += 'abcdefghij'.repeat(Math.ceil(size / 10)).slice(0, size - 1) + (n % 10)
    space.update(note, 'N', { noteText: text })
  }
  const large = 'A long account of where a tune came from. '
  return {
    cells: await measured(pair, 60, APART_MS, (n) => space.update(tune, 'A', { title: `The ${n}th name` })),
    typing: await measured(pair, 120, APART_MS, typed(1)),
    fastTyping: await measured(pair, 240, 15, typed(1)),
    largeRows: await measured(pair, 10, APART_MS, (n) =>
      space.insert(tune, { title: `Large ${n}`, incipit: large.repeat(450) }),
    ),
  }
}

async function measured(pair: Pair, edits: number, apartMs: number, edit: (n: number) => void) {
  const { first, second, id } = pair
  const space = opened(first.segue, id)
  await pause(300)
  await Promise.all([settled(first.segue, id), settled(second.segue, id)])
  const { wire } = first.person
  wire.reset()
  second.person.wire.reset()
  let updateBytes = 0
  const count = (update: Uint8Array, _origin: unknown, _doc: unknown, transaction: { local: boolean }) => {
    if (transaction.local) updateBytes += update.byteLength
  }
  space.doc.on('update', count)
  for (let n = 0; n < edits; n++) {
    edit(n)
    await pause(apartMs)
  }
  space.doc.off('update', count)
  await pause(300)
  await settled(first.segue, id)
  const { sent } = wire
  const { received } = second.person.wire
  return {
    edits,
    messages: sent.broadcasts,
    ...rounded({
      updateBytes: updateBytes / edits,
      payloadBytes: sent.payloadBytes / edits,
      frameBytesUp: sent.frameBytes / edits,
      frameBytesDown: received.frameBytes / edits,
      /** The log's share: bodies of pushes, and of what is read now and then. */
      httpBytesUp: sent.bodyBytes / edits,
      wireRatio: sent.payloadBytes / updateBytes,
      frameRatio: (sent.frameBytes + received.frameBytes) / (2 * updateBytes),
    }),
  }
}
