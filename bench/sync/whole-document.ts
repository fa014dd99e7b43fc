import { newSpaceId, Space } from 'segue/crdt'
import { tune, tuneSchema } from 'segue/tables'
import * as Y from 'yjs'
import { rounded } from './numbers.ts'

/**
 * What an edit costs where each change writes the whole document, as base64 text, into one column of one row, and
 * broadcasts the update as a JSON array of numbers: the way of y-supabase. Bodies alone are counted.
 */
export function wholeDocument() {
  return Object.fromEntries([10, 100, 1_000].map((rows) => [`${rows} rows`, bytesPerEdit(rows, 60)]))
}

function bytesPerEdit(rows: number, edits: number) {
  const space = new Space({ id: newSpaceId(), schema: tuneSchema })
  space.transact(() => {
    for (let n = 0; n < rows; n++) space.insert(tune, { id: `t${n}`, title: `Tune ${n}` })
  })
  let [updateBytes, columnBytes, broadcastBytes] = [0, 0, 0]
  space.doc.on('update', (update: Uint8Array) => {
    const document = Buffer.from(Y.encodeStateAsUpdate(space.doc)).toString('base64')
    updateBytes += update.byteLength
    columnBytes += Buffer.byteLength(JSON.stringify({ document }))
    broadcastBytes += Buffer.byteLength(JSON.stringify(Array.from(update)))
  })
  for (let n = 0; n < edits; n++) space.update(tune, 't0', { title: `The ${n}th name` })
  return rounded({
    updateBytes: updateBytes / edits,
    columnBytes: columnBytes / edits,
    broadcastBytes: broadcastBytes / edits,
    wireRatio: (columnBytes + broadcastBytes) / updateBytes,
  })
}
