import type { Space } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  closeStores,
  databaseName,
  fillDisk,
  onDatabase,
  openStore,
  type StoreSetting,
  storedIn,
} from '../helpers/device.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import { VirtualClock } from '../helpers/virtual-clock.ts'

let name = ''
let clock = new VirtualClock(1)
beforeEach(() => {
  name = databaseName()
  clock = new VirtualClock(1)
})
afterEach(closeStores)

const COMPACT_AFTER = 20

const open = (space: Space, setting: StoreSetting = {}) =>
  openStore(name, space, { clock, compactAfter: COMPACT_AFTER, ...setting })

/** As many edits as make a document worth compacting. */
function edit(space: Space): void {
  for (let n = 0; n < COMPACT_AFTER; n++) space.insert(thing, { name: String(n) })
}

/** Large enough for some parts. */
function fill(space: Space): void {
  space.transact(() => {
    for (let n = 0; n < 3_000; n++) space.insert(thing, { name: `number ${n}` })
  })
}

const seconds = (count: number) => clock.advance(count * 1_000)

async function storedKeys(): Promise<number[]> {
  const keys: number[] = []
  await onDatabase(name, (updates) => {
    const all = updates.getAllKeys()
    all.onsuccess = () => keys.push(...all.result.map(Number))
  })
  return keys
}

const parts = async () => (await storedKeys()).filter((key) => !Number.isInteger(key))

/** Whether everything can be read again, none of it waiting for what is stored after it. */
async function expectStored(space: Space): Promise<void> {
  const again = openSpace({ id: space.id })
  for (const update of (await storedIn(name)).updates) {
    if (!(update instanceof Uint8Array)) throw new Error('An update is bytes.')
    Y.applyUpdate(again.doc, update)
    expect(again.doc.store.pendingStructs).toBeNull()
  }
  expect(Y.equalSnapshots(Y.snapshot(again.doc), Y.snapshot(space.doc))).toBe(true)
  expect(projectedRows(again)).toEqual(projectedRows(space))
}

test('a document with many updates is stored anew, in parts that are read within a moment each', async () => {
  const space = openSpace()
  const { store, failures } = await open(space)
  fill(space)
  edit(space)
  await store.isStored()
  await expect.poll(() => seconds(6).then(parts)).not.toEqual([])
  const { updates } = await storedIn(name)
  expect(updates.length).toBe((await parts()).length)
  expect(updates.length).toBeGreaterThan(4)
  for (const update of updates) expect((update as Uint8Array).byteLength).toBeLessThan(70_000)
  await expectStored(space)
  expect(failures).toEqual([])
})

/** Does something in each pause between two parts. */
const duringPauses = (work: (pause: number) => void): Clock => {
  let pauses = 0
  return {
    now: () => clock.now(),
    random: () => clock.random(),
    after: (ms, run) =>
      clock.after(ms, () => {
        if (ms === 0) work(++pauses)
        run()
      }),
  }
}

test('what is edited while it is stored anew comes after the parts, and is not lost', async () => {
  const space = openSpace()
  fill(space)
  const [row = ''] = space.rowIds(space.schema.shape(thing))
  let edits = 0
  const busy = duringPauses((pause) => {
    if (pause > 5) return
    edits += 2
    space.update(thing, row, { name: `changed ${pause}` })
    space.remove(thing, space.insert(thing, { name: 'meanwhile' }))
  })
  const { store } = await open(space, { clock: busy })
  fill(space)
  edit(space)
  await store.isStored()
  await expect.poll(() => seconds(6).then(parts)).not.toEqual([])
  await store.isStored()
  const keys = await storedKeys()
  expect(edits).toBe(10)
  expect(keys.map(Number.isInteger)).toEqual(keys.map((_, index) => index >= keys.length - 15))
  await expectStored(space)
})

test('what another tab has stored and nobody has told of is in the parts', async () => {
  const space = openSpace()
  const { store } = await open(space)
  const other = openSpace({ id: space.id })
  const tab = await open(other, { deaf: true })
  other.insert(thing, { name: 'unheard' })
  await tab.store.isStored()
  edit(space)
  await store.isStored()
  await expect.poll(() => seconds(6).then(storedKeys)).toHaveLength(1)
  expect(projectedRows(space)).toHaveLength(COMPACT_AFTER + 1)
  await expectStored(space)
})

test('a tab that takes over takes in what is new to it, also when the document has been stored anew', async () => {
  const space = openSpace()
  const { store } = await open(space)
  const other = openSpace({ id: space.id })
  const tab = await open(other, { deaf: true })
  fill(space)
  edit(space)
  await store.isStored()
  await expect.poll(() => seconds(6).then(parts)).not.toEqual([])
  let isRefreshed = false
  void tab.store.refresh().then(() => {
    isRefreshed = true
  })
  await expect.poll(() => seconds(1).then(() => isRefreshed)).toBe(true)
  expect(projectedRows(other)).toEqual(projectedRows(space))
  const updates = updatesOf(other)
  space.insert(thing, { name: 'one more' })
  await store.isStored()
  await tab.store.refresh()
  expect(projectedRows(other)).toEqual(projectedRows(space))
  expect(updates).toHaveLength(1)
})

test('of two tabs that do it at the same time, one does', async () => {
  const space = openSpace()
  const { store } = await open(space)
  const other = openSpace({ id: space.id })
  const tab = await open(other)
  edit(space)
  await store.isStored()
  await expect.poll(() => projectedRows(other)).toEqual(projectedRows(space))
  edit(other)
  await tab.store.isStored()
  await expect.poll(() => projectedRows(space)).toEqual(projectedRows(other))
  await expect.poll(() => seconds(6).then(storedKeys)).toHaveLength(1)
  await expectStored(space)
})

test('a device that is full keeps what it has, and is tidied up once there is room', async () => {
  const space = openSpace()
  const { store, failures } = await open(space)
  edit(space)
  await store.isStored()
  const freeDisk = fillDisk()
  await expect.poll(() => seconds(6).then(() => failures.length)).toBeGreaterThan(0)
  freeDisk()
  expect(await parts()).toEqual([])
  await expectStored(space)
  await expect.poll(() => seconds(6).then(parts)).toHaveLength(1)
  await expectStored(space)
})

test('an edit whose outbox entry could not be stored is not in the parts before that is', async () => {
  const space = openSpace()
  const { store } = await open(space)
  edit(space)
  await store.isStored()
  const freeDisk = fillDisk('custom')
  space.insert(thing, { name: 'refused' })
  for (let turn = 0; turn < 20; turn++) await seconds(1)
  expect(await store.isStored()).toBe(false)
  freeDisk()
  expect(await parts()).toEqual([])
  await expect.poll(() => seconds(6).then(parts)).toHaveLength(1)
  expect((await storedIn(name)).custom.size).toBe(COMPACT_AFTER + 1)
  await expectStored(space)
})

test('a document of many parts is left alone until there are as many updates', async () => {
  const space = openSpace()
  const { store } = await open(space, { compactAfter: 3 })
  fill(space)
  fill(space)
  space.insert(thing, { name: 'the third' })
  await store.isStored()
  await expect.poll(() => seconds(6).then(parts)).not.toEqual([])
  const first = await parts()
  expect(first.length).toBeGreaterThan(6)
  for (let n = 1; n < first.length; n++) space.insert(thing, { name: String(n) })
  await store.isStored()
  for (let turn = 0; turn < 20; turn++) await seconds(6)
  expect(await parts()).toEqual(first)
  space.insert(thing, { name: 'one more' })
  await store.isStored()
  await expect.poll(() => seconds(6).then(parts)).not.toEqual(first)
  await expectStored(space)
})
