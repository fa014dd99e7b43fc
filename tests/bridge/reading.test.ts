import { sql as fragment } from 'drizzle-orm'
import { QueryError, verify } from 'segue/bridge'
import { beforeEach, describe, expect, test } from 'vitest'
import { openMirrorWithConnection, sql } from '../helpers/mirrors.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

const writes = [
  "INSERT INTO thing (id, space_id, name, done) VALUES ('x', 'y', 'z', 0)",
  "UPDATE thing SET name = 'x'",
  'DELETE FROM thing',
  "WITH t AS (SELECT 'a') DELETE FROM thing",
  "/* a comment */ with recursive t AS (SELECT 'a') UPDATE thing SET name = 'x'",
  "WITH t AS (SELECT 'a') REPLACE INTO thing (id, space_id, name, done) SELECT 'x', 'y', 'z', 0 FROM t",
  "WITH t AS (SELECT 'a') DELETE FROM thing WHERE 0",
  "REPLACE INTO thing (id, space_id, name, done) VALUES ('x', 'y', 'z', 0)",
  'DROP TABLE thing',
  'ALTER TABLE thing RENAME TO other',
  'CREATE TABLE mine (x)',
  'CREATE TEMP TABLE mine (x)',
  'CREATE VIEW mine AS SELECT 1',
  'CREATE TRIGGER mine AFTER INSERT ON thing BEGIN SELECT 1; END',
  'PRAGMA query_only = OFF',
  'pragma query_only(0)',
  'EXPLAIN PRAGMA query_only = OFF',
  '/* a comment */ PRAGMA query_only = OFF',
  '-- a comment\nPRAGMA query_only = OFF',
  '; PRAGMA query_only = OFF',
  '/**/ ; PRAGMA query_only = OFF /**/ ; SELECT 1',
  'PRAGMA max_page_count = 1',
  'PRAGMA writable_schema = ON',
  'PRAGMA journal_mode = OFF',
  'BEGIN',
  'BEGIN IMMEDIATE',
  'SAVEPOINT mine',
  'COMMIT',
  'ROLLBACK',
  "ATTACH DATABASE ':memory:' AS other",
  'DETACH DATABASE main',
  'VACUUM',
  "VACUUM INTO '/tmp/x'",
  'REINDEX',
  'ANALYZE',
  '',
  '-- nothing',
  '/* open',
]

describe('a user’s query', () => {
  let mirror: ReturnType<typeof openMirrorWithConnection>['mirror']
  let connection: ReturnType<typeof openMirrorWithConnection>['connection']
  let space: ReturnType<typeof openSpace>
  let before: unknown
  beforeEach(() => {
    const opened = openMirrorWithConnection()
    mirror = opened.mirror
    connection = opened.connection
    space = openSpace()
    mirror.attach(space)
    space.insert(thing, { id: 'a', name: 'kept' })
    before = state()
  })

  /** How the connection is set, and what it has ever written. */
  const state = () =>
    connection.exec(
      `PRAGMA query_only; PRAGMA writable_schema; PRAGMA journal_mode; PRAGMA max_page_count; PRAGMA database_list;
       PRAGMA schema_version; SELECT total_changes()`,
    )

  const stillGuarded = () => {
    expect(state()).toEqual(before)
    space.insert(thing, { name: 'the mirror still follows' })
    expect(mirror.query('SELECT count(*) AS n FROM thing')).toEqual([{ n: 2 }])
    expect(verify(sql, mirror)).toEqual([])
  }

  test.each(writes)('cannot write: %s', (statement) => {
    expect(() => mirror.query(statement)).toThrow(QueryError)
    stillGuarded()
  })

  test.each(writes)('cannot write by way of asking what it reads: %s', (statement) => {
    try {
      mirror.tablesOf(statement)
    } catch (error) {
      expect(error).toBeInstanceOf(QueryError)
    }
    stillGuarded()
  })

  test.each(writes)('cannot write through Drizzle, though its types were circumvented: %s', (statement) => {
    const { db } = mirror
    if (!('run' in db) || typeof db.run !== 'function') throw new Error('Drizzle has changed.')
    const { run } = db
    expect(() => run.call(db, fragment.raw(statement))).toThrow()
    stillGuarded()
  })

  test('that hides a second statement runs only the first', () => {
    expect(mirror.query('SELECT 1 AS one; PRAGMA query_only = OFF; DELETE FROM thing')).toEqual([{ one: 1 }])
    stillGuarded()
  })

  test.each([
    'SELECT * FROM pragma_query_only(0)',
    'SELECT * FROM pragma_query_only = 0',
    "SELECT load_extension('x')",
  ])('finds no back door: %s', (statement) => {
    expect(() => mirror.query(statement)).toThrow(QueryError)
    stillGuarded()
  })

  test.each([
    'select name from thing',
    '  /* why */ SELECT name FROM thing',
    '-- why\n\tSELECT name FROM thing',
    'WITH t AS (SELECT name FROM thing) SELECT * FROM t',
    "VALUES ('kept')",
  ])('may read: %s', (statement) => {
    expect(Object.values(mirror.query(statement)[0] ?? {})).toEqual(['kept'])
  })

  test('takes parameters by position and by name', () => {
    expect(mirror.query('SELECT name FROM thing WHERE id = ?', ['a'])).toEqual([{ name: 'kept' }])
    expect(mirror.query('SELECT name FROM thing WHERE id = :id', { ':id': 'b' })).toEqual([])
  })

  test('that is wrong says what SQLite thinks and what to do', () => {
    expect(() => mirror.query('SELECT nonsense FROM thing')).toThrow(
      'This query was refused: no such column: nonsense. Check the SQL against the schema.',
    )
    expect(() => mirror.query('DELETE FROM thing')).toThrow(/read-only: change rows through their space/)
    expect(() => mirror.tablesOf('SELECT * FROM nowhere')).toThrow(/no such table: nowhere/)
    expect(() => mirror.db.select({ x: fragment`nonsense` }).from(thing).all()).toThrow(QueryError)
  })

  test('through Drizzle leaves no statement behind', () => {
    const kept = new Set<unknown>()
    const prepare = connection.prepare.bind(connection)
    connection.prepare = (...asked) => {
      const statement = prepare(...asked)
      const free = statement.free.bind(statement)
      statement.free = () => {
        kept.delete(statement)
        return free()
      }
      kept.add(statement)
      return statement
    }
    expect(mirror.db.select({ name: thing.name }).from(thing).all()).toEqual([{ name: 'kept' }])
    expect(mirror.db.select({ name: thing.name }).from(thing).get()).toEqual({ name: 'kept' })
    expect(kept.size).toBe(0)
  })

  test('that fails while it runs leaves everything working', () => {
    expect(() => mirror.query("SELECT json_extract('{', '$') FROM thing")).toThrow(QueryError)
    stillGuarded()
  })
})
