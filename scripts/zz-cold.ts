import { Mirror } from 'segue/bridge'
import { newSpaceId, Space } from 'segue/crdt'
import { tag, tune, tuneSchema } from 'segue/tables'
import { readFileSync, writeFileSync, existsSync } from 'node:fs'
import initSqlJs from 'sql.js'
import { libraryTunes, librarySize, tagWords, valuesInUse } from '../src/queries/index.ts'
if (!existsSync('/tmp/image.bin')) {
  const sql = await initSqlJs()
  const space = new Space({ id: newSpaceId(), schema: tuneSchema, author: { userId: 'me', device: 'bench' } })
  const from = (a: string[], i: number) => a[i % a.length]
  space.transact(() => { for (let n = 0; n < 100_000; n++) space.insert(tune, { title: `No ${String(n + 1).padStart(6, '0')}, The ${from(['Meadow','Bridge','Mill'], n)}`, type: from(['reel','jig','hornpipe','waltz'], n), mode: from(['D major','G major','A dorian'], n) }) })
  const mirror = new Mirror(sql, tuneSchema); mirror.attach(space)
  writeFileSync('/tmp/image.bin', mirror.export()); writeFileSync('/tmp/image.id', space.id)
}
const id = readFileSync('/tmp/image.id', 'utf8') as any
const sql = await initSqlJs()
const bytes = new Uint8Array(readFileSync('/tmp/image.bin'))
const t = (name: string, f: () => any) => { const s = performance.now(); const r = f(); console.log(name, (performance.now() - s).toFixed(1)); return r }
const mirror = t('open', () => new Mirror(sql, tuneSchema, bytes))
const db = mirror.db
const q = (name: string, query: any) => { t(name + ' tables', () => mirror.tablesOf(query.toSQL().sql)); t(name, () => query.all()); t(name + ' again', () => query.all()) }
q('window', libraryTunes(db, id, {}, { offset: 0, limit: 300 }))
q('size', librarySize(db, id))
q('types', valuesInUse(db, id, 'type'))
q('modes', valuesInUse(db, id, 'mode'))
q('tags', tagWords(db, id))
console.log(mirror.plan(`SELECT 1`))
