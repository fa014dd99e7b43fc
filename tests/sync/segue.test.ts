import { eq } from 'drizzle-orm'
import { verify } from 'segue/bridge'
import { newSpaceId } from 'segue/crdt'
import { memoryDevice, Segue, SpaceNotOpenError } from 'segue/vue'
import { afterEach, describe, expect, test } from 'vitest'
import { browserDevice } from '../../src/sync/device/index.ts'
import { databaseName, newBrowser } from '../helpers/device.ts'
import { sql } from '../helpers/mirrors.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { foreignRow } from '../helpers/spaces.ts'

const opened: Segue[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((segue) => segue.destroy()))
})

async function open(device: Parameters<typeof Segue.open>[0]['device'] = memoryDevice) {
  const segue = await Segue.open({ schema: sampleSchema, profile: 'local', sql, device })
  opened.push(segue)
  return segue
}

const namesIn = (segue: Segue) => segue.db.select({ name: thing.name }).from(thing).orderBy(thing.name).all()

describe('without a server', () => {
  test('there is one library, however often it is asked for', async () => {
    const segue = await open()
    const [one, other] = await Promise.all([segue.openLibrary(), segue.openLibrary()])
    expect(other).toBe(one)
    expect(await segue.openLibrary()).toBe(one)
    expect(segue.spaces).toMatchObject([{ id: one.id, kind: 'library', role: 'owner', pending: 0 }])
  })

  test('the status says that everything is local, and nothing is shared', async () => {
    const segue = await open()
    expect(segue.status).toEqual({ state: 'local' })
    expect([segue.sync, segue.members, segue.remote]).toEqual([undefined, undefined, undefined])
    await expect(segue.refreshSpaces()).resolves.toBeUndefined()
  })

  test('a created space is listed, open and queried at once', async () => {
    const segue = await open()
    let changes = 0
    segue.observe(() => changes++)
    const id = newSpaceId()
    const space = await segue.createSpace({ id, kind: 'playlist', name: 'Session' })
    expect(space.id).toBe(id)
    expect(segue.space(id)).toBe(space)
    expect(await segue.createSpace({ id, kind: 'playlist', name: 'again' })).toBe(space)
    expect(segue.spaces.map(({ name }) => name)).toEqual(['Session'])
    expect(changes).toBeGreaterThan(0)
    space.insert(thing, { name: 'a' })
    expect(namesIn(segue)).toEqual([{ name: 'a' }])
  })

  test('a space says what it holds that this version does not know, as soon as it is there', async () => {
    const segue = await open()
    const space = await segue.createSpace({ kind: 'playlist', name: 'Session' })
    const unknown = () => segue.spaces.map((info) => info.unknown)
    const nothing = { tables: [], columns: [], values: [] }
    expect(unknown()).toEqual([nothing])
    const told: unknown[] = []
    segue.observe(() => told.push(...unknown()))
    foreignRow(space, 'invention', 'i', { spark: true })
    expect(told).toEqual([{ ...nothing, tables: [{ name: 'invention', rows: 1 }] }])
    expect(unknown()).toEqual(told)
  })

  test('queries go across spaces', async () => {
    const segue = await open()
    for (const name of ['b', 'a']) {
      const space = await segue.createSpace({ kind: 'playlist', name })
      space.insert(thing, { name })
    }
    expect(namesIn(segue)).toEqual([{ name: 'a' }, { name: 'b' }])
  })

  test('a forgotten space takes its rows along', async () => {
    const segue = await open()
    const space = await segue.createSpace({ kind: 'playlist', name: 'x' })
    space.insert(thing, { name: 'a' })
    await segue.forget(space.id)
    expect([segue.spaces, segue.space(space.id), namesIn(segue)]).toEqual([[], undefined, []])
    await expect(segue.forget(space.id)).rejects.toThrow(SpaceNotOpenError)
    await expect(segue.discardRefused(space.id)).rejects.toThrow(SpaceNotOpenError)
  })

  test('a space whose refused edits are discarded is open again, without them', async () => {
    const segue = await open()
    const space = await segue.createSpace({ kind: 'playlist', name: 'x' })
    space.insert(thing, { name: 'refused' })
    const fresh = await segue.discardRefused(space.id)
    expect(fresh).not.toBe(space)
    expect([fresh.id, segue.space(space.id), namesIn(segue)]).toEqual([space.id, fresh, []])
    fresh.insert(thing, { name: 'new' })
    expect(namesIn(segue)).toEqual([{ name: 'new' }])
  })

  test('it may be destroyed twice', async () => {
    const segue = await open()
    await segue.openLibrary()
    await segue.destroy()
    await segue.destroy()
    expect(segue.spaces).toEqual([])
  })
})

describe('on a device with IndexedDB', () => {
  const device =
    (name: string): Parameters<typeof Segue.open>[0]['device'] =>
    (onFailure) =>
      browserDevice(name, 'local', onFailure)

  test('everything is there again after a restart', async () => {
    const name = databaseName()
    const first = await open(device(name))
    const library = await first.openLibrary()
    const playlist = await first.createSpace({ kind: 'playlist', name: 'Session' })
    const id = library.insert(thing, { name: 'kept', notes: 'words' })
    playlist.insert(thing, { name: 'shared' })
    library.remove(thing, library.insert(thing, { name: 'gone' }))
    await first.destroy()
    const second = await open(device(name))
    expect((await second.openLibrary()).id).toBe(library.id)
    expect(second.spaces.map(({ kind }) => kind).sort()).toEqual(['library', 'playlist'])
    expect(namesIn(second)).toEqual([{ name: 'kept' }, { name: 'shared' }])
    expect(second.db.select().from(thing).where(eq(thing.id, id)).get()?.notes).toBe('words')
    expect(verify(sql, second.mirror)).toEqual([])
  })

  test('a forgotten space stays forgotten', async () => {
    const name = databaseName()
    const first = await open(device(name))
    const space = await first.createSpace({ kind: 'playlist', name: 'x' })
    space.insert(thing, { name: 'a' })
    await first.forget(space.id)
    await first.destroy()
    const second = await open(device(name))
    expect(second.spaces).toEqual([])
    const again = await second.createSpace({ id: space.id, kind: 'playlist', name: 'x' })
    expect([...again.rowIds(sampleSchema.shape(thing))]).toEqual([])
  })

  test('people on one device do not see each other’s spaces', async () => {
    const name = databaseName()
    const mine = await open(device(name))
    await mine.createSpace({ kind: 'playlist', name: 'mine' })
    const theirs = await open((onFailure) => browserDevice(name, 'somebody-else', onFailure))
    expect(theirs.spaces).toEqual([])
  })

  test('that forbids storage it works in memory, and the status says so', async () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined, writable: true, configurable: true })
    try {
      const segue = await open(device(databaseName()))
      const library = await segue.openLibrary()
      library.insert(thing, { name: 'a' })
      expect(namesIn(segue)).toEqual([{ name: 'a' }])
      expect(segue.status).toMatchObject({ state: 'error', code: 'storage_unavailable' })
      await segue.destroy()
    } finally {
      newBrowser()
    }
  })
})
