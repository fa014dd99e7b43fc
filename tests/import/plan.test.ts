import { describe, expect, it } from 'vitest'
import type { ImportedTable } from '../../src/import/index.ts'
import { database, found, LEGACY_TABLES, OWNER, plan, text } from './scene.ts'

const tune = (id: number, title: string | null, more: Record<string, string | number> = {}) => [
  ...[id, title, more.type ?? null, more.mode ?? null, null, more.genre ?? null, more.year ?? null],
  ...[more.foreign ?? null, more.origin ?? null, more.privateFor ?? null, more.deleted ?? 0],
]
const playlist = (
  id: number,
  name: string,
  more: { user?: number; instrument?: number | string; deleted?: number } = {},
) => [...[id, more.user ?? 1, name, more.instrument ?? null, more.deleted ?? 0]]
const cells = (what: ReturnType<typeof plan>, table: ImportedTable) =>
  what.tables[table].map((row) => row.cells)

describe('ids', () => {
  const file = () =>
    database(LEGACY_TABLES, {
      tune: [tune(1, 'Kesh'), tune(2, 'Cooley’s')],
      playlist: [playlist(1, 'Session')],
    })

  it('are the same each time, and UUIDs of version 5', () => {
    const [first, again] = [plan(file()), plan(file())]
    expect(again.tables).toEqual(first.tables)
    for (const { id } of first.tables.tune) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/)
  })

  it('of two people, two sources and two tables differ', () => {
    const ids = [plan(file()), plan(file(), { scope: 'other' }), plan(file(), { source: 'other' })].flatMap(
      ({ tables }) => [...tables.tune, ...tables.playlist].map(({ id }) => id),
    )
    expect(new Set(ids).size).toBe(9)
  })

  it('stay when they are UUIDs, but for playlists, whose id is a space on the server', () => {
    const id = '0198c0de-0000-7000-8000-00000000000A'
    const what = plan(
      text(
        'x.json',
        JSON.stringify({ tune: [{ id, title: 'Kesh' }], playlist: [{ playlist_id: id, name: 'A' }] }),
      ),
    )
    expect(what.tables.tune[0]?.id).toBe(id.toLowerCase())
    expect(what.tables.playlist[0]?.id).not.toBe(id.toLowerCase())
  })

  it('are the same from a database, a JSON export and CSV files of it', () => {
    const source = 'old app'
    const json = text('a.json', '{"tune": [{"id": "1", "title": "Kesh"}, {"id": 2.0, "title": "Cooley’s"}]}')
    const csv = text('tune.csv', 'id,title\n 1 ,Kesh\n2.0,Cooley’s\n')
    const ids = [file(), json, csv].map((each) => plan(each, { source }).tables.tune.map(({ id }) => id))
    expect(ids[1]).toEqual(ids[0])
    expect(ids[2]).toEqual(ids[0])
  })

  it.each([
    ['practice.json', 'practice'],
    ['Practice (2).json', 'practice'],
    ['practice-2025-10-03 copy.json', 'practice'],
    ['/home/me/practice_20251003.json', 'practice'],
    ['tunes.json', 'tables'],
  ])('a copy or a later export under another name is the same source: %s', (name, source) => {
    expect(plan(text(name, '{"tune": [{"id": 1, "title": "Kesh"}]}')).source).toBe(source)
  })

  it('are named by the account in the data, where there is one', () => {
    const what = plan(
      database(LEGACY_TABLES, { user_profile: [[1, 'A', 'Aoife@Example.org']], tune: [tune(1, 'Kesh')] }),
    )
    expect(what.source).toBe('aoife@example.org')
  })

  it('are kept in the tune as where it came from, unless it says so itself', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh'), tune(2, 'Cooley’s', { foreign: '77', origin: 'irishtune.info' })],
      }),
    )
    expect(cells(what, 'tune')).toMatchObject([
      { idForeign: '1', primaryOrigin: 'old' },
      { idForeign: '77', primaryOrigin: 'irishtune.info' },
    ])
  })
})

describe('values', () => {
  it('come in the app’s own words', () => {
    const script = `${LEGACY_TABLES} create table genre (id integer, name text);
      create table instrument (id integer, instrument text);`
    const what = plan(
      database(script, {
        genre: [[4, 'Irish traditional']],
        instrument: [[7, 'Fiddle']],
        tune: [
          tune(1, ' Kesh ', { type: 'Slip-Jigs', mode: 'Edor', genre: 4, year: '1990' }),
          tune(2, 'Odd', { type: 'Zwiefacher', mode: 'Hijaz', genre: 'Klezmer' }),
        ],
        playlist: [playlist(1, 'A', { instrument: 7 })],
      }),
    )
    expect(cells(what, 'tune')).toMatchObject([
      { title: 'Kesh', type: 'slip jig', mode: 'E dorian', genre: 'ITRAD', releaseYear: 1990 },
      { title: 'Odd', type: 'Zwiefacher', mode: 'Hijaz', genre: 'Klezmer' },
    ])
    expect(cells(what, 'playlist')).toMatchObject([{ name: 'A', instrumentRef: 'fiddle', userRef: OWNER }])
    expect(what.problems).toEqual([])
  })

  it('that do not fit are left empty, told by row and column; the row is imported', () => {
    const what = plan(database(LEGACY_TABLES, { tune: [tune(1, 'Kesh', { year: 'about 1900' })] }))
    expect(cells(what, 'tune')).toEqual([{ title: 'Kesh', idForeign: '1', primaryOrigin: 'old' }])
    expect(found(what)).toEqual([
      'warning tune 1.release_year: must be a number, not “about 1900”; it is left empty',
    ])
  })

  it('that must be there and are not cost the row', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh'), tune(2, null), tune(3, '  ')],
        reference: [
          [1, 'javascript:alert(1)', 'website', 1, null],
          [2, null, 'website', 1, null],
          [3, 'example.org/kesh', 'Sheet Music', 1, null],
        ],
        note: [[1, null, 1, null, '', null, 0, 0]],
      }),
    )
    expect(found(what)).toEqual([
      'error tune 2.title: has no title',
      'error tune 3.title: has no title',
      'error note 1: has no text',
      'error reference 1.url: must be a web address, not “javascript:alert(1)”',
      'error reference 2.url: has no url',
    ])
    expect(cells(what, 'reference')).toMatchObject([
      { url: 'https://example.org/kesh', refType: 'sheet-music' },
    ])
    expect(what.skipped).toMatchObject({ tune: 2, reference: 2, note: 1 })
  })

  it('of a column are read in one order of day and month', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh')],
        playlist: [playlist(1, 'A')],
        practice_record: [
          [1, 1, 1, '10/03/2024 6:30 PM', 3, null],
          [2, 1, 1, '10/25/2024 6:30 PM', '4', '31/12/2024'],
        ],
      }),
    )
    expect(cells(what, 'practice_record')).toMatchObject([
      { practiced: '2024-10-03T18:30:00.000Z', quality: 3 },
      { practiced: '2024-10-25T18:30:00.000Z', quality: 4, due: '2024-12-31T00:00:00.000Z' },
    ])
  })

  it('too long for a cell are cut, and told', () => {
    const what = plan(database(LEGACY_TABLES, { tune: [tune(1, 'K'.repeat(30_000))] }))
    expect(what.tables.tune[0]?.cells.title).toHaveLength(20_000)
    expect(found(what)).toEqual([
      'warning tune 1.title: is longer than 20,000 characters; the rest is left out',
    ])
  })
})

describe('flaws of old databases', () => {
  it('removed rows stay away, and so does what hangs on them; told once, with a count', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh'), tune(2, 'Gone', { deleted: 1 })],
        playlist: [playlist(1, 'A'), playlist(2, 'Gone', { deleted: 1 })],
        playlist_tune: [
          [1, 1, null, null, null, 0],
          [1, 2, null, null, null, 0],
          [2, 1, null, null, null, 0],
          [1, 1, null, null, null, 1],
        ],
      }),
    )
    expect(what.tables.playlist_tune).toHaveLength(1)
    expect(found(what)).toEqual([
      'note tune: 1 row is marked as removed there; left out',
      'note playlist: 1 row is marked as removed there; left out',
      'note playlist_tune: 2 rows are left out, because the tune or playlist they belong to is',
      'note playlist_tune: 1 row is marked as removed there; left out',
    ])
  })

  it('orphans are told one by one; a note without its playlist is kept', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh')],
        note: [
          [1, null, 99, null, 'of nothing', null, 0, 0],
          [2, null, null, null, 'of nobody', null, 0, 0],
          [3, null, 1, 88, 'of no list', null, 0, 0],
        ],
        tag: [[1, null, 99, 'slow']],
      }),
    )
    expect(found(what)).toEqual([
      'error note 1.tune_ref: belongs to tune 99, which these files do not have',
      'error note 2.tune_ref: names no tune',
      'warning note 3.playlist_ref: belongs to playlist 88, which these files do not have; it is kept without one',
      'error tag 1.tune_ref: belongs to tune 99, which these files do not have',
    ])
    expect(what.tables.note).toHaveLength(1)
  })

  it('duplicates are taken once; those that contradict each other are told', () => {
    const what = plan(
      database(LEGACY_TABLES, {
        tune: [tune(1, 'Kesh')],
        playlist: [playlist(1, 'A')],
        playlist_tune: [
          [1, 1, null, null, 'recall', 0],
          [1, 1, null, null, 'recall', 0],
          [1, 1, null, null, 'fluency', 0],
        ],
        tag: [
          [1, null, 1, 'Slow'],
          [2, null, 1, ' slow '],
        ],
        practice_record: [
          [1, 1, 1, '2024-10-03 18:30:00', 3, null],
          [2, 1, 1, '2024-10-03T18:30:00Z', 3, null],
          [3, 1, 1, null, 3, null],
          [4, 1, 1, null, 3, null],
        ],
      }),
    )
    expect(found(what)).toEqual([
      'error playlist_tune 3: is the same tune on the same playlist as row 1, with other values; that one counts',
      'note playlist_tune: 1 row is there more than once; taken once',
      'note tag: 1 row is there more than once; taken once',
      'note practice_record: 1 row is there more than once; taken once',
    ])
    expect(what.tables.practice_record).toHaveLength(3)
  })

  it('the daily queue is left out, and the plan says why', () => {
    const what = plan([
      text('tune.csv', 'id,title\n1,Kesh'),
      text('daily_practice_queue.csv', 'id,tune_ref,queue_date\n1,1,2024-10-03\n2,1,2024-10-04'),
    ])
    expect(found(what)).toEqual([
      'note daily_practice_queue: is not imported (2 rows): a day’s queue is worked out anew from what was practised',
    ])
  })

  it('tables that mean nothing here are named', () => {
    const what = plan(
      database(`${LEGACY_TABLES} create table schema_migrations (v);`, { tune: [tune(1, 'Kesh')] }),
    )
    expect(found(what)).toEqual([
      'note schema_migrations: is a table that this app does not know; it is left out',
    ])
  })

  it('rows with the text NULL have nothing there', () => {
    const what = plan(text('tune.csv', 'id,title,type,composer\n1,Kesh,NULL,\\N'))
    expect(Object.keys(what.tables.tune[0]?.cells ?? {}).sort()).toEqual([
      'idForeign',
      'primaryOrigin',
      'title',
    ])
  })
})

describe('people', () => {
  const file = () =>
    database(LEGACY_TABLES, {
      user_profile: [
        [1, 'Aoife', 'aoife@example.org'],
        [2, 'Brendan', 'brendan@example.org'],
      ],
      tune: [tune(1, 'Kesh'), tune(2, 'Secret', { privateFor: 2 })],
      playlist: [playlist(1, 'A', { user: 1 }), playlist(2, 'B', { user: 2 }), playlist(3, 'C', { user: 1 })],
      playlist_tune: [
        [1, 1, null, null, null, 0],
        [2, 1, null, null, null, 0],
      ],
      note: [
        [1, 1, 1, null, 'mine', null, 0, 0],
        [2, null, 1, null, 'of the catalogue', null, 0, 0],
      ],
    })

  it('whoever has the most rows is taken; what is of others is left out', () => {
    const what = plan(file())
    expect(what).toMatchObject({
      person: '1',
      people: [
        { name: 'Aoife', rows: 3 },
        { name: 'Brendan', rows: 1 },
      ],
    })
    expect(cells(what, 'playlist').map(({ name }) => name)).toEqual(['A', 'C'])
    expect(cells(what, 'tune').map(({ title }) => title)).toEqual(['Kesh'])
    expect(cells(what, 'note')).toEqual([
      { noteText: 'mine', tuneRef: what.tables.tune[0]?.id, public: false, userRef: OWNER },
      { noteText: 'of the catalogue', tuneRef: what.tables.tune[0]?.id, public: false },
    ])
    expect(what.tables.playlist_tune).toHaveLength(1)
  })

  it('another person can be chosen', () => {
    const what = plan(file(), { person: '2' })
    expect(what).toMatchObject({ person: '2', source: 'brendan@example.org' })
    expect(cells(what, 'tune').map(({ title }) => title)).toEqual(['Kesh', 'Secret'])
    expect(cells(what, 'tune')[1]?.privateFor).toBe(OWNER)
  })
})

it('a table of more rows than a stack holds is planned', () => {
  const many = 150_000
  const titles = Array.from({ length: many }, (_, index) => `Tune ${index}`)
  expect(plan(text('tune.csv', `title\n${titles.join('\n')}\n`)).tables.tune).toHaveLength(many)
})
