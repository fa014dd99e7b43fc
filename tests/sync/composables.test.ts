import { eq } from 'drizzle-orm'
import type { Space } from 'segue/crdt'
import {
  memoryDevice,
  provideSegue,
  Segue,
  useAwareness,
  useLiveQuery,
  useLoaded,
  useSegue,
  useSpaces,
  useSpaceText,
  useSyncStatus,
} from 'segue/vue'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp, effectScope, nextTick, ref, shallowRef, watchSyncEffect } from 'vue'
import { sql } from '../helpers/mirrors.ts'
import { pair, sampleSchema, thing } from '../helpers/sample-schema.ts'

let segue: Segue
let space: Space
beforeEach(async () => {
  segue = await Segue.open({ schema: sampleSchema, profile: 'local', sql, device: memoryDevice })
  space = await segue.openLibrary()
})
afterEach(() => segue.destroy())

/** Runs composables as a component would, without a DOM. */
function inComponent<R>(setup: () => R): { result: R; unmount: () => void } {
  const app = createApp({})
  provideSegue(segue, app)
  const scope = effectScope()
  const result = app.runWithContext(() => scope.run(setup))
  if (result === undefined) throw new Error('The scope ended early.')
  return { result, unmount: () => scope.stop() }
}

/** Live queries run at once, or in the next frame; here a frame is the next turn of the event loop. */
const drawn = () => new Promise((resolve) => setTimeout(resolve, 5))

test('without a Segue above, a component is told what to do', () => {
  expect(() => createApp({}).runWithContext(() => useSegue())).toThrow(/provideSegue/)
})

describe('useLiveQuery', () => {
  test('has rows at once, and new ones after a change', async () => {
    space.insert(thing, { name: 'a' })
    const { result: rows } = inComponent(() =>
      useLiveQuery(() => segue.db.select().from(thing).orderBy(thing.name)),
    )
    expect(rows.value.map(({ name }) => name)).toEqual(['a'])
    space.insert(thing, { name: 'b' })
    await drawn()
    expect(rows.value.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('runs a query that could also be awaited once, not twice', () => {
    let runs = 0
    inComponent(() =>
      useLiveQuery(() => {
        const query = segue.db.select({ name: thing.name }).from(thing)
        const all = query.all.bind(query)
        query.all = () => {
          runs++
          return all()
        }
        query.execute = async () => query.all()
        return query
      }),
    )
    expect(runs).toBe(1)
  })

  test('asks again when something reactive in the query changes', async () => {
    space.insert(thing, { name: 'a' })
    space.insert(thing, { name: 'b' })
    const wanted = ref('a')
    const { result: rows } = inComponent(() =>
      useLiveQuery(() =>
        segue.db.select({ name: thing.name }).from(thing).where(eq(thing.name, wanted.value)),
      ),
    )
    wanted.value = 'b'
    expect(rows.value).toEqual([{ name: 'b' }])
    wanted.value = 'c'
    expect(rows.value).toEqual([])
    space.insert(thing, { name: 'c' })
    await drawn()
    expect(rows.value).toEqual([{ name: 'c' }])
  })

  test('does not run for tables it does not read, nor after the component is gone', async () => {
    let changes = 0
    const { result: rows, unmount } = inComponent(() => {
      const found = useLiveQuery(() => segue.db.select().from(thing))
      watchSyncEffect(() => {
        changes += found.value.length >= 0 ? 1 : 0
      })
      return found
    })
    space.insert(pair, { leftRef: 'a', rightRef: 'b' })
    await drawn()
    expect(changes).toBe(1)
    unmount()
    space.insert(thing, { name: 'a' })
    await drawn()
    expect([changes, rows.value]).toEqual([1, []])
  })
})

test('useSpaces follows the list of spaces', async () => {
  const { result: spaces, unmount } = inComponent(() => useSpaces())
  expect(spaces.value.map(({ kind }) => kind)).toEqual(['library'])
  const playlist = await segue.createSpace({ kind: 'playlist', name: 'Session' })
  expect(spaces.value.map(({ name }) => name)).toContain('Session')
  await segue.forget(playlist.id)
  expect(spaces.value).toHaveLength(1)
  unmount()
  await segue.createSpace({ kind: 'playlist', name: 'unseen' })
  expect(spaces.value).toHaveLength(1)
})

test('useSyncStatus says local without a server', () => {
  expect(inComponent(() => useSyncStatus()).result.value).toEqual({ state: 'local' })
})

test('useAwareness knows nobody without a server', () => {
  const { result, unmount } = inComponent(() => useAwareness(space.id, 'me'))
  result.setFocus('row')
  expect(result.people.value).toEqual([])
  unmount()
})

describe('useSpaceText', () => {
  const place = (rowId: string) => ({ space, table: thing, rowId, property: 'notes' })

  test('shows what others type, and merges what is typed here', () => {
    const id = space.insert(thing, { name: 'a', notes: 'hello' })
    const { result } = inComponent(() => useSpaceText(() => place(id)))
    expect(result.value.value).toBe('hello')
    space.text(thing, id, 'notes').insert(5, ' world')
    expect(result.value.value).toBe('hello world')
    result.set('Hello world')
    expect(space.get(thing, id)?.notes).toBe('Hello world')
  })

  test('goes along to another row, and is empty without one', async () => {
    const ids = ['first', 'second'].map((notes) => space.insert(thing, { name: 'a', notes }))
    const current = shallowRef<string | undefined>(ids[0])
    const { result, unmount } = inComponent(() =>
      useSpaceText(() => (current.value === undefined ? undefined : place(current.value))),
    )
    current.value = ids[1]
    await nextTick()
    expect(result.value.value).toBe('second')
    space.update(thing, ids[0] ?? '', { notes: 'unseen' })
    expect(result.value.value).toBe('second')
    current.value = undefined
    await nextTick()
    result.set('nowhere')
    expect(result.value.value).toBe('')
    unmount()
    expect(space.get(thing, ids[1] ?? '')?.notes).toBe('second')
  })
})

test('whether a document is in memory is told, and asking for it does not read it', async () => {
  await segue.destroy()
  segue = await Segue.open({ schema: sampleSchema, profile: 'local', sql, device: memoryDevice, idleMs: 20 })
  const library = await segue.openLibrary()
  library.insert(thing, { name: 'a' })
  const { result: isLoaded, unmount } = inComponent(() => useLoaded(() => library))
  expect(isLoaded.value).toBe(true)
  await vi.waitFor(() => expect(isLoaded.value).toBe(false))
  expect(library.isLoaded).toBe(false)
  library.load()
  expect(isLoaded.value).toBe(true)
  unmount()
})
