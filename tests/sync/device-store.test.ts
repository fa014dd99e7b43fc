import { type Space, waitingUpdate } from 'segue/crdt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { browserTabChannel } from '../../src/sync/device/tab-channel.ts'
import {
  closeStores,
  databaseName,
  fillDisk,
  newBrowser,
  onDatabase,
  openStore,
  storedIn,
} from '../helpers/device.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import { VirtualClock } from '../helpers/virtual-clock.ts'

let name = ''
beforeEach(() => {
  name = databaseName()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await closeStores()
})

const names = (space: Space) =>
  projectedRows(space)
    .map(([, row]) => (row.state === 'live' ? row.cells[0] : row.state))
    .sort()

/** What a later run of the app finds: another document over the same database. Nothing was closed before. */
async function afterCrash(space: Space) {
  const again = openSpace({ id: space.id })
  return { space: again, ...(await openStore(name, again)) }
}

/** The rows that the log would have from some outbox entries. */
function logged(entries: readonly { update: Uint8Array }[]) {
  const log = openSpace()
  for (const { update } of entries) Y.applyUpdate(log.doc, update)
  return names(log)
}

test('very many updates are read a few at a time, all of one moment', async () => {
  const space = openSpace()
  const { store } = await openStore(name, space)
  for (let index = 0; index < 200; index++) space.insert(thing, { name: `n${index}` })
  await store.isStored()
  const { getAll } = IDBObjectStore.prototype
  const counts: number[] = []
  const transactions = new Set<IDBTransaction>()
  vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(function (this: IDBObjectStore, ...asked) {
    const request = getAll.apply(this, asked)
    request.addEventListener('success', () => {
      if (request.result.length === 0) return
      counts.push(request.result.length)
      transactions.add(this.transaction)
    })
    return request
  })
  const after = await afterCrash(space)
  expect(names(after.space)).toEqual(names(space))
  expect(logged(after.store.pending)).toEqual(names(space))
  expect(Math.max(...counts)).toBeLessThanOrEqual(32)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(32)
  expect(transactions.size).toBe(1)
})

describe('an edit', () => {
  test('and its outbox entry are both there after a crash', async () => {
    const space = openSpace()
    await openStore(name, space)
    space.insert(thing, { name: 'a' })
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['a'])
    expect(logged(after.store.pending)).toEqual(['a'])
  })

  test('made before the database is open is kept as well', async () => {
    const space = openSpace()
    const opening = openStore(name, space)
    space.insert(thing, { name: 'early' })
    await opening
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['early'])
    expect(logged(after.store.pending)).toEqual(['early'])
  })

  test('tells who waits for edits; an update from elsewhere does not, and is stored without an entry', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    let edits = 0
    const stop = store.onEdit(() => edits++)
    space.insert(thing, { name: 'mine' })
    const peer = openSpace()
    peer.insert(thing, { name: 'theirs' })
    Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(peer.doc), 'network')
    stop()
    space.insert(thing, { name: 'unheard' })
    expect(edits).toBe(1)
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['mine', 'theirs', 'unheard'])
    expect(logged(after.store.pending)).toEqual(['mine', 'unheard'])
  })
})

describe('sealing', () => {
  test('merges loose edits into one entry, which never changes again', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    for (const each of ['a', 'b', 'c']) space.insert(thing, { name: each })
    const [first, ...more] = await store.seal()
    expect(more).toEqual([])
    expect(first?.n).toBe(4)
    const bytes = Uint8Array.from(first?.update ?? [])
    space.insert(thing, { name: 'd' })
    const second = await store.seal()
    expect(second.map(({ n }) => n)).toEqual([4, 6])
    expect(second[0]?.update).toEqual(bytes)
    expect(await store.seal()).toEqual(second)
    expect(logged(second)).toEqual(['a', 'b', 'c', 'd'])
    const after = await afterCrash(space)
    expect(after.store.pending.map(({ n, update }) => [n, update])).toEqual(
      second.map(({ n, update }) => [n, update]),
    )
  })

  test('keeps entries below the size of a push', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    for (let index = 0; index < 5; index++)
      space.insert(thing, { name: `n${index}`, notes: 'x'.repeat(60_000) })
    const entries = await store.seal()
    expect(entries.length).toBeGreaterThan(1)
    expect(entries.map(({ n }) => n)).toEqual(entries.map(({ n }) => n).toSorted((a, b) => a - b))
    expect(Math.max(...entries.map(({ update }) => update.byteLength))).toBeLessThan(200_000)
    expect(logged(entries)).toHaveLength(5)
  })

  test('before the database is open waits for it', async () => {
    const space = openSpace()
    const opening = openStore(name, space)
    space.insert(thing, { name: 'early' })
    const { store } = await opening
    expect(logged(await store.seal())).toEqual(['early'])
  })
})

test('acknowledged entries are gone for good, others stay', async () => {
  const space = openSpace()
  const { store } = await openStore(name, space)
  space.insert(thing, { name: 'a' })
  const sealed = await store.seal()
  space.insert(thing, { name: 'b' })
  await store.acknowledge(sealed)
  expect(store.pending).toHaveLength(1)
  const after = await afterCrash(space)
  expect(after.store.pending.map(({ n }) => n)).toEqual(store.pending.map(({ n }) => n))
  expect(logged([...sealed, ...after.store.pending])).toEqual(['a', 'b'])
  expect(names(after.space)).toEqual(['a', 'b'])
})

test('the cursor is remembered, with the updates it stands for', async () => {
  const space = openSpace()
  const { store } = await openStore(name, space)
  const peer = openSpace()
  peer.insert(thing, { name: 'theirs' })
  Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(peer.doc), 'network')
  await store.setCursor(17)
  const after = await afterCrash(space)
  expect([after.store.cursor, names(after.space)]).toEqual([17, ['theirs']])
})

describe('what peers sent and the log may lack', () => {
  const entry = { client: 'c1', n: 4, update: new Uint8Array([0, 0]) }

  test('is kept with the time it came, over a restart', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    store.keepUnlogged(entry)
    const [kept] = store.unlogged
    await store.isStored()
    const after = await afterCrash(space)
    expect(after.store.unlogged).toEqual([kept])
  })

  test('is forgotten once the log has it', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    store.keepUnlogged(entry)
    await store.forgetUnlogged([entry, { client: 'unknown', n: 1 }])
    expect(store.unlogged).toEqual([])
    expect((await afterCrash(space)).store.unlogged).toEqual([])
  })

  test('is pushed by whoever adopts it', async () => {
    const peer = openSpace()
    peer.insert(thing, { name: 'theirs' })
    const space = openSpace()
    const { store } = await openStore(name, space)
    const theirs = { ...entry, update: Y.encodeStateAsUpdate(peer.doc) }
    store.keepUnlogged(theirs)
    await store.adopt([theirs])
    expect(logged(store.pending)).toEqual(['theirs'])
    const after = await afterCrash(space)
    expect([logged(after.store.pending), after.store.unlogged]).toEqual([['theirs'], []])
  })
})

test('entries left by a dead tab are offered again, ahead of new ones and under their own name', async () => {
  const space = openSpace()
  const { store } = await openStore(name, space)
  space.insert(thing, { name: 'old' })
  const [left] = await store.seal()
  const after = await afterCrash(space)
  after.space.insert(thing, { name: 'new' })
  const pending = await after.store.seal()
  expect(pending.map(({ client }) => client === left?.client)).toEqual([true, false])
  expect(pending[0]?.update).toEqual(left?.update)
})

test('two tabs see each other’s edits, each is written once, and either may send them', async () => {
  const one = openSpace()
  const other = openSpace({ id: one.id })
  const { store } = await openStore(name, one)
  const tab = await openStore(name, other)
  const both = (...expected: string[]) =>
    expect
      .poll(() => [names(one), names(other), logged(store.pending), logged(tab.store.pending)])
      .toEqual(Array(4).fill(expected))
  one.insert(thing, { name: 'a' })
  await both('a')
  other.insert(thing, { name: 'b' })
  await both('a', 'b')
  const { updates } = await storedIn(name)
  expect(updates.filter((update) => update instanceof Uint8Array && update.byteLength > 2)).toHaveLength(2)
})

test('what one tab has sent and got acknowledged waits in no other', async () => {
  const one = openSpace()
  const { store } = await openStore(name, one)
  const tab = await openStore(name, openSpace({ id: one.id }))
  one.insert(thing, { name: 'a' })
  await expect.poll(() => tab.store.pending).toHaveLength(1)
  const sealed = await tab.store.seal()
  await expect.poll(() => store.pending).toEqual(sealed)
  await tab.store.acknowledge(sealed)
  await expect.poll(() => store.pending).toEqual([])
  expect((await afterCrash(one)).store.pending).toEqual([])
})

test('a tab that takes over finds what the dead one stored and never told', async () => {
  const one = openSpace()
  const { store } = await openStore(name, one)
  const deaf = openSpace({ id: one.id })
  const tab = await openStore(name, deaf, { deaf: true })
  one.insert(thing, { name: 'a' })
  await store.setCursor(7)
  await store.seal()
  expect(names(deaf)).toEqual([])
  await tab.store.refresh()
  expect(names(deaf)).toEqual(['a'])
  expect(tab.store.pending).toEqual(store.pending)
  expect(tab.store.cursor).toBe(7)
})

test('a tab that takes over knows the edits of peers that wait for others, and deletes what they delete', async () => {
  const peer = openSpace()
  const id = peer.insert(thing, { name: 'a', notes: 'x' })
  const before = Y.encodeStateAsUpdate(peer.doc)
  const sent = updatesOf(peer)
  peer.text(thing, id, 'notes').delete(0, 1)
  const [deletion] = sent
  if (!deletion) throw new Error('A deletion is an update.')

  const leader = await openStore(name, openSpace({ id: peer.id }))
  const space = openSpace({ id: peer.id })
  const next = await openStore(name, space)
  leader.store.keepUnlogged({ client: 'peer', n: 1, update: deletion })
  await leader.store.isStored()
  await next.store.refresh()
  Y.applyUpdate(space.doc, before, 'network')
  expect(space.get(thing, id)?.notes).toBe('')
})

test('after a long time offline, what is kept and waits for others is in the document soon', async () => {
  const peer = openSpace()
  const id = peer.insert(thing, { name: 'a', notes: 'x' })
  const before = Y.encodeStateAsUpdate(peer.doc)
  const sent = updatesOf(peer)
  peer.text(thing, id, 'notes').delete(0, 1)
  const [deletion] = sent
  if (!deletion) throw new Error('A deletion is an update.')

  const space = openSpace({ id: peer.id })
  const { store } = await openStore(name, space)
  for (let n = 0; n < 4; n++) space.insert(thing, { name: `n${n}`, notes: 'x'.repeat(60_000) })
  await store.adopt([{ client: 'peer', n: 9, update: deletion }])
  const clock = new VirtualClock(1)
  const again = openSpace({ id: peer.id })
  await openStore(name, again, { clock })
  expect(waitingUpdate(again.doc)).toBeUndefined()
  await clock.advance(0)
  expect(waitingUpdate(again.doc)).toBeDefined()
  Y.applyUpdate(again.doc, before, 'network')
  expect(again.get(thing, id)?.notes).toBe('')
})

test('a tab that takes over tells the others what the dead one had acknowledged and never told', async () => {
  const one = openSpace()
  const { store } = await openStore(name, one)
  const next = await openStore(name, openSpace({ id: one.id }))
  const third = await openStore(name, openSpace({ id: one.id }))
  one.insert(thing, { name: 'a' })
  const [entry] = await store.seal()
  for (const tab of [next, third]) await expect.poll(() => tab.store.pending).toEqual([entry])
  await onDatabase(name, (_, custom) => custom.delete(`outbox/${entry?.client}/${entry?.n}`))
  await next.store.refresh()
  for (const tab of [next, third]) await expect.poll(() => tab.store.pending).toEqual([])
})

test('a tab that tells late of an edit that is acknowledged is answered, for those who did not know', async () => {
  const one = openSpace()
  const { store } = await openStore(name, one)
  one.insert(thing, { name: 'a' })
  const entries = await store.seal()
  await store.acknowledge(entries)
  const newcomer = await openStore(name, openSpace({ id: one.id }))
  let isHeard = false
  const late = browserTabChannel(name)
  late.onMessage(() => {
    isHeard = true
  })
  late.post({ type: 'edit', entries })
  await expect.poll(() => isHeard).toBe(true)
  await expect.poll(() => newcomer.store.pending).toEqual([])
  late.close()
})

test('reading again what is stored leaves what is only on its way there', async () => {
  const space = openSpace()
  const { store } = await openStore(name, space)
  const made: string[] = []
  for (let ticks = 0; ticks < 24; ticks++) {
    const reading = store.refresh()
    for (const each of ['first', 'second']) {
      made.push(`${each} after ${ticks}`)
      space.insert(thing, { name: made.at(-1) ?? '' })
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
    }
    await reading
  }
  expect(logged(store.pending)).toEqual(made.toSorted())
})

describe('a full device', () => {
  test('says so, keeps edits in memory, and stores them with the next write that succeeds', async () => {
    const space = openSpace()
    const { store, failures } = await openStore(name, space)
    const freeDisk = fillDisk()
    space.insert(thing, { name: 'a' })
    space.insert(thing, { name: 'b' })
    expect(logged(await store.seal())).toEqual(['a', 'b'])
    freeDisk()
    expect(failures.map(({ code }) => code)).toContain('storage_full')
    expect(names(space)).toEqual(['a', 'b'])
    space.insert(thing, { name: 'c' })
    await store.seal()
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['a', 'b', 'c'])
    expect(logged(after.store.pending)).toEqual(['a', 'b', 'c'])
  })

  test('leaves nothing waiting in a tab that opened meanwhile and found what was acknowledged', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    space.insert(thing, { name: 'a' })
    const sealed = await store.seal()
    const freeDisk = fillDisk()
    await store.acknowledge(sealed)
    freeDisk()
    const later = await openStore(name, openSpace({ id: space.id }))
    expect(logged(later.store.pending)).toEqual(['a'])
    await store.setCursor(1)
    await expect.poll(() => later.store.pending).toEqual([])
    expect((await afterCrash(space)).store.pending).toEqual([])
  })

  test('never stores a cursor ahead of the updates it stands for', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    const peer = openSpace()
    peer.insert(thing, { name: 'theirs' })
    const freeDisk = fillDisk()
    Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(peer.doc), 'network')
    freeDisk()
    await store.setCursor(9)
    const after = await afterCrash(space)
    expect([after.store.cursor, names(after.space)]).toEqual([9, ['theirs']])
  })

  test('that stays full keeps the old cursor', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    await store.setCursor(5)
    const freeDisk = fillDisk()
    await store.setCursor(9)
    freeDisk()
    expect((await afterCrash(space)).store.cursor).toBe(5)
  })
})

describe('a stored update that cannot be read', () => {
  const noise = Uint8Array.from({ length: 200 }, (_, index) => (index * 37 + 11) % 256)

  test.each<[string, unknown]>([
    ['noise', noise],
    ['nothing', new Uint8Array()],
    ['text', 'not bytes'],
  ])('(%s) is set aside and reported; the rest is there, and the log is read again', async (_what, bad) => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    space.insert(thing, { name: 'a' })
    await store.setCursor(8)
    await onDatabase(name, (updates) => updates.add(bad))
    space.insert(thing, { name: 'b' })
    await store.seal()
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['a', 'b'])
    expect(after.failures.map(({ code }) => code)).toEqual(['storage_damaged'])
    expect(after.store.cursor).toBe(0)
    const { custom } = await storedIn(name)
    expect([...custom].filter(([key]) => key.startsWith('unreadable/')).map(([, value]) => value)).toEqual([
      bad,
    ])
    expect((await afterCrash(space)).failures).toEqual([])
  })

  test('is replaced by its outbox entry when that is sound', async () => {
    const space = openSpace()
    const { store } = await openStore(name, space)
    space.insert(thing, { name: 'a' })
    await store.seal()
    await onDatabase(name, (updates) => {
      updates.clear()
      updates.add(noise)
    })
    const after = await afterCrash(space)
    expect(names(after.space)).toEqual(['a'])
    await after.store.seal()
    expect(names((await afterCrash(space)).space)).toEqual(['a'])
  })
})

describe('without IndexedDB', () => {
  const withoutIt = (value: unknown) =>
    Object.defineProperty(globalThis, 'indexedDB', { value, writable: true, configurable: true })
  afterEach(newBrowser)

  test.each<[string, unknown]>([
    ['absent', undefined],
    [
      'forbidden',
      {
        open: () => {
          throw new DOMException('Not allowed.', 'SecurityError')
        },
      },
    ],
  ])('(%s) a space works in memory, says so, and ends cleanly', async (_why, value) => {
    withoutIt(value)
    const space = openSpace()
    const { store, failures } = await openStore(name, space)
    expect(failures.map(({ code }) => code)).toEqual(['storage_unavailable'])
    space.insert(thing, { name: 'a' })
    expect(logged(await store.seal())).toEqual(['a'])
    await store.setCursor(3)
    await store.acknowledge(store.pending)
    expect([store.cursor, store.pending]).toEqual([3, []])
    await store.destroy()
    await store.destroy()
  })
})

test('a store that is destroyed while it opens ends cleanly', async () => {
  const opening = openStore(name, openSpace())
  await closeStores()
  await expect(opening).resolves.toMatchObject({ failures: [] })
})
