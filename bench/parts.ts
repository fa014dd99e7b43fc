/**
 * A document written as one update and in parts, and read again: how long it takes, and for how long at once.
 * `npm run bench:parts -- --rows 100000 --json`
 */
import { parseArgs } from 'node:util'
import { newSpaceId, Space, stateInParts } from 'segue/crdt'
import * as Y from 'yjs'
import { cellsOf, item, schema } from './item.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rows: { type: 'string', default: '10000' } },
})
const rows = Number(values.rows)
const PER_TRANSACTION = 500

function filled(): Y.Doc {
  const author = { userId: '8a0b2c1e-5d7f-4b1a-9c3e-2f4d6a8b0c1d', device: 'bench' }
  const space = new Space({ id: newSpaceId(), schema, author })
  for (let at = 0; at < rows; at += PER_TRANSACTION) {
    space.transact(() => {
      for (let index = at; index < at + PER_TRANSACTION; index++) space.insert(item, cellsOf(index))
    })
  }
  return space.doc
}

interface Work {
  readonly times: number[]
  readonly updates: Uint8Array[]
}

function timed<T>(times: number[], work: () => T): T {
  const start = performance.now()
  const result = work()
  times.push(performance.now() - start)
  return result
}

/** The document as one update, encoded when it is asked for. */
function* whole(doc: Y.Doc): Generator<Uint8Array> {
  yield Y.encodeStateAsUpdate(doc)
}

function written(updates: Iterator<Uint8Array>): Work {
  const work: Work = { times: [], updates: [] }
  for (;;) {
    const next = timed(work.times, () => updates.next())
    if (next.done) return work
    work.updates.push(next.value)
  }
}

function read(updates: readonly Uint8Array[]): number[] {
  const doc = new Y.Doc()
  const times: number[] = []
  for (const update of updates) timed(times, () => Y.applyUpdate(doc, update))
  return times
}

const doc = filled()
const figures = Object.fromEntries(
  (['one', 'parts'] as const).map((name) => {
    const updates = name === 'one' ? whole(doc) : stateInParts(doc)
    const { times, updates: stored } = written(updates)
    const reading = read(stored)
    const sum = (all: readonly number[]) => Math.round(all.reduce((total, each) => total + each, 0))
    const longest = (all: readonly number[]) => Math.round(Math.max(...all))
    const over50 = (all: readonly number[]) => all.filter((each) => each > 50).length
    return [
      name,
      {
        updates: stored.length,
        bytes: sum(stored.map(({ byteLength }) => byteLength)),
        ...{ writeMs: sum(times), longestWriteMs: longest(times), writesOver50: over50(times) },
        ...{ readMs: sum(reading), longestReadMs: longest(reading), readsOver50: over50(reading) },
      },
    ]
  }),
)
if (values.json) console.log(JSON.stringify({ rows, ...figures }))
else console.table(figures)
