import type { Database } from 'sql.js'
import { expect, test } from 'vitest'
import { DatabaseCopy } from '../../bridge/copy.ts'
import { FileInPieces } from '../../bridge/file-in-pieces.ts'
import { emptyFile, openFile } from '../../bridge/open-file.ts'
import { sql } from '../helpers/mirrors.ts'

const PIECE = 1 << 18

test('a database is opened where its bytes are, and grows without being copied', () => {
  const bytes = sample(20_000)
  expect(bytes.length).toBeGreaterThan(3 * PIECE)
  const contents = new FileInPieces(bytes)
  const { database, isKept } = openFile(sql, bytes, contents)
  expect(isKept).toBe(true)
  database.run("UPDATE t SET text = 'written in place' WHERE n = 1")
  expect(textOf(bytes)).toContain('written in place')
  const first = contents.subarray(0, PIECE)
  database.run(ROWS(20_000))
  expect(contents.subarray(0, PIECE).buffer).toBe(first.buffer)
  expect(database.exec('SELECT count(*) FROM t')[0]?.values).toEqual([[40_000]])
  const file = contents.subarray(0, sizeOf(database))
  expect(isSound(file)).toBe(true)
  expect(rowsOf(file)).toEqual(rowsOf(database.export()))
  database.close()
})

test('a database with nothing in it grows, is emptied and grows again', () => {
  const bytes = emptyFile(sql)
  const { database, isKept } = openFile(sql, bytes, new FileInPieces(bytes))
  expect(isKept).toBe(true)
  database.run('CREATE TABLE t (n INTEGER, text TEXT)')
  for (const rows of [30_000, 10]) {
    database.run(ROWS(rows))
    expect(isSound(database.export())).toBe(true)
    expect(rowsOf(database.export())?.[0]).toBe(rows)
    database.run('DELETE FROM t')
    database.run('VACUUM')
  }
  database.close()
  expect(rowsOf(emptyFile(sql), 'SELECT count(*) FROM sqlite_master')).toEqual([0])
})

test('a file in pieces has what was written, wherever pieces begin', () => {
  const written = new Uint8Array(3 * PIECE + 100).map((_, at) => at % 251)
  const contents = new FileInPieces(written.slice(0, PIECE + 100))
  contents.set(written.subarray(PIECE - 1), PIECE - 1)
  for (const [from, to] of [
    [0, 16],
    [PIECE - 8, PIECE + 8],
    [10, 3 * PIECE + 100],
    [2 * PIECE, 3 * PIECE],
  ] as const)
    expect(Buffer.compare(contents.subarray(from, to), written.subarray(from, to))).toBe(0)
  expect(() => contents.subarray(4 * PIECE, 4 * PIECE + 1)).toThrow(RangeError)
})

test('a copy has what is written while it is made, also when it outgrows its memory', () => {
  for (const added of [0, 10, 40_000]) {
    const database = new sql.Database(sample(5_000))
    const copy = new DatabaseCopy(sql, database)
    expect(copy.step(1)).toBe(true)
    if (added > 0) database.run(ROWS(added))
    while (copy.step(1_000)) {}
    const bytes = copy.finish()
    copy.free()
    expect(isSound(bytes)).toBe(true)
    expect(rowsOf(bytes)).toEqual(rowsOf(database.export()))
    database.close()
  }
})

test('a database without anything is copied', () => {
  const database = new sql.Database()
  const copy = new DatabaseCopy(sql, database)
  while (copy.step(-1)) {}
  expect(isSound(copy.finish())).toBe(true)
  copy.free()
  database.close()
})

const ROWS = (count: number) =>
  `WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM c WHERE n < ${count})
   INSERT INTO t SELECT n, 'a text that takes some room in the file ' || n FROM c`

function sample(rows: number): Uint8Array {
  const database = new sql.Database()
  database.run('CREATE TABLE t (n INTEGER, text TEXT)')
  database.run(ROWS(rows))
  const bytes = database.export()
  database.close()
  return bytes
}

const rowsOf = (bytes: Uint8Array, query = 'SELECT count(*), sum(n), total(length(text)) FROM t') =>
  opened(bytes, query)

const sizeOf = (database: Database) =>
  Number(
    database.exec('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size')[0]
      ?.values[0]?.[0],
  )

const isSound = (bytes: Uint8Array) => opened(bytes, 'PRAGMA integrity_check')?.[0] === 'ok'

function opened(bytes: Uint8Array, query: string) {
  const database = new sql.Database(bytes)
  const [answer] = database.exec(query)
  database.close()
  return answer?.values[0]
}

const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)
