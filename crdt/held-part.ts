import * as Y from 'yjs'
import { type Decoded, deletedUnits, type Units } from './authorship.ts'
import { UpdateWriter } from './update-writer.ts'

type Struct = Decoded['structs'][number]

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

function encodeUpdate(structs: readonly Struct[], deletions: readonly Units[]): Uint8Array {
  const writer = new UpdateWriter()
  for (const struct of structs) writer.add(struct)
  for (const units of deletions) writer.delete(units)
  return writer.toUpdate()
}
