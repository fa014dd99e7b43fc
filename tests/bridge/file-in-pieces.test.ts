import type { Database } from 'sql.js'
import { expect, test } from 'vitest'
import { DatabaseCopy } from '../../bridge/copy.ts'
import { FileInPieces } from '../../bridge/file-in-pieces.ts'
import { openFile } from '../../bridge/open-file.ts'
import { sql } from '../helpers/mirrors.ts'

const PIECE = 1 << 18

test('a database is opened where its bytes are, and grows without being copied', () => {
  const bytes = sample(20_000)
  expect(bytes.length).toBeGreaterThan(3 * PIECE)
  const { database, file } = openFile(sql, [bytes])
  database.run("UPDATE t SET text = 'written in place' WHERE n = 1")
  expect(textOf(bytes)).toContain('written in place')
  database.run(ROWS(20_000))
  expect(file?.subarray(0, PIECE).buffer).toBe(bytes.buffer)
  expect(database.exec('SELECT count(*) FROM t')[0]?.values).toEqual([[40_000]])
  const parts = file?.parts(sizeOf(database)) ?? []
  expect(isSound(Buffer.concat(parts))).toBe(true)
  expect(rowsOf(Buffer.concat(parts))).toEqual(rowsOf(database.export()))
  database.close()
})

test('a database that came in parts is as good as one, wherever these end', () => {
  const bytes = sample(20_000)
  for (const ends of [[2 * PIECE], [4096], [PIECE + 4096, PIECE + 8192], [100, PIECE]]) {
    const parts = [...ends, bytes.length].map((end, nth) => bytes.slice(ends[nth - 1] ?? 0, end))
    const { database, file } = openFile(sql, parts)
    expect(file).toBeDefined()
    expect(rowsOf(database.export())).toEqual(rowsOf(bytes))
    database.close()
  }
})

test('a database with nothing in it grows, is emptied and grows again', () => {
  const { database, file } = openFile(sql)
  expect(file).toBeDefined()
  database.run('CREATE TABLE t (n INTEGER, text TEXT)')
  for (const rows of [30_000, 10]) {
    database.run(ROWS(rows))
    expect(isSound(database.export())).toBe(true)
    expect(rowsOf(database.export())?.[0]).toBe(rows)
    database.run('DELETE FROM t')
    database.run('VACUUM')
  }
  database.close()
  const next = openFile(sql)
  expect(next.database.exec('SELECT * FROM sqlite_master')).toEqual([])
  next.database.close()
})

test('SQLite that keeps files in its own way gets a copy', () => {
  class Copying extends sql.Database {
    constructor(bytes?: Uint8Array) {
      super(bytes && Uint8Array.from(bytes))
    }
  }
  const bytes = sample(10)
  const { database, file } = openFile({ ...sql, Database: Copying }, [bytes.slice(0, 100), bytes.slice(100)])
  expect(file).toBeUndefined()
  expect(rowsOf(database.export())).toEqual(rowsOf(bytes))
  database.close()
})

test('a file in pieces has what was written, wherever pieces begin', () => {
  const written = new Uint8Array(3 * PIECE + 100).map((_, at) => at % 251)
  const file = new FileInPieces([written.slice(0, PIECE + 100)])
  expect(file.size).toBe(PIECE + 100)
  file.set(written.subarray(PIECE - 1), PIECE - 1)
  for (const [from, to] of [
    [0, 16],
    [PIECE - 8, PIECE + 8],
    [10, 3 * PIECE + 100],
    [2 * PIECE, 3 * PIECE],
  ] as const)
    expect(Buffer.compare(file.subarray(from, to), written.subarray(from, to))).toBe(0)
  expect(Buffer.compare(Buffer.concat(file.parts(written.length)), written)).toBe(0)
  expect(() => file.subarray(4 * PIECE, 4 * PIECE + 1)).toThrow(RangeError)
})

test('a copy has what is written while it is made', () => {
  for (const added of [0, 10, 40_000]) {
    const database = new sql.Database(sample(5_000))
    const copy = new DatabaseCopy(sql, database)
    expect(copy.step(1)).toBe(true)
    if (added > 0) database.run(ROWS(added))
    while (copy.step(1_000)) {}
    const bytes = Buffer.concat(copy.finish())
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
  expect(isSound(Buffer.concat(copy.finish()))).toBe(true)
  copy.free()
  database.close()
})

const ROWS = (count: number) =>
  `WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM c WHERE n < ${count})
   INSERT INTO t SELECT n, 'a text that takes some room in the file ' || n FROM c`

function sample(rows: number): Uint8Array<ArrayBuffer> {
  const database = new sql.Database()
  database.run('CREATE TABLE t (n INTEGER, text TEXT)')
  database.run(ROWS(rows))
  const bytes = new Uint8Array(database.export())
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
