import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { type Decoded, deletedUnits, type Units } from './authorship.ts'
import { UpdateWriter } from './update-writer.ts'

/** Bytes that an update spends beside its structs: counts, client numbers, first clocks. */
const OVERHEAD = 64

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
  const deletions = [...deletedUnits(ds)]
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
  const deletions = [...deletedUnits(ds)].flatMap(([client, clock, length]): Units[] => {
    const known = Math.min(length, stateOf(client) - clock)
    return known > 0 ? [[client, clock, known]] : []
  })
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

function encodeUpdate(structs: readonly Struct[], deletions: readonly Units[]): Uint8Array {
  const writer = new UpdateWriter()
  for (const struct of structs) writer.add(struct)
  for (const units of deletions) writer.delete(units)
  return writer.toUpdate()
}

function isGap(last: Struct | undefined, next: Struct): boolean {
  return last?.id.client === next.id.client && last.id.clock + last.length !== next.id.clock
}
