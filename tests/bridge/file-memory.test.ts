import { expect, test } from 'vitest'
import { DatabaseCopy } from '../../bridge/copy.ts'
import { fileMemory, openInPlace } from '../../bridge/file-memory.ts'
import { sql } from '../helpers/mirrors.ts'

test('a database is opened where its bytes are, and grows out of them when there is no more room', () => {
  const original = sample(10)
  const memory = fileMemory(original.byteLength)
  memory.set(original)
  const { database, isInPlace } = openInPlace(sql, memory)
  expect(isInPlace).toBe(true)
  database.run("UPDATE t SET text = 'written in place' WHERE n = 1")
  expect(textOf(new Uint8Array(memory.buffer))).toContain('written in place')
  database.run(ROWS(20_000))
  expect(database.exec('SELECT count(*) FROM t')[0]?.values).toEqual([[20_010]])
  expect(database.export().byteLength).toBeGreaterThan(memory.buffer.byteLength)
  expect(isSound(database.export())).toBe(true)
  database.close()
})

test('bytes without room behind them are opened in place too', () => {
  const { database, isInPlace } = openInPlace(sql, sample(10))
  expect(isInPlace).toBe(true)
  database.run(ROWS(1_000))
  expect(isSound(database.export())).toBe(true)
  database.close()
})

test('a copy has what is written while it is made, also when it outgrows its memory', () => {
  for (const added of [0, 10, 40_000]) {
    const { database } = openInPlace(sql, sample(5_000))
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

const rowsOf = (bytes: Uint8Array) => opened(bytes, 'SELECT count(*), sum(n), total(length(text)) FROM t')

const isSound = (bytes: Uint8Array) => opened(bytes, 'PRAGMA integrity_check')?.[0] === 'ok'

function opened(bytes: Uint8Array, query: string) {
  const database = new sql.Database(bytes)
  const [answer] = database.exec(query)
  database.close()
  return answer?.values[0]
}

const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)
