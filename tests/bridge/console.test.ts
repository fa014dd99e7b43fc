import { expect, test } from 'vitest'
import { openMirror, sql } from '../helpers/mirrors.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

test('an exported file opens elsewhere, and the mirror goes on', async () => {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  space.insert(thing, { name: 'a' })
  const bytes = Buffer.concat((await mirror.export(async () => {})) ?? [])
  expect(new TextDecoder().decode(bytes.subarray(0, 15))).toBe('SQLite format 3')
  const other = new sql.Database(bytes)
  expect(other.exec('SELECT name FROM thing')[0]?.values).toEqual([['a']])
  expect(other.exec('PRAGMA integrity_check')[0]?.values).toEqual([['ok']])
  other.close()
  space.insert(thing, { name: 'b' })
  expect(mirror.query('SELECT name FROM thing ORDER BY name')).toEqual([{ name: 'a' }, { name: 'b' }])
  expect(() => mirror.query('WITH x AS (SELECT 1) DELETE FROM thing')).toThrow(/read-only/)
})

test('what somebody typed is answered as a table, up to a limit', () => {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  for (const name of ['a', 'b', 'c']) space.insert(thing, { name })
  const text = 'SELECT name, upper(name) AS name FROM thing ORDER BY 1'
  expect(mirror.table(text, 2)).toEqual({
    columns: ['name', 'name'],
    rows: [
      ['a', 'A'],
      ['b', 'B'],
    ],
    isMore: true,
  })
  expect(mirror.table(text, 3).isMore).toBe(false)
  expect(mirror.table('SELECT 1 AS n WHERE 0')).toEqual({ columns: ['n'], rows: [], isMore: false })
  for (const wrong of ['DROP TABLE thing', 'SELECT', 'EXPLAIN SELECT 1'])
    expect(() => mirror.table(wrong)).toThrow(/refused/)
})

test('a plan says what is searched and what is read from end to end', () => {
  const mirror = openMirror()
  const details = (text: string) => mirror.plan(text).map(({ detail }) => detail)
  expect(details("SELECT * FROM thing WHERE id = 'a'")).toEqual([
    expect.stringContaining('USING INDEX thing_by_id'),
  ])
  const union = mirror.plan('SELECT id FROM thing UNION ALL SELECT id FROM thing')
  expect(union.map(({ depth }) => depth)).toEqual([0, 1, 2, 1, 2])
  expect(() => mirror.plan('DELETE FROM thing')).toThrow(/read-only/)
})
