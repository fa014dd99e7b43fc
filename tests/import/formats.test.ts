import { describe, expect, it } from 'vitest'
import { ImportError, MAX_FILE_BYTES, readFiles } from '../../src/import/index.ts'
import { database, LEGACY_TABLES, plan, sql, text } from './scene.ts'

const titles = (...files: Parameters<typeof plan>[0][]) =>
  plan(files.flat()).tables.tune.map(({ cells }) => cells.title)

const code = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (!(error instanceof ImportError)) throw error
    expect(error.message).not.toBe('')
    expect(error.action).not.toBe('')
    return error.code
  }
  return 'none'
}
const read = (...files: { name: string; bytes: Uint8Array }[]) => readFiles(files, sql)

describe('CSV', () => {
  it.each([',', ';', '\t'])('divided by “%s”, with quotes and line ends in a value', (mark) => {
    const file = text('mine.csv', `Title${mark}Key\r\n"The ""Wise""\nMaid"${mark}D\r\n\r\nKesh${mark}G\r\n`)
    expect(titles(file)).toEqual(['The "Wise"\nMaid', 'Kesh'])
  })

  it('is told by its columns, and by its name where they fit two tables', () => {
    const tables = read(
      text('a.csv', 'tune_ref,url\n1,x'),
      text('b.csv', 'tune_id,tag\n1,x'),
      text('c.csv', 'tune_ref,playlist_ref\n1,1'),
      text('d.csv', 'id,tune_ref,note_text\n1,1,x'),
      text('e.csv', 'practiced,tune_ref,playlist_ref\n2024-01-01,1,1'),
      text('f.csv', 'playlist_id,name\n1,x'),
      text('playlist.csv', 'id,name\n1,x'),
      text('g.csv', 'Name\nx'),
    )[0]?.tables.map(({ name }) => name)
    expect(tables).toEqual([
      ...['reference', 'tag', 'playlist_tune', 'note', 'practice_record', 'playlist', 'playlist', 'tune'],
    ])
  })

  it('with more values than columns says so, and which row', () => {
    expect(plan(text('t.csv', 'title,type\nKesh,jig\nCooley’s,reel,surplus\n')).problems).toMatchObject([
      { row: 2, severity: 'warning', message: 'has 3 values for 2 columns; the last ones are left out' },
    ])
  })

  it('with a quote that is never closed is refused', () => {
    expect(code(() => read(text('t.csv', 'title,type\n"Kesh,jig\nCooley,reel')))).toBe('malformed')
  })
})

describe('JSON', () => {
  const tunes = [{ id: 1, title: 'Kesh' }]
  it.each([
    ['an object of tables', { tune: tunes, tag: [] }],
    ['tables under other names', { tunes }],
    ['tables in a wrapper', { version: 3, tables: { tune: tunes } }],
    ['an array of tunes', tunes],
    ['names in camel case', { Tune: [{ Id: 1, Title: 'Kesh' }] }],
  ])('%s', (_what, json) => {
    expect(titles(text('x.json', JSON.stringify(json)))).toEqual(['Kesh'])
  })

  it.each([
    ['cut off', '{"tune": [{"id": 1', 'malformed'],
    ['of something else', '{"name": "package", "version": "1.0.0"}', 'no_known_table'],
    ['of other tables', '{"invoices": [{"id": 1}]}', 'no_known_table'],
    ['an empty array', '[]', 'no_known_table'],
    ['numbers', '[1, 2, 3]', 'no_known_table'],
  ])('%s is refused', (_what, content, expected) => {
    expect(code(() => read(text('x.json', content)))).toBe(expected)
  })

  it('a row that is no object is told by its number, the others are read', () => {
    const found = plan(text('x.json', '{"tune": [{"title": "A"}, 7, null, {"title": "B"}]}'))
    expect(found.tables.tune.map(({ cells }) => cells.title)).toEqual(['A', 'B'])
    expect(found.problems).toMatchObject([
      { row: 2, message: 'is no row' },
      { row: 3, message: 'is no row' },
    ])
  })
})

describe('ABC', () => {
  const ABC = `%abc-2.1
% A collection

X:1
T:Silver Spear, The
T:An Sleá Airgid
R:Reel
C:Trad
O:Ireland
S:https://example.org/spear
N:Slowly at first
M:4/4
L:1/8
K:D % two sharps
A|:"D"FA (3AAA {c}BAFA|dfed BcdA|FA~A2 BAFA|dfed B2AG:|
w: not a melody

Words between tunes.

X:2
T:Cooley’s
R:reel
K:Edor
EBBA B2EB|B2AB dBAG|

X:9
T:Cooley's
R:reel
K: E Dorian
D2|EB{c}BA B2 EB|~B2 AB dBAG|
`
  it('has many tunes, with title, type, key, first bars and what is said about them', () => {
    const { tables } = plan(text('tunes.abc', ABC))
    expect(tables.tune.map(({ cells }) => cells)).toEqual([
      expect.objectContaining({
        title: 'The Silver Spear',
        type: 'reel',
        mode: 'D major',
        composer: 'Trad',
        incipit: 'A | FA (3AAA BAFA | dfed BcdA',
      }),
      expect.objectContaining({ title: 'Cooley’s', mode: 'E dorian', incipit: 'EBBA B2EB | B2AB dBAG' }),
      expect.objectContaining({ title: "Cooley's", mode: 'E dorian' }),
    ])
    expect(tables.reference.map(({ cells }) => cells.url)).toEqual(['https://example.org/spear'])
    expect(tables.note.map(({ cells }) => cells.noteText)).toContain('From: Ireland\nSlowly at first')
  })

  it('keeps the whole setting as a note', () => {
    const { tables } = plan(text('tunes.abc', ABC))
    const setting = tables.note.find(({ legacyId }) =>
      legacyId?.startsWith('the silver spear|reel|d major|abc'),
    )
    expect(setting?.cells.noteText).toContain('A|:"D"FA (3AAA {c}BAFA|dfed BcdA|FA~A2 BAFA|dfed B2AG:|')
    expect(setting?.cells.noteText).not.toContain('Words between')
  })

  it('a second setting of the same tune is a further note; the same setting again is nothing', () => {
    const one = 'X:1\nT:Kesh\nR:jig\nK:G\nGAG|\n'
    const other = 'X:2\nT:Kesh\nR:jig\nK:G\nGAB|\n'
    const { tables, problems } = plan(text('t.abc', `${one}\n${other}\n${one}`))
    expect(tables.tune).toHaveLength(1)
    expect(tables.note).toHaveLength(2)
    expect(problems).toEqual([])
  })

  it('a tune without a title is told', () => {
    const { tables, problems } = plan(text('t.abc', 'X:1\nR:jig\nK:G\nGAG|\n'))
    expect(tables.tune).toEqual([])
    expect(problems[0]).toMatchObject({ severity: 'error', table: 'tune', row: 1, message: 'has no title' })
  })
})

describe('SQLite', () => {
  it('text in several encodings within one column', () => {
    const bytes = (raw: string) => Uint8Array.from(raw, (char) => char.charCodeAt(0))
    const file = database('create table tune (id integer primary key, title text)', {
      tune: [
        [1, 'Seán'],
        [2, bytes('Se\u00e1n')],
        [3, 'SeÃ¡n'],
        [4, 'Sea\u0301n'],
      ],
    })
    expect(titles(file)).toEqual(['Seán', 'Seán', 'Seán', 'Seán'])
  })

  it('a database in UTF-16', () => {
    const file = database(
      `pragma encoding = 'UTF-16le'; create table tune (id integer primary key, title text)`,
      {
        tune: [[1, 'Mná na hÉireann']],
      },
    )
    expect(titles(file)).toEqual(['Mná na hÉireann'])
  })

  it('a database in WAL mode is read as far as it is in the file', () => {
    const { name, bytes } = database(LEGACY_TABLES, {
      tune: [[1, 'Kesh', null, null, null, null, null, null, null, null, 0]],
    })
    bytes.set([2, 2], 18)
    expect(titles({ name, bytes })).toEqual(['Kesh'])
  })

  it('tables and columns with difficult names do no harm', () => {
    const file = database(
      `create table "tu""ne; drop table tune" (x); create table tune (id integer, title text, "od""d" text);`,
      {
        tune: [[1, 'Kesh', 'x']],
      },
    )
    expect(titles(file)).toEqual(['Kesh'])
    expect(plan(file).problems).toMatchObject([{ severity: 'note', table: 'tu"ne; drop table tune' }])
  })

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.subarray(0, 5000)],
    ['overwritten', (bytes: Uint8Array) => bytes.slice().fill(7, 100)],
    ['only a header', (bytes: Uint8Array) => bytes.subarray(0, 16)],
  ])('%s is refused', (_what, damage) => {
    const { name, bytes } = database(LEGACY_TABLES, {
      tune: Array.from({ length: 500 }, (_, index) => [index, `Tune ${index}`, ...Array(9).fill(null)]),
    })
    expect(code(() => read({ name, bytes: damage(bytes) }))).toBe('malformed')
  })

  it('of something else is refused', () => {
    expect(code(() => read(database('create table invoice (id integer)')))).toBe('no_known_table')
  })
})

describe('what cannot be imported', () => {
  it.each([
    ['nothing chosen', [], 'empty'],
    ['an empty file', [text('x.csv', '')], 'empty'],
    ['only blanks', [text('x.csv', ' \n ')], 'unknown_format'],
    [
      'a picture',
      [{ name: 'x.abc', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13) }],
      'unknown_format',
    ],
    ['a page', [text('x.html', '<!doctype html><title>Tunes</title>')], 'unknown_format'],
    ['a letter', [text('x.txt', 'Dear Aoife,\nhow are you?')], 'unknown_format'],
  ])('%s', (_what, files, expected) => {
    expect(code(() => read(...files))).toBe(expected)
  })

  it('a file larger than the device could hold', () => {
    const bytes = new Uint8Array(0)
    Object.defineProperty(bytes, 'byteLength', { value: MAX_FILE_BYTES + 1 })
    expect(code(() => read({ name: 'x.sqlite', bytes }))).toBe('too_large')
  })
})
