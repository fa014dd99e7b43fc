import * as Y from 'yjs'
import type { Units } from './authorship.ts'
import { UpdateWriter } from './update-writer.ts'
import { waitingUpdate } from './updates.ts'

/** Bytes of a part, about; and its structs or deletions at most: small ones take as long as large ones. */
const MAX_BYTES = 1 << 16
const MAX_STRUCTS = 3_000

type Struct = Y.Item | Y.GC

/**
 * Writes a whole document as updates (Yjs v1) that are small enough to be taken in within a moment each. Applied in order
 * none waits for a later one, and all of them mean what the document did.
 *
 * Between two parts the document may change: what was in it at the first one is in the parts, in the state of before or
 * of after the change. What waits in it for updates that have not come is the last part.
 */
export function* stateInParts(doc: Y.Doc, maxBytes = MAX_BYTES): Generator<Uint8Array> {
  const waiting = waitingUpdate(doc)
  const deleted = new Map<number, Units[]>()
  let part = new UpdateWriter()
  for (const [struct, from] of inCausalOrder(doc.store)) {
    part.add(struct, from)
    if (struct.deleted) join(deleted, [struct.id.client, from, endOf(struct) - from])
    if (part.bytes < maxBytes && part.structs < MAX_STRUCTS) continue
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  if (part.structs > 0) yield part.toUpdate()
  // Deletions last: Yjs drops what is inside of a deleted struct when that comes first.
  yield* deletions(deleted)
  if (waiting) yield waiting
}

/** Structs from a clock on, each after those that it builds on. Looked up each time: Yjs joins and cuts them. */
function* inCausalOrder(store: Y.Doc['store']): Generator<readonly [Struct, from: number]> {
  const ends = new Map([...store.clients.keys()].map((client) => [client, Y.getState(store, client)]))
  const done = new Map<number, number>()
  // Those with higher numbers first, as Yjs does it: so there are fewer conflicts to be solved.
  for (const [client, end] of [...ends].sort(([a], [b]) => b - a)) {
    const goals = [{ client, end }]
    for (let goal = goals.at(-1); goal; goal = goals.at(-1)) {
      const from = done.get(goal.client) ?? 0
      const structs = store.clients.get(goal.client) ?? []
      const struct = from < goal.end ? structs[Y.findIndexSS(structs, from)] : undefined
      const missing = struct && basesOf(struct).find((id) => (done.get(id.client) ?? 0) <= id.clock)
      if (!struct) goals.pop()
      else if (missing) goals.push({ client: missing.client, end: missing.clock + 1 })
      else {
        done.set(goal.client, endOf(struct))
        yield [struct, from]
      }
    }
  }
}

const endOf = ({ id, length }: Struct): number => id.clock + length

/** What a struct names when it is written. */
function basesOf(struct: Struct): Y.ID[] {
  if (!(struct instanceof Y.Item)) return []
  const { origin, rightOrigin, parent } = struct
  const neighbours = [origin, rightOrigin].filter((id) => id !== null)
  if (neighbours.length > 0) return neighbours
  const holder = parent instanceof Y.AbstractType ? parent._item : null
  return holder ? [holder.id] : []
}

function join(all: Map<number, Units[]>, units: Units): void {
  const [client, clock, length] = units
  const known = all.get(client) ?? []
  const last = known.at(-1)
  if (last && last[1] + last[2] === clock) known[known.length - 1] = [client, last[1], last[2] + length]
  else known.push(units)
  all.set(client, known)
}

function* deletions(all: ReadonlyMap<number, readonly Units[]>): Generator<Uint8Array> {
  const flat = [...all.values()].flat()
  for (let at = 0; at < flat.length; at += MAX_STRUCTS) {
    const part = new UpdateWriter()
    for (const units of flat.slice(at, at + MAX_STRUCTS)) part.delete(units)
    yield part.toUpdate()
  }
}
