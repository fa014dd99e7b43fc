/**
 * What a row's manners cost: cells written and read, and bytes, against bare nested Y.Maps with the same data in the
 * same run, alternating. `npm run bench:rows -- --json`
 */
import { parseArgs } from 'node:util'
import { newSpaceId, Space } from 'segue/crdt'
import * as Y from 'yjs'
import { cellsOf, item, schema } from './item.ts'
import { quantile, rounded } from './sync/numbers.ts'

const COLUMNS = ['a', 'b', 'c', 'd', 'e'] as const

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '7' },
    overwrites: { type: 'string', default: '100000' },
  },
})
const rowCount = Number(values.rows)
const runs = Number(values.runs)
const overwrites = Number(values.overwrites)
const BATCH = 1_000
const CELLS = 10

/** Rows in one transaction, as an import writes them. */
function segueRows(): { space: Space; ids: string[] } {
  const space = new Space({ id: newSpaceId(), schema, author: AUTHOR })
  const ids = space.transact(() =>
    Array.from({ length: rowCount }, (_, index) => space.insert(item, cellsOf(index))),
  )
  return { space, ids }
}

function bareRows(ids: readonly string[]): Y.Doc {
  const doc = new Y.Doc()
  const table = doc.getMap<Y.Map<unknown>>('item')
  doc.transact(() => {
    for (const [index, id] of ids.entries()) table.set(id, new Y.Map(Object.entries(cellsOf(index))))
  })
  return doc
}

const AUTHOR = { userId: '8a0b2c1e-5d7f-4b1a-9c3e-2f4d6a8b0c1d', device: 'bench' }
const bytes = (doc: Y.Doc) => Y.encodeStateAsUpdateV2(doc).byteLength

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** One transaction of a thousand cell writes, on rows that others wrote as well as on own ones. */
function writes(round: number): { segue: number; bare: number; others: number } {
  const { space, ids } = segueRows()
  const bare = bareRows(ids)
  const other = new Space({ id: space.id, schema, author: { userId: 'somebody else', device: 'phone' } })
  Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(space.doc))
  const table = bare.getMap<Y.Map<unknown>>('item')
  const some = Array.from({ length: BATCH }, (_, index) => ids[(index * 7) % ids.length] ?? '')
  const property = COLUMNS[round % COLUMNS.length] ?? 'a'
  const into = (target: Space, value: number) => () =>
    target.transact(() => {
      for (const id of some) target.update(item, id, { [property]: value })
    })
  const bareWrite = (value: number) => () =>
    bare.transact(() => {
      for (const id of some) table.get(id)?.set(property, value)
    })
  const result = { segue: 0, bare: 0, others: 0 }
  for (let value = 1_000; value < 1_030; value++) {
    result.bare += timed(bareWrite(value))
    result.segue += timed(into(space, value))
    result.others += timed(into(other, value))
  }
  for (const each of [space, other]) each.destroy()
  return result
}

function reads(): { segue: number; bare: number } {
  const { space, ids } = segueRows()
  const bare = bareRows(ids)
  const table = bare.getMap<Y.Map<unknown>>('item')
  const result = { segue: 0, bare: 0 }
  for (let round = 0; round < 5; round++) {
    result.bare += timed(() => {
      for (const id of ids) table.get(id)?.toJSON()
    })
    result.segue += timed(() => {
      for (const id of ids) space.get(item, id)
    })
  }
  return result
}

/** Bytes of a document of rows that were inserted at once, or each by itself, with a second between them. */
function sizes() {
  const { space, ids } = segueRows()
  const bare = bytes(bareRows(ids))
  let time = Date.now()
  const now = () => new Date(time)
  const single = new Space({ id: newSpaceId(), schema, author: AUTHOR, now })
  const chosen = new Space({ id: newSpaceId(), schema, author: AUTHOR, now })
  const bareSingle = new Y.Doc()
  for (let index = 0; index < rowCount; index++) {
    time += 1_000
    const id = single.insert(item, cellsOf(index))
    chosen.insert(item, { ...cellsOf(index), id })
    bareSingle.getMap('item').set(id, new Y.Map(Object.entries(cellsOf(index))))
  }
  return {
    bytesPerRow: bytes(space.doc) / rowCount,
    bytesRatio: bytes(space.doc) / bare,
    bytesRatioOneByOne: bytes(single.doc) / bytes(bareSingle),
    attributionBytesPerCell: (bytes(space.doc) - bare) / (rowCount * CELLS),
    attributionBytesPerCellOneByOne: (bytes(single.doc) - bytes(bareSingle)) / (rowCount * CELLS),
    // Not who and when, but what keeps two rows apart that two devices put under one id.
    chosenIdBytesPerRow: (bytes(chosen.doc) - bytes(single.doc)) / rowCount,
  }
}

/** What overwriting adds, a transaction each. */
function growth() {
  const { space, ids } = segueRows()
  const bare = bareRows(ids)
  const table = bare.getMap<Y.Map<unknown>>('item')
  const before = [bytes(space.doc), bytes(bare)]
  for (let n = 0; n < overwrites; n++) {
    const id = ids[(n * 7919) % ids.length] ?? ''
    const property = COLUMNS[n % COLUMNS.length] ?? 'a'
    space.update(item, id, { [property]: n })
    table.get(id)?.set(property, n)
  }
  const after = [bytes(space.doc), bytes(bare)]
  return {
    overwrites,
    bytesPerOverwrite: ((after[0] ?? 0) - (before[0] ?? 0)) / overwrites,
    bareBytesPerOverwrite: ((after[1] ?? 0) - (before[1] ?? 0)) / overwrites,
  }
}

const measured = Array.from({ length: runs }, (_, round) => ({ write: writes(round), read: reads() }))
const perCell = 30 * BATCH
const median = (figures: number[]) => quantile(figures, 0.5)
const result = rounded({
  cellWriteNs: (median(measured.map(({ write }) => write.segue)) / perCell) * 1e6,
  bareWriteNs: (median(measured.map(({ write }) => write.bare)) / perCell) * 1e6,
  cellWriteRatio: median(measured.map(({ write }) => write.segue / write.bare)),
  othersCellWriteRatio: median(measured.map(({ write }) => write.others / write.bare)),
  rowReadNs: (median(measured.map(({ read }) => read.segue)) / (5 * rowCount)) * 1e6,
  rowReadRatio: median(measured.map(({ read }) => read.segue / read.bare)),
  ...sizes(),
  ...growth(),
})
process.stdout.write(
  values.json
    ? `${JSON.stringify(result)}\n`
    : `${Object.entries(result)
        .map(([name, value]) => `${name.padEnd(34)}${value}`)
        .join('\n')}\n`,
)
