import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import { memoryDevice, provideSegue, Segue } from 'segue/vue'
import { afterEach, expect, test, vi } from 'vitest'
import { createApp, effectScope, ref } from 'vue'
import { addNote, addTag, createTune } from '../../src/actions/index.ts'
import { useShownTunes } from '../../src/composables/use-shown-tunes.ts'
import { type FoundTunes, libraryTunes, searching, type TuneSearch } from '../../src/queries/index.ts'
import { sql } from '../helpers/mirrors.ts'

const WORDS = ['Kesh', 'Larry', 'Lárk', 'collar', 'Mill', 'the lark', 'Noel', 'Ärla']

function fill(library: Space, count: number): void {
  const pick = (index: number) => WORDS[index % WORDS.length] ?? ''
  library.transact(() => {
    for (let n = 0; n < count; n++) {
      const title = [n % 3 === 0 ? 'The' : '', pick(n * 7), pick(n * 5 + 1), String(n % 10)].join(' ').trim()
      const id = createTune(library, { title, type: n % 4 === 0 ? null : `Type ${n % 3}` })
      if (n % 5 === 0) addTag(library, id, 'me', n % 2 === 0 ? 'larkish' : 'gig')
      if (n % 7 === 0) addNote(library, id, 'me', `as ${pick(n + 3)} played it`)
    }
  })
}

function scene(count: number) {
  const mirror = new Mirror(sql, tuneSchema)
  const [library, other] = [newSpaceId(), newSpaceId()].map((id) => new Space({ id, schema: tuneSchema }))
  if (!library || !other) throw new Error('unreachable')
  mirror.attach(library)
  mirror.attach(other)
  fill(library, count)
  fill(other, 9)
  const all = (search: TuneSearch) =>
    libraryTunes(mirror.db, library.id, search)
      .all()
      .map(({ id }) => id)
  return { mirror, library, all }
}

/** What the steps tell, the last thing at the end. */
function told(steps: ReturnType<typeof searching>): FoundTunes[] {
  const all: FoundTunes[] = []
  for (;;) {
    const { value, done } = steps.next()
    if (value) all.push(value)
    if (done) return all
  }
}

const SEARCHES: TuneSearch[] = (['title', 'newest', 'type', 'mode'] as const).flatMap((sort) => [
  ...['lar', 'l', 'lark', 'e', 'noel mill', 'nowhere', 'the'].map((search) => ({ search, sort })),
  { search: 'a', type: 'Type 1', sort },
  { tag: 'gig', sort },
  { tag: 'larkish', search: 'kesh', sort },
])

test.each([
  [10, 1_000],
  [10, 15],
  [64, 0],
  [1_000, 3],
])('a search by steps of %d tunes, %d at once in order, finds what one query finds', (part, few) => {
  const { mirror, library, all } = scene(230)
  for (const search of SEARCHES) {
    const finds = told(searching(mirror.db, library.id, search, { part, few, enough: 4 }))
    const ids = all(search)
    expect(finds.at(-1)).toEqual({ count: ids.length, ids })
    for (const early of finds.slice(0, -1)) {
      expect(early.count).toBe(ids.length)
      expect(early.ids.length).toBeGreaterThanOrEqual(4)
      expect(early.ids).toEqual(ids.slice(0, early.ids.length))
    }
  }
})

test('the first of many tunes are told of before all are in order', () => {
  const { mirror, library } = scene(230)
  const finds = told(searching(mirror.db, library.id, { search: 'e' }, { part: 10, few: 5, enough: 4 }))
  expect(finds.map(({ ids }) => ids.length)).toEqual([expect.any(Number), finds[0]?.count])
  expect(finds[0]?.ids.length).toBeLessThan(finds[0]?.count ?? 0)
})

test('who types on is answered from what was found', () => {
  const { mirror, library, all } = scene(230)
  const among = all({ search: 'l' })
  for (const search of SEARCHES.filter(({ search = '' }) => search.includes('l'))) {
    const steps = searching(mirror.db, library.id, search, { among })
    const ids = all(search)
    expect(steps.next()).toEqual({ done: true, value: { count: ids.length, ids } })
  }
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function page(count: number) {
  const segue = await Segue.open({ schema: tuneSchema, profile: 'local', sql, device: memoryDevice })
  closing.push(() => segue.destroy())
  const library = await segue.openLibrary()
  fill(library, count)
  const app = createApp({})
  provideSegue(segue, app)
  const scope = effectScope()
  const wanted = ref<TuneSearch>({})
  const shown = app.runWithContext(() =>
    scope.run(() => useShownTunes(() => ({ libraryId: library.id, ...wanted.value }))),
  )
  if (!shown) throw new Error('unreachable')
  const all = () =>
    libraryTunes(segue.mirror.db, library.id, wanted.value)
      .all()
      .map(({ id }) => id)
  const isShown = () => expect.poll(() => shown.value?.found).toEqual({ count: all().length, ids: all() })
  return { library, wanted, shown, isShown, leave: () => scope.stop() }
}

test('what was shown stays until something is found, and a search that is cleared is gone at once', async () => {
  const { wanted, shown, isShown } = await page(230)
  expect(shown.value).toMatchObject({ wanted: {} })
  wanted.value = { search: 'lar' }
  await isShown()
  wanted.value = { search: 'lark' }
  expect(shown.value?.wanted.search).toBe('lar')
  await isShown()
  wanted.value = { search: ' ' }
  expect(shown.value).toMatchObject({ wanted: { search: ' ' } })
  expect(shown.value?.found).toBeUndefined()
})

test('who types fast sees what was typed last', async () => {
  const { wanted, isShown } = await page(230)
  // Every look at the clock is a turn that is over: each step lets the page breathe.
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 100
    return now
  })
  for (const search of ['l', 'la', 'lar', 'mill']) {
    wanted.value = { search }
    await new Promise((resolve) => setTimeout(resolve))
  }
  await isShown()
})

test('a search follows what changes, also while it lasts and when somebody types on', async () => {
  const { library, wanted, isShown } = await page(230)
  wanted.value = { search: 'lar' }
  await isShown()
  createTune(library, { title: 'Larissa’s' })
  await isShown()
  const id = createTune(library, { title: 'Late' })
  wanted.value = { search: 'lark' }
  library.update(tune, id, { title: 'The Larks' })
  await isShown()
  addTag(library, createTune(library, { title: 'Nameless' }), 'me', 'larks')
  wanted.value = { search: 'larks' }
  await isShown()
  library.remove(tune, id)
  await isShown()
})

test('nothing is looked for once nobody looks', async () => {
  const { library, wanted, shown, isShown, leave } = await page(230)
  wanted.value = { search: 'lar' }
  await isShown()
  const before = shown.value
  leave()
  createTune(library, { title: 'Larissa’s' })
  wanted.value = { search: 'lark' }
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(shown.value).toBe(before)
})
