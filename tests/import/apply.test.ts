import fc from 'fast-check'
import { note, playlist, playlistTune, practiceRecord, tag, tune } from 'segue/tables'
import { beforeEach, describe, expect, it } from 'vitest'
import { allRows, createTune, moveTune, playlistOrder } from '../../src/actions/index.ts'
import { applyImport, IMPORTED_TABLES, totalOf } from '../../src/import/index.ts'
import { database, LEGACY_TABLES, OWNER, plan, Shelf, text } from './scene.ts'

const file = (titles = ['Kesh', 'Cooley’s', 'The Mountain Road']) =>
  database(LEGACY_TABLES, {
    tune: titles.map((title, index) => [index + 1, title, 'reel', 'D major', ...Array(6).fill(null), 0]),
    playlist: [[1, 1, 'Session', 'fiddle', 0]],
    playlist_tune: [3, 1, 2]
      .filter((id) => id <= titles.length)
      .map((id) => [1, id, null, '2024-10-03', 'recall', 0]),
    note: [
      [1, 1, 1, 1, 'We start with this one', '2024-10-03', 1, 0],
      [2, 1, 1, 1, 'Only for me', '2024-10-03', 0, 0],
      [3, 1, 1, null, 'For everybody, on no list', null, 1, 0],
    ],
    tag: [[1, 1, 1, 'Slow']],
    practice_record: [[1, 1, 1, '2024-10-03 18:30:00', 3, '2024-10-07']],
  })

let shelf: Shelf
beforeEach(() => {
  shelf = new Shelf()
})

const onlyPlaylist = () => {
  const [space] = shelf.playlists.values()
  if (!space) throw new Error('no playlist')
  return space
}
const title = (nth: number) => plan(file()).tables.tune[nth]?.id ?? ''

describe('an import', () => {
  it('puts everything where it belongs', async () => {
    await shelf.import(plan(file()))
    const list = onlyPlaylist()
    expect(allRows(shelf.library, tune).map((row) => row.title)).toEqual([
      'Kesh',
      'Cooley’s',
      'The Mountain Road',
    ])
    expect(list.get(playlist, list.id)).toMatchObject({
      name: 'Session',
      instrumentRef: 'fiddle',
      userRef: OWNER,
    })
    expect(playlistOrder(list).map(({ tuneRef }) => list.get(tune, tuneRef)?.title)).toEqual([
      ...['The Mountain Road', 'Kesh', 'Cooley’s'],
    ])
    expect(allRows(list, note).map(({ noteText }) => noteText)).toEqual(['We start with this one'])
    expect(allRows(shelf.library, note).map(({ noteText }) => noteText)).toEqual([
      ...['Only for me', 'For everybody, on no list'],
    ])
    expect(allRows(shelf.library, tag)).toMatchObject([{ tagText: 'slow', userRef: OWNER }])
    expect(allRows(shelf.library, practiceRecord)).toMatchObject([
      {
        playlistRef: list.id,
        practiced: '2024-10-03T18:30:00.000Z',
        quality: 3,
        due: '2024-10-07T00:00:00.000Z',
      },
    ])
  })

  it('does what its preview has said', async () => {
    const what = plan(file())
    const before = shelf.state
    const preview = await shelf.preview(what)
    expect(shelf.state).toBe(before)
    expect((await shelf.import(what)).counts).toEqual(preview.counts)
    expect(totalOf(preview.counts)).toMatchObject({ insert: 12, update: 0, unchanged: 0 })
  })

  it('run twice changes nothing the second time', async () => {
    await shelf.import(plan(file()))
    const before = shelf.state
    const again = await shelf.import(plan(file()))
    expect(shelf.state).toBe(before)
    expect(totalOf(again.counts)).toMatchObject({ insert: 0, update: 0, unchanged: 12 })
  })

  it('of a later export adds what is new there', async () => {
    await shelf.import(plan(file(['Kesh', 'Cooley’s'])))
    const { counts } = await shelf.import(plan(file()))
    expect(counts).toMatchObject({
      tune: { insert: 1, unchanged: 2 },
      playlist_tune: { insert: 1, unchanged: 2 },
    })
    const list = onlyPlaylist()
    expect(playlistOrder(list).map(({ tuneRef }) => list.get(tune, tuneRef)?.title)).toEqual([
      ...['Kesh', 'Cooley’s', 'The Mountain Road'],
    ])
  })

  it('that was stopped is finished by the next', async () => {
    const titles = Array.from({ length: 250 }, (_, index) => `Tune ${index}`)
    const stopping = new AbortController()
    const first = await applyImport(plan(file(titles)), shelf, {
      onProgress: () => stopping.abort(),
      pause: async () => {},
      signal: stopping.signal,
    })
    expect(first).toMatchObject({ stopped: true, counts: { tune: { insert: 100 } } })
    expect(allRows(shelf.library, tune)).toHaveLength(100)
    const { counts } = await shelf.import(plan(file(titles)))
    expect(counts.tune).toMatchObject({ insert: 150, unchanged: 100 })
  })

  it('tells how far it is', async () => {
    const seen: number[] = []
    const what = plan(file(Array.from({ length: 250 }, (_, index) => `Tune ${index}`)))
    await applyImport(what, shelf, { pause: async () => {}, onProgress: ({ done }) => seen.push(done) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(259)
  })
})

describe('what somebody did here meanwhile', () => {
  it('an edit stays; what is empty here is filled', async () => {
    await shelf.import(plan(file()))
    shelf.library.update(tune, title(0), { title: 'The Kesh Jig', mode: null })
    const { counts } = await shelf.import(plan(file()))
    expect(counts.tune).toMatchObject({ update: 1, unchanged: 2 })
    expect(shelf.library.get(tune, title(0))).toMatchObject({ title: 'The Kesh Jig', mode: 'D major' })
  })

  it('a removed tune stays removed, with all that hangs on it', async () => {
    const what = plan(file())
    await shelf.import(what)
    shelf.library.remove(tune, title(0))
    shelf.library.remove(tag, [OWNER, title(0), 'slow'].join(':'))
    const { counts } = await shelf.import(what)
    expect(counts).toMatchObject({ tune: { inTrash: 1 }, tag: { inTrash: 1, insert: 0 } })
    expect(shelf.library.get(tune, title(0))).toBeUndefined()
  })

  it('a tune taken off a list stays off, and one that was moved stays where it is', async () => {
    await shelf.import(plan(file()))
    const list = onlyPlaylist()
    const [first, second] = playlistOrder(list)
    list.remove(playlistTune, first?.id ?? '')
    moveTune(list, second?.id ?? '', 1)
    const order = playlistOrder(list)
    await shelf.import(plan(file()))
    expect(playlistOrder(list)).toEqual(order)
  })

  it('a removed playlist stays removed, and gets nothing new', async () => {
    await shelf.import(plan(file(['Kesh', 'Cooley’s'])))
    const list = onlyPlaylist()
    list.remove(playlist, list.id)
    const { counts } = await shelf.import(plan(file()))
    expect(counts).toMatchObject({ playlist: { inTrash: 1 }, playlist_tune: { insert: 0, inTrash: 1 } })
  })

  it('a note somebody has emptied stays empty', async () => {
    const what = plan(file())
    await shelf.import(what)
    const id = what.tables.note[1]?.id ?? ''
    shelf.library.update(note, id, { noteText: '' })
    await shelf.import(what)
    expect(shelf.library.get(note, id)?.noteText).toBe('')
  })
})

describe('tunes that are here already', () => {
  it('are recognised by title, type and key, and filled in instead of doubled', async () => {
    const own = createTune(shelf.library, { title: 'kesh', type: 'reel', mode: 'D major' })
    createTune(shelf.library, { title: 'Cooley’s', type: 'jig' })
    const what = plan(file())
    expect(await shelf.preview(what)).toMatchObject({ recognised: 1, clashes: false })
    await shelf.import(what)
    expect(allRows(shelf.library, tune)).toHaveLength(4)
    expect(shelf.library.get(tune, own)).toMatchObject({
      title: 'kesh',
      idForeign: '1',
      primaryOrigin: 'old',
    })
    expect(playlistOrder(onlyPlaylist()).map(({ tuneRef }) => tuneRef)).toContain(own)
    expect(allRows(shelf.library, tag)).toMatchObject([{ tuneRef: own }])
  })

  it('are found again by where they came from, after they got another name', async () => {
    const own = createTune(shelf.library, { title: 'Kesh', type: 'reel', mode: 'D major' })
    await shelf.import(plan(file()))
    shelf.library.update(tune, own, { title: 'The Kesh Jig' })
    const before = shelf.state
    await shelf.import(plan(file()))
    expect(shelf.state).toBe(before)
  })

  it('two of the same title, type and key in one file stay two', async () => {
    const twins = file(['Kesh', 'Kesh', 'Kesh'])
    createTune(shelf.library, { title: 'Kesh', type: 'reel', mode: 'D major' })
    await shelf.import(plan(twins))
    const before = shelf.state
    await shelf.import(plan(twins))
    expect(allRows(shelf.library, tune)).toHaveLength(3)
    expect(shelf.state).toBe(before)
  })

  it('the same data in another format changes nothing', async () => {
    const source = 'old app'
    const rows = [
      { id: 1, title: 'Kesh' },
      { id: 2, title: 'Cooley’s' },
    ]
    await shelf.import(plan(text('a.json', JSON.stringify({ tune: rows })), { source }))
    const before = shelf.state
    await shelf.import(plan(text('tune.csv', 'id,title\n1,Kesh\n2,Cooley’s'), { source }))
    await shelf.import(plan(text('titles.csv', 'title\nKesh\nCooley’s')))
    expect(shelf.state).toBe(before)
  })

  it('another database with the same ids is noticed', async () => {
    await shelf.import(plan(file()))
    const other = file(['The Sligo Maid', 'The Banshee', 'Drowsy Maggie'])
    expect(await shelf.preview(plan(other))).toMatchObject({ clashes: true })
    expect(await shelf.preview(plan(other, { source: 'second' }))).toMatchObject({
      clashes: false,
      counts: { tune: { insert: 3 } },
    })
  })
})

describe('whatever a file holds', () => {
  const id = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(null, '', 'x', 2.5, true))
  const word = fc.oneof(
    fc.constantFrom(null, '', 'Kesh', 'kesh ', 'D', 'reel', '2024-10-03'),
    fc.string(),
    fc.integer(),
  )
  const row = fc.dictionary(
    fc.constantFrom(
      ...[
        'id',
        'playlist_id',
        'tune_ref',
        'playlist_ref',
        'user_ref',
        'title',
        'name',
        'type',
        'mode',
        'url',
      ],
      ...['note_text', 'public', 'tag_text', 'practiced', 'quality', 'deleted', 'goal', 'release_year'],
    ),
    fc.oneof(id, word),
  )
  const tables = fc.record(
    Object.fromEntries(IMPORTED_TABLES.map((table) => [table, fc.array(row, { maxLength: 8 })])),
    { requiredKeys: ['tune'] },
  )

  it('its preview is kept, a second run changes nothing, and every row is accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (content) => {
        const target = new Shelf()
        const what = plan(text('x.json', JSON.stringify(content)))
        const preview = await target.preview(what)
        const result = await target.import(what)
        expect(result.counts).toEqual(preview.counts)
        expect(result.problems).toEqual([])
        for (const table of IMPORTED_TABLES) {
          const { insert, update, unchanged, inTrash, skipped } = preview.counts[table]
          expect(insert + update + unchanged + inTrash + skipped).toBe(content[table]?.length ?? 0)
        }
        const before = target.state
        await target.import(plan(text('x.json', JSON.stringify(content))))
        expect(target.state).toBe(before)
      }),
      { numRuns: 150 },
    )
  })
})
