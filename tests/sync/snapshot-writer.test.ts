import { type Log, systemClock, TransportError } from 'segue/supabase'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { MemorySpaceStore } from '../../src/sync/device/memory-store.ts'
import { SnapshotWriter } from '../../supabase/client/snapshot-writer.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows } from '../helpers/spaces.ts'

function scene() {
  const space = openSpace()
  const store = new MemorySpaceStore({ space, epoch: 0, clock: systemClock })
  const written: { seq: number; state: Uint8Array }[] = []
  const network = { isThere: true }
  const log: Pick<Log, 'writeSnapshot'> = {
    async writeSnapshot(_, snapshot) {
      if (!network.isThere) throw new TransportError(new TypeError('Failed to fetch'))
      written.push(snapshot)
    },
  }
  const writer = new SnapshotWriter({ space, store, clock: systemClock, log: log as Log })
  const moveTo = async (seq: number) => {
    const before = store.cursor
    await store.setCursor(seq)
    await writer.moved(before)
  }
  return { space, store, written, network, moveTo }
}

test('every 200 entries there is one, but not while more waits to be sent', async () => {
  const { space, store, written, moveTo } = scene()
  await moveTo(199)
  expect(written).toEqual([])
  space.insert(thing, { name: 'a' })
  await moveTo(210)
  await moveTo(420)
  expect(written).toEqual([])
  await store.acknowledge(store.pending)
  await moveTo(421)
  await moveTo(422)
  expect(written).toMatchObject([{ seq: 421 }])
  const other = openSpace({ id: space.id })
  Y.applyUpdateV2(other.doc, written[0]?.state ?? new Uint8Array())
  expect(projectedRows(other)).toEqual(projectedRows(space))
})

test('a document that changes while it is written is written the next time', async () => {
  const { space, store, written, moveTo } = scene()
  space.transact(() => {
    for (let n = 0; n < 30_000; n++) space.insert(thing, { name: `row ${n}` })
  })
  await store.acknowledge(store.pending)
  const writing = moveTo(200)
  await new Promise((resolve) => setTimeout(resolve, 0))
  space.insert(thing, { name: 'meanwhile' })
  await writing
  expect(written).toEqual([])
  await store.acknowledge(store.pending)
  await moveTo(201)
  expect(written).toMatchObject([{ seq: 201 }])
})

test('one that the network did not take is written the next time', async () => {
  const { written, network, moveTo } = scene()
  network.isThere = false
  await expect(moveTo(200)).rejects.toThrow(TransportError)
  network.isThere = true
  await moveTo(201)
  await moveTo(202)
  expect(written).toMatchObject([{ seq: 201 }])
})
