import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** Bytes that an update spends beside its structs: counts, client numbers, first clocks. */
const OVERHEAD = 64

type Decoded = ReturnType<typeof Y.decodeUpdate>
type Struct = Decoded['structs'][number]
interface Run {
  readonly structs: Struct[]
  bytes: number
}

/**
 * Cuts a Yjs v1 update into updates of about `maxBytes` at most, which together mean the same. Applied in order,
 * none waits for a later one of its own client.
 *
 * A single struct is never cut: one text inserted at once that is larger stays as large as it is.
 */
export function splitUpdate(update: Uint8Array, maxBytes: number): Uint8Array[] {
  if (update.byteLength <= maxBytes) return [update]
  const { structs, ds } = Y.decodeUpdate(update)
  const parts: Uint8Array[] = []
  let run: Run = { structs: [], bytes: OVERHEAD }
  const close = () => {
    if (run.structs.length > 0) parts.push(encodeUpdate(run.structs, []))
    run = { structs: [], bytes: OVERHEAD }
  }
  const sizeOf = measure()
  for (const struct of inOrder(structs)) {
    const bytes = sizeOf(struct)
    // An update holds one unbroken run of each client's structs.
    if (run.bytes + bytes > maxBytes || isGap(run.structs.at(-1), struct)) close()
    run.structs.push(struct)
    run.bytes += bytes
  }
  close()
  // Deletions last: they refer to structs of any part.
  const deletions = [...ds.clients].flatMap(([client, items]) => items.map((item) => ({ client, ...item })))
  const perPart = Math.max(1, Math.floor((maxBytes - OVERHEAD) / 16))
  for (let at = 0; at < deletions.length; at += perPart) {
    parts.push(encodeUpdate([], deletions.slice(at, at + perPart)))
  }
  return parts
}

/**
 * What a document has taken in of an update, the rest of which waits for others that have not come; `undefined` when
 * that is nothing.
 */
export function heldPart(doc: Y.Doc, update: Uint8Array): Uint8Array | undefined {
  const stateOf = (client: number) => Y.getState(doc.store, client)
  const { structs, ds } = Y.decodeUpdate(update)
  const held = inOrder(structs).filter(({ id, length }) => id.clock + length <= stateOf(id.client))
  const deletions = [...ds.clients].flatMap(([client, items]) =>
    items.flatMap(({ clock, len }) => {
      const known = Math.min(len, stateOf(client) - clock)
      return known > 0 ? [{ client, clock, len: known }] : []
    }),
  )
  if (held.length === 0 && deletions.length === 0) return undefined
  const parts = held.map((struct) => encodeUpdate([struct], []))
  return Y.mergeUpdates([...parts, encodeUpdate([], deletions)])
}

/** By clock within each client, the clients in the order of the update. */
function inOrder(structs: readonly Struct[]): Struct[] {
  const byClient = new Map<number, Struct[]>()
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    const known = byClient.get(struct.id.client)
    if (known) known.push(struct)
    else byClient.set(struct.id.client, [struct])
  }
  return [...byClient.values()].flatMap((own) => own.sort((a, b) => a.id.clock - b.id.clock))
}

/** Tells the bytes of one struct after the other. All go into one encoder: a new one for each takes far longer. */
function measure(): (struct: Struct) => number {
  const encoder = new Y.UpdateEncoderV1()
  let before = 0
  return (struct) => {
    struct.write(encoder, 0)
    const length = encoding.length(encoder.restEncoder)
    const bytes = length - before
    before = length
    return bytes
  }
}

interface Deletion {
  readonly client: number
  readonly clock: number
  readonly len: number
}

/** The wire format of an update: structs by client, then the delete set (yjs, `src/utils/encoding.js`). */
function encodeUpdate(structs: readonly Struct[], deletions: readonly Deletion[]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const runs = Map.groupBy(structs, ({ id }) => id.client)
  encoding.writeVarUint(encoder.restEncoder, runs.size)
  for (const [client, run] of runs) {
    encoding.writeVarUint(encoder.restEncoder, run.length)
    encoder.writeClient(client)
    encoding.writeVarUint(encoder.restEncoder, run[0]?.id.clock ?? 0)
    for (const struct of run) struct.write(encoder, 0)
  }
  const byClient = Map.groupBy(deletions, ({ client }) => client)
  encoding.writeVarUint(encoder.restEncoder, byClient.size)
  for (const [client, items] of byClient) {
    encoder.resetDsCurVal()
    encoding.writeVarUint(encoder.restEncoder, client)
    encoding.writeVarUint(encoder.restEncoder, items.length)
    for (const { clock, len } of items) {
      encoder.writeDsClock(clock)
      encoder.writeDsLen(len)
    }
  }
  return encoder.toUint8Array()
}

function isGap(last: Struct | undefined, next: Struct): boolean {
  return last?.id.client === next.id.client && last.id.clock + last.length !== next.id.clock
}
