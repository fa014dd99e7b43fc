import { verify } from 'segue/bridge'
import { Space } from 'segue/crdt'
import { type Clock, systemClock } from 'segue/supabase'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { openIndexedDb } from '../../src/sync/device/indexeddb.ts'
import { SpaceLoadingError } from '../../src/sync/errors.ts'
import { sql } from '../helpers/mirrors.ts'
import { namesIn, Person } from '../helpers/person.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'

const person = new Person()
/** Whatever image there is, documents are read later. */
const open = (clock: Clock = systemClock) => person.open({ clock, readLaterBytes: 0 })

/** A clock on which nothing is due until it is let go. */
function heldClock() {
  let isHeld = true
  const due: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    after(ms, run) {
      if (ms > 0) return systemClock.after(ms, run)
      if (!isHeld) return systemClock.after(0, run)
      due.push(run)
      return () => due.splice(due.indexOf(run) >>> 0, 1)
    },
  }
  const letGo = () => {
    isHeld = false
    for (const run of due.splice(0)) run()
  }
  return { clock, letGo }
}

/** A library with an image of it on the device. */
async function stored(...texts: string[]) {
  const segue = await open()
  const space = await segue.openLibrary()
  for (const name of texts) space.insert(thing, { name })
  await vi.waitFor(async () => expect(await segue.storeImage()).toBe(true), { timeout: 5_000 })
  return { segue, space }
}

test('rows are seen before the document is here, which nobody can edit until then', async () => {
  const { segue, space } = await stored('a', 'b')
  await segue.destroy()
  const { clock, letGo } = heldClock()
  const next = await open(clock)
  expect(namesIn(next)).toEqual(['a', 'b'])
  expect([next.library?.id, next.space(space.id)]).toEqual([space.id, undefined])
  expect(() => next.library?.insert(thing, { name: 'c' })).toThrow(SpaceLoadingError)
  expect(namesIn(next)).toEqual(['a', 'b'])
  const changed = vi.fn()
  next.observe(changed)
  letGo()
  await vi.waitFor(() => expect(next.space(space.id)).toBe(next.library))
  expect(next.spaces).toMatchObject([{ pending: 2 }])
  expect(changed).toHaveBeenCalled()
  next.library?.insert(thing, { name: 'c' })
  expect(namesIn(next)).toEqual(['a', 'b', 'c'])
  expect(verify(sql, next.mirror)).toEqual([])
})

test('who waits for the library, for another space, or for all of them, waits until they can be edited', async () => {
  const { segue } = await stored('a')
  const list = await segue.createSpace({ kind: 'playlist', name: 'Session' })
  list.insert(thing, { name: 'listed' })
  await vi.waitFor(async () => expect(await segue.storeImage()).toBe(true))
  await segue.destroy()
  const { clock, letGo } = heldClock()
  const next = await open(clock)
  const library = await next.openLibrary()
  library.insert(thing, { name: 'b' })
  const again = next.createSpace({ id: list.id, kind: 'playlist', name: 'Session' })
  letGo()
  ;(await again).insert(thing, { name: 'more' })
  await next.ready
  expect(namesIn(next)).toEqual(['a', 'b', 'listed', 'more'])
  expect(verify(sql, next.mirror)).toEqual([])
})

test('what was stored after the image was made is shown once the document is here', async () => {
  const { segue, space } = await stored('a')
  space.insert(thing, { name: 'later' })
  await segue.destroy()
  const { clock, letGo } = heldClock()
  const next = await open(clock)
  expect(namesIn(next)).toEqual(['a'])
  letGo()
  await vi.waitFor(() => expect(namesIn(next)).toEqual(['a', 'later']))
  expect(verify(sql, next.mirror)).toEqual([])
})

test('what replaces the stored updates before they are read is what is shown then', async () => {
  const { segue, space } = await stored('a')
  await segue.destroy()
  const { clock, letGo } = heldClock()
  const next = await open(clock)
  const name = `test/${person.profile}/${space.id}`
  const database = await openIndexedDb(name)
  const { updates } = await database.read()
  // Another tab stores the document anew, with an edit of its own.
  const theirs = new Space({ id: space.id, schema: sampleSchema })
  for (const update of updates.values()) Y.applyUpdate(theirs.doc, update as Uint8Array)
  theirs.insert(thing, { name: 'b' })
  const state = Y.encodeStateAsUpdate(theirs.doc)
  expect(await database.replace([...updates.keys()], [state])).toHaveLength(1)
  await database.close()
  letGo()
  await next.ready
  await vi.waitFor(() => expect(verify(sql, next.mirror)).toEqual([]))
  expect(namesIn(next)).toEqual(['a', 'b'])
})

test('a key that was given to another update, after a loss of power, is not taken for the one before', async () => {
  const { segue, space } = await stored('a', 'b')
  await segue.destroy()
  const database = await openIndexedDb(`test/${person.profile}/${space.id}`)
  await database.write([{ put: [['marked', ['what an image before this one says']]] }])
  await database.close()
  const { clock, letGo } = heldClock()
  const opening = open(clock)
  letGo()
  const next = await opening
  // It is read at once.
  expect(next.space(space.id)).toBe(next.library)
  expect(namesIn(next)).toEqual(['a', 'b'])
})

test('a space that is taken off the device before it was read is gone', async () => {
  const { segue, space } = await stored('a')
  await segue.destroy()
  const { clock, letGo } = heldClock()
  const next = await open(clock)
  const gone = next.forget(space.id)
  letGo()
  await gone
  expect([namesIn(next), next.library]).toEqual([[], undefined])
  await next.destroy()
  expect(namesIn(await open())).toEqual([])
})

test('an app that is closed before anything was read leaves everything as it was', async () => {
  const { segue } = await stored('a')
  await segue.destroy()
  const { clock } = heldClock()
  const brief = await open(clock)
  expect(namesIn(brief)).toEqual(['a'])
  await brief.destroy()
  const next = await open()
  expect(namesIn(next)).toEqual(['a'])
  await next.ready
  expect(next.spaces).toMatchObject([{ pending: 1 }])
})
