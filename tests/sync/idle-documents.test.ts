import { verify } from 'segue/bridge'
import type { Segue } from 'segue/vue'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { sql } from '../helpers/mirrors.ts'
import { namesIn, Person } from '../helpers/person.ts'
import { thing } from '../helpers/sample-schema.ts'

const person = new Person()
const IDLE_MS = 30
const open = (options: { readLaterBytes?: number } = {}) => person.open({ idleMs: IDLE_MS, ...options })

const isOpen = (segue: Segue) => segue.library?.isLoaded
const closed = (segue: Segue) => vi.waitFor(() => expect(isOpen(segue)).toBe(false))
const imageOf = (segue: Segue) => vi.waitFor(async () => expect(await segue.storeImage()).toBe(true))

async function opened() {
  const segue = await open()
  const library = await segue.openLibrary()
  const id = library.insert(thing, { name: 'a' })
  return { segue, library, id }
}

test('a document that nobody uses is closed: its rows are there, and the next edit opens it', async () => {
  const { segue, library, id } = await opened()
  await closed(segue)
  expect(namesIn(segue)).toEqual(['a'])
  expect(segue.spaces).toMatchObject([{ pending: 1, unknown: { tables: [] } }])
  expect(isOpen(segue)).toBe(false)
  library.update(thing, id, { name: 'b' })
  expect([isOpen(segue), namesIn(segue)]).toEqual([true, ['b']])
  segue.undo.undo()
  expect(namesIn(segue)).toEqual(['a'])
  await closed(segue)
  expect(verify(sql, segue.mirror)).toEqual([])
})

test('what this version of the app does not know of it is told as before', async () => {
  const { segue, library } = await opened()
  library.doc.getMap('of a newer version').set('row', new Y.Map())
  await closed(segue)
  expect(segue.spaces).toMatchObject([{ unknown: { tables: [{ name: 'of a newer version', rows: 1 }] } }])
  expect(isOpen(segue)).toBe(false)
})

test('it stays open for those who have it on the screen', async () => {
  const { segue, library } = await opened()
  const release = segue.readAhead(library.id)
  await new Promise((resolve) => setTimeout(resolve, 5 * IDLE_MS))
  expect(isOpen(segue)).toBe(true)
  release()
  await closed(segue)
  const again = segue.readAhead(library.id)
  await vi.waitFor(() => expect(isOpen(segue)).toBe(true))
  again()
  again()
  await closed(segue)
})

test('an image that is made while it is closed fits at the next start', async () => {
  const { segue, library } = await opened()
  await closed(segue)
  await imageOf(segue)
  expect(isOpen(segue)).toBe(false)
  await segue.destroy()
  const next = await open()
  expect([namesIn(next), isOpen(next)]).toEqual([['a'], false])
  next.library?.insert(thing, { name: 'b' })
  await closed(next)
  await imageOf(next)
  await next.destroy()
  const last = await open({ readLaterBytes: 0 })
  expect(namesIn(last)).toEqual(['a', 'b'])
  await last.ready
  expect(verify(sql, last.mirror)).toEqual([])
  expect(last.library?.id).toBe(library.id)
})

test('what another tab does is shown, and all of it is on the device', async () => {
  const { segue, library, id } = await opened()
  const other = await open()
  await closed(segue)
  await closed(other)
  other.library?.update(thing, id, { name: 'theirs' })
  await vi.waitFor(() => expect(namesIn(segue)).toEqual(['theirs']))
  await Promise.all([closed(segue), closed(other)])
  library.insert(thing, { name: 'mine' })
  await vi.waitFor(() => expect(namesIn(other)).toEqual(['mine', 'theirs']))
  await Promise.all([closed(segue), closed(other)])
  await imageOf(segue)
  await Promise.all([segue.destroy(), other.destroy()])
  const next = await open()
  await next.ready
  expect(namesIn(next)).toEqual(['mine', 'theirs'])
  expect(verify(sql, next.mirror)).toEqual([])
})
