import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** So many structs are written in a moment. */
const STRUCTS_AT_ONCE = 3_000

type Run = readonly [clock: number, length: number]

/**
 * The same bytes as `Y.encodeStateAsUpdateV2`, the smaller encoding for history, written a moment's work at a time.
 *
 * @see yjs, `src/utils/encoding.js`: structs by client, then deletions
 * @returns nothing when the document changes meanwhile
 */
export function* snapshotInSteps(doc: Y.Doc): Generator<void, Uint8Array | undefined> {
  // What waits for updates that have not come is merged into the bytes. It is rare, and few.
  if (doc.store.pendingStructs || doc.store.pendingDs) return Y.encodeStateAsUpdateV2(doc)
  let isChanged = false
  const onTransaction = () => {
    isChanged = true
  }
  doc.on('afterTransaction', onTransaction)
  try {
    const encoder = new Y.UpdateEncoderV2()
    const clients = [...doc.store.clients].sort(([a], [b]) => b - a)
    const deleted: [client: number, runs: Run[]][] = []
    encoding.writeVarUint(encoder.restEncoder, clients.length)
    let count = 0
    for (const [client, structs] of clients) {
      encoding.writeVarUint(encoder.restEncoder, structs.length)
      encoder.writeClient(client)
      encoding.writeVarUint(encoder.restEncoder, structs[0]?.id.clock ?? 0)
      const runs: Run[] = []
      for (const struct of structs) {
        struct.write(encoder, 0)
        if (struct.deleted) join(runs, struct)
        if (++count % STRUCTS_AT_ONCE !== 0) continue
        yield
        if (isChanged) return undefined
      }
      if (runs.length > 0) deleted.push([client, runs])
    }
    encoding.writeVarUint(encoder.restEncoder, deleted.length)
    for (const [client, runs] of deleted) {
      encoder.resetDsCurVal()
      encoding.writeVarUint(encoder.restEncoder, client)
      encoding.writeVarUint(encoder.restEncoder, runs.length)
      for (const [clock, length] of runs) {
        encoder.writeDsClock(clock)
        encoder.writeDsLen(length)
      }
    }
    return encoder.toUint8Array()
  } finally {
    doc.off('afterTransaction', onTransaction)
  }
}

/** Adds what is deleted, to the last run if that ends where it begins. */
function join(runs: Run[], { id: { clock }, length }: Y.Item | Y.GC): void {
  const last = runs.at(-1)
  if (last && last[0] + last[1] === clock) runs[runs.length - 1] = [last[0], last[1] + length]
  else runs.push([clock, length])
}
