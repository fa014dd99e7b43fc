import { MirrorDamagedError, verify } from 'segue/bridge'
import { defineSchema, newSpaceId, segueTable } from 'segue/crdt'
import type { Segue } from 'segue/vue'
import { describe, expect, test, vi } from 'vitest'
import { browserDevice } from '../../src/sync/device/index.ts'
import type { UpdatesMark } from '../../src/sync/device/stored-updates.ts'
import { sql, withDamage } from '../helpers/mirrors.ts'
import { namesIn, type OpenOptions, Person } from '../helpers/person.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'

const person = new Person()
const open = (options?: OpenOptions) => person.open(options)

/** A start after the last one has ended, or crashed: what is stored is the same. */
async function reopen(segue: Segue, options?: OpenOptions) {
  await segue.destroy()
  return open(options)
}

const idOf = (segue: Segue, name: string) =>
  String(segue.mirror.query('SELECT id FROM thing WHERE name = ?', [name])[0]?.id)
const loaded = (segue: Segue) => segue.mirror.spaces.map(({ isLoaded }) => isLoaded)

async function library(...texts: string[]) {
  const segue = await open()
  const space = await segue.openLibrary()
  for (const name of texts) space.insert(thing, { name })
  return { segue, space }
}

/** Everything stored, and an image of it. */
async function withImage(segue: Segue) {
  await vi.waitFor(async () => expect(await segue.storeImage()).toBe(true), { timeout: 5_000 })
}

describe('a start with an image of the mirror', () => {
  test('answers queries without reading a document', async () => {
    const { segue } = await library('a', 'b')
    await withImage(segue)
    const next = await reopen(segue)
    expect(namesIn(next)).toEqual(['a', 'b'])
    expect(loaded(next)).toEqual([false])
    expect(next.spaces).toMatchObject([{ kind: 'library', pending: 2 }])
    expect(loaded(next)).toEqual([false])
  })

  test('reads a document when somebody edits it, and the mirror follows', async () => {
    const { segue } = await library('a', 'b')
    await withImage(segue)
    const next = await reopen(segue)
    const space = await next.openLibrary()
    space.update(thing, idOf(next, 'a'), { name: 'c' })
    expect(loaded(next)).toEqual([true])
    expect(namesIn(next)).toEqual(['b', 'c'])
    expect(verify(sql, next.mirror)).toEqual([])
    expect(namesIn(await reopen(next))).toEqual(['b', 'c'])
  })

  test('reads a document ahead when it is told to, before anybody edits it', async () => {
    const { segue } = await library('a', 'b')
    await withImage(segue)
    const next = await reopen(segue)
    const [info] = next.spaces
    if (info) next.readAhead(info.id)
    expect(loaded(next)).toEqual([false])
    await vi.waitFor(() => expect(loaded(next)).toEqual([true]), { timeout: 5_000 })
    const space = await next.openLibrary()
    space.update(thing, idOf(next, 'a'), { name: 'c' })
    expect(namesIn(next)).toEqual(['b', 'c'])
    expect(verify(sql, next.mirror)).toEqual([])
  })

  test('shows what was stored after the image was made', async () => {
    const { segue, space } = await library('a')
    await withImage(segue)
    space.insert(thing, { name: 'later' })
    space.update(thing, idOf(segue, 'a'), { name: 'changed' })
    const next = await reopen(segue)
    expect(namesIn(next)).toEqual(['changed', 'later'])
    expect(verify(sql, next.mirror)).toEqual([])
  })

  test('knows the trash, and what is hidden, of a document that nobody has read', async () => {
    const { segue, space } = await library('a', 'b')
    space.remove(thing, idOf(segue, 'a'))
    await withImage(segue)
    const next = await reopen(segue)
    const removed = next.mirror.query('SELECT row_id FROM segue_trash')
    expect(removed).toHaveLength(1)
    const again = await next.openLibrary()
    again.restore(thing, String(removed[0]?.row_id))
    expect(next.mirror.query('SELECT * FROM segue_trash')).toEqual([])
    expect(namesIn(next)).toEqual(['a', 'b'])
  })

  test('is not needed: without one the rows are brought in while the thread is free for others', async () => {
    const { segue, space } = await library()
    space.transact(() => {
      for (let n = 0; n < 3_000; n++) space.insert(thing, { name: `thing ${n}` })
    })
    await segue.destroy()
    await person.images?.clear()
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const next = await open()
    clearInterval(counting)
    expect(turns).toBeGreaterThan(4)
    expect(namesIn(next)).toHaveLength(3_000)
    expect(verify(sql, next.mirror)).toEqual([])
  })

  test('opens a space that the image does not know', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const list = await segue.createSpace({ kind: 'playlist', name: 'Session' })
    list.insert(thing, { name: 'listed' })
    const next = await reopen(segue)
    expect(namesIn(next)).toEqual(['a', 'listed'])
  })

  test('two spaces with an image are read one by one', async () => {
    const { segue } = await library('a')
    const list = await segue.createSpace({ kind: 'playlist', name: 'Session' })
    list.insert(thing, { name: 'listed' })
    await withImage(segue)
    const next = await reopen(segue)
    next.space(list.id)?.insert(thing, { name: 'more' })
    const isLoaded = new Map(next.mirror.spaces.map((space) => [space.id === list.id, space.isLoaded]))
    expect(isLoaded).toEqual(
      new Map([
        [true, true],
        [false, false],
      ]),
    )
    expect(namesIn(next)).toEqual(['a', 'listed', 'more'])
  })

  test('what another tab edits is read and shown', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const one = await reopen(segue)
    const other = await open()
    expect([loaded(one), loaded(other)]).toEqual([[false], [false]])
    const space = await one.openLibrary()
    space.insert(thing, { name: 'b' })
    await vi.waitFor(() => expect(namesIn(other)).toEqual(['a', 'b']))
    expect(verify(sql, other.mirror)).toEqual([])
  })
})

describe('an image that does not fit', () => {
  test('of another schema is not used', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const invention = segueTable('invention', {})
    const schema = defineSchema({ ...sampleSchema.tables, invention })
    const next = await reopen(segue, { schema })
    expect(next.mirror.query('SELECT count(*) AS count FROM invention')).toEqual([{ count: 0 }])
    expect(namesIn(next)).toEqual(['a'])
  })

  test('that is damaged is not used, and made anew', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { segue } = await library('a')
    await withImage(segue)
    const images = person.images
    const image = await images?.read()
    for (const part of image?.parts ?? []) part.fill(7, 0, 200)
    if (image) await images?.write(image)
    const next = await reopen(segue)
    expect(namesIn(next)).toEqual(['a'])
    await withImage(next)
    expect(loaded(await reopen(next))).toEqual([false])
    vi.restoreAllMocks()
  })

  test('that is damaged inside says so, takes no edit away, and is made anew at the next start', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const image = await person.images?.read()
    if (image) await person.images?.write({ ...image, parts: [withDamage(image.parts, 'thing')] })
    const next = await reopen(segue)
    expect(() => namesIn(next)).toThrow(MirrorDamagedError)
    const space = await next.openLibrary()
    expect(() => space.insert(thing, { name: 'b' })).toThrow(MirrorDamagedError)
    expect(await next.storeImage()).toBe(false)
    await vi.waitFor(async () => expect(await person.images?.read()).toBeUndefined())
    const mended = await reopen(next)
    expect(namesIn(mended)).toEqual(['a', 'b'])
    expect(verify(sql, mended.mirror)).toEqual([])
  })

  test('of another version of the app is not used', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const images = person.images
    const image = await images?.read()
    const [marked] = image?.spaces ?? []
    const updates = { keys: marked?.updates.keys, last: 'told otherwise' } as unknown as UpdatesMark
    if (image && marked) await images?.write({ ...image, spaces: [{ ...marked, updates }] })
    expect(await images?.read()).toBeUndefined()
    const next = await reopen(segue)
    expect([loaded(next), namesIn(next)]).toEqual([[true], ['a']])
  })

  test('a space that is on the device no more is in no image and in no query', async () => {
    const { segue } = await library('a')
    const list = await segue.createSpace({ kind: 'playlist', name: 'Session' })
    list.insert(thing, { name: 'secret' })
    await withImage(segue)
    await segue.forget(list.id)
    expect(await person.images?.read()).toBeUndefined()
    expect(namesIn(await reopen(segue))).toEqual(['a'])
  })

  test('that cannot be deleted keeps nothing else of a forgotten space here', async () => {
    const { segue } = await library('a')
    const stuck = await reopen(segue, {
      change: ({ images, ...device }) => ({
        ...device,
        images: images && {
          ...images,
          clear: () => Promise.reject(new DOMException('Stuck.', 'UnknownError')),
        },
      }),
    })
    const list = await stuck.createSpace({ kind: 'playlist', name: 'Session' })
    list.insert(thing, { name: 'secret' })
    await expect(stuck.forget(list.id)).rejects.toThrow('Stuck.')
    const device = browserDevice('test', person.profile, () => {})
    await vi.waitFor(async () => expect(await device.hasStore(list.id, 0)).toBe(false))
    expect(namesIn(await reopen(stuck))).toEqual(['a'])
  })

  test('of a space that was taken off the device and put back is not used', async () => {
    const { segue } = await library('a')
    const id = newSpaceId()
    const list = await segue.createSpace({ id, kind: 'playlist', name: 'Session' })
    list.insert(thing, { name: 'first' })
    await withImage(segue)
    const image = await person.images?.read()
    await segue.forget(id)
    const again = await segue.createSpace({ id, kind: 'playlist', name: 'Session' })
    again.insert(thing, { name: 'second' })
    if (image) await person.images?.write(image)
    expect(namesIn(await reopen(segue))).toEqual(['a', 'second'])
  })

  test('storage without room for it is left to edits', async () => {
    const { segue } = await library('a')
    await withImage(segue)
    const full = await reopen(segue, {
      change: ({ images, ...device }) => ({
        ...device,
        images: images && {
          ...images,
          write: () => Promise.reject(new DOMException('Full.', 'QuotaExceededError')),
        },
      }),
    })
    const space = await full.openLibrary()
    space.insert(thing, { name: 'b' })
    await vi.waitFor(async () => {
      expect(await full.storeImage()).toBe(false)
      expect(await person.images?.read()).toBeUndefined()
    })
    expect(namesIn(await reopen(full))).toEqual(['a', 'b'])
  })
})
