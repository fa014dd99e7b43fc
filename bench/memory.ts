/**
 * What rows weigh in memory: the document on the JavaScript heap, open and closed, and the mirror's pages, and what SQLite
 * has taken of its WebAssembly memory for them. `npm run bench:memory -- --rows 10000 --json`
 */
import { parseArgs } from 'node:util'
import { Mirror } from 'segue/bridge'
import { newSpaceId, Space, type StoredDocument } from 'segue/crdt'
import initSqlJs from 'sql.js'
import * as Y from 'yjs'
import { cellsOf, item, schema } from './item.ts'
import { rounded } from './sync/numbers.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '10000' } },
})
const rowCount = Number(values.rows)
const { gc } = globalThis
if (!gc) throw new Error('The heap is only told apart from garbage with node --expose-gc.')

/** The WebAssembly memory of the one SQLite of this process. It grows, and is never given back. */
let wasm: WebAssembly.Memory | undefined
const { instantiate } = WebAssembly
WebAssembly.instantiate = (async (source: BufferSource, imports?: WebAssembly.Imports) => {
  const result = await instantiate(source, imports)
  for (const each of Object.values(result.instance.exports))
    if (each instanceof WebAssembly.Memory) wasm = each
  return result
}) as typeof instantiate
const sql = await initSqlJs()

/** Bytes in use, after a collection. */
function used() {
  gc?.()
  gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed, buffers: arrayBuffers, wasm: wasm?.buffer.byteLength ?? Number.NaN }
}

type Used = ReturnType<typeof used>
const added = (before: Used, after: Used) => ({
  heap: (after.heap - before.heap) / rowCount,
  buffers: (after.buffers - before.buffers) / rowCount,
  wasm: (after.wasm - before.wasm) / rowCount,
})

function bareDocument(ids: readonly string[]): Y.Doc {
  const doc = new Y.Doc()
  const table = doc.getMap<Y.Map<unknown>>('item')
  doc.transact(() => {
    for (const [index, id] of ids.entries()) table.set(id, new Y.Map(Object.entries(cellsOf(index))))
  })
  return doc
}

const newSpace = (stored?: StoredDocument) =>
  new Space({ id: newSpaceId(), schema, author: { userId: 'me', device: 'bench' }, stored })

/** In a function of its own: what has closed a document may still know of it. */
function close(space: Space): void {
  const steps = space.closing()
  while (!steps.next().done) {}
}

const first = newSpace()
const ids = first.transact(() =>
  Array.from({ length: rowCount }, (_, index) => first.insert(item, cellsOf(index))),
)
const stored = Y.encodeStateAsUpdateV2(first.doc)
first.destroy()

const beforeBare = used()
const bare = bareDocument(ids)
const afterBare = used()

// As it is read from storage, which is how most documents come into memory.
const space = newSpace({
  applyNext(doc) {
    Y.applyUpdateV2(doc, stored)
    return false
  },
  applyRest: () => {},
})
space.load()
const afterDocument = used()
const mirror = new Mirror(sql, schema)
mirror.attach(space)
const afterMirror = used()
const [pages] = mirror.query(
  'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
)

close(space)
const afterClosing = used()

/** Bytes a row. */
const result = {
  rows: rowCount,
  storedDocument: stored.byteLength / rowCount,
  bareYjs: added(beforeBare, afterBare).heap,
  document: added(afterBare, afterDocument),
  mirror: added(afterDocument, afterMirror),
  pages: Number(pages?.bytes) / rowCount,
  closing: added(afterMirror, afterClosing),
}
const all = result.document.heap + result.document.buffers
const total = all + result.mirror.heap + result.mirror.buffers + result.mirror.wasm
const report = rounded({
  rows: rowCount,
  storedBytes: result.storedDocument,
  bareYjsHeap: result.bareYjs,
  documentHeap: result.document.heap,
  mirrorHeap: result.mirror.heap,
  mirrorFile: result.mirror.buffers,
  mirrorPages: result.pages,
  mirrorWasm: result.mirror.wasm,
  total,
  closedDocument: all + result.closing.heap + result.closing.buffers,
})
mirror.destroy()
space.destroy()
bare.destroy()
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${Object.entries(report)
        .map(([name, value]) => `${name.padEnd(16)}${value}`)
        .join('\n')}\n`,
)
