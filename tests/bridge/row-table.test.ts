import { dump, verify } from 'segue/bridge'
import { column, defineSchema, type Space, segueTable } from 'segue/crdt'
import { expect, test } from 'vitest'
import { ddl } from '../../bridge/ddl.ts'
import { openMirrorWithConnection, sql } from '../helpers/mirrors.ts'
import { openSpace } from '../helpers/spaces.ts'

const { string, whole } = column
const song = segueTable(
  'song',
  { title: string('title').notNull(), kind: string('kind'), label: string('label'), plays: whole('plays') },
  { indexes: [['kind']], orders: [['title'], ['kind', 'title']], search: ['title', 'label'] },
)
const schema = defineSchema({ song })

function scene() {
  const { mirror, connection } = openMirrorWithConnection(schema)
  const values = (text: string) => connection.exec(text)[0]?.values.flat() ?? []
  const declared = ddl(schema).filter((statement) => statement.startsWith('CREATE INDEX'))
  const isWhole = () => {
    const indexes = values("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL")
    expect(indexes.sort()).toEqual([...declared].sort())
    expect(values('PRAGMA integrity_check')).toEqual(['ok'])
    expect(verify(sql, mirror)).toEqual([])
  }
  return { mirror, connection, isWhole }
}

const newSpace = () => openSpace({ schema })

function fill(space: Space, count: number): void {
  space.transact(() => {
    for (let n = 0; n < count; n++) space.insert(song, { id: `s${n}`, title: `Song ${n}`, kind: `k${n % 7}` })
  })
}

test('a table that is filled has its indexes afterwards, however often and from wherever it is', () => {
  const { mirror, isWhole } = scene()
  const [empty, full, small] = [newSpace(), newSpace(), newSpace()]
  mirror.attach(empty)
  fill(empty, 1_200)
  isWhole()
  fill(full, 2_000)
  mirror.attach(full)
  isWhole()
  fill(small, 1_000)
  mirror.attach(small)
  isWhole()
  expect(mirror.query("SELECT count(*) AS n FROM song WHERE kind = 'k3'")).toEqual([{ n: 600 }])
  mirror.rebuild()
  isWhole()
})

test('filling that fails leaves everything as it was', () => {
  const { mirror, connection, isWhole } = scene()
  const [space, other] = [newSpace(), newSpace()]
  fill(space, 10)
  mirror.attach(space)
  const before = dump(mirror)
  fill(other, 1_200)
  connection.run(
    "CREATE TRIGGER no BEFORE INSERT ON song WHEN new.id = 's1100' BEGIN SELECT RAISE(ABORT, 'no'); END",
  )
  expect(() => mirror.attach(other)).toThrow('no')
  expect(dump(mirror)).toEqual(before)
  connection.run('DROP TRIGGER no')
  mirror.detach(other.id)
  isWhole()
})

test('an edit is found by what it has made of a row, whether an index holds that or not', () => {
  const { mirror, isWhole } = scene()
  const space = newSpace()
  mirror.attach(space)
  fill(space, 3)
  const found = (where: string) => mirror.query(`SELECT id FROM song WHERE ${where}`).map(({ id }) => id)
  space.update(song, 's1', { label: 'Séamus', plays: null })
  expect(found("label = 'Séamus' AND plays IS NULL AND kind = 'k1'")).toEqual(['s1'])
  expect(found("instr(segue_words, 'seamus') > 0")).toEqual(['s1'])
  space.update(song, 's1', { kind: null })
  expect(found('kind IS NULL')).toEqual(['s1'])
  space.update(song, 's1', { title: 'song 1' })
  expect(found('1 ORDER BY space_id, title COLLATE NOCASE DESC')).toEqual(['s2', 's1', 's0'])
  expect(found("title = 'song 1'")).toEqual(['s1'])
  space.transact(() => {
    space.update(song, 's0', { plays: 1 })
    space.insert(song, { id: 's9', title: 'Song 9', kind: 'k2' })
    space.update(song, 's2', { kind: 'k0', plays: 3 })
    space.insert(song, { id: 's8', title: 'Song 8', kind: 'k0' })
  })
  expect(found("kind = 'k0' ORDER BY id")).toEqual(['s0', 's2', 's8'])
  isWhole()
})
