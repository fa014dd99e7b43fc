import * as Y from 'yjs'
import { deletedUnits, type Units } from './authorship.ts'
import { UpdateWriter } from './update-writer.ts'
import { waitingUpdate } from './updates.ts'

/** How large a part may be: in bytes, about, and in structs or deletions, of which small ones take as long as large ones. */
export interface PartLimits {
  readonly bytes: number
  readonly structs: number
}

/** Units of a struct that may be large. */
const LONG = 1_000

const MOMENT: PartLimits = { bytes: 1 << 16, structs: 3_000 }

type Struct = Y.Item | Y.GC

/**
 * Writes a whole document as updates (Yjs v1) that are, unless limits are given, small enough to be taken in within a moment each. Applied in order
 * none waits for a later one, and all of them mean what the document did.
 *
 * Between two parts the document may change: what was in it at the first one is in the parts, in the state of before or
 * of after the change. What waits in it for updates that have not come is the last part.
 */
export function* stateInParts(doc: Y.Doc, limits = MOMENT): Generator<Uint8Array> {
  const waiting = waitingUpdate(doc)
  const deleted = new Map<number, Units[]>()
  yield* insertions(inCausalOrder(doc.store, new Map()), limits, (struct, from) => {
    if (struct.deleted) join(deleted, [struct.id.client, from, endOf(struct) - from])
  })
  // Deletions last: Yjs drops what is inside of a deleted struct when that comes first.
  yield* deletions([...deleted.values()].flat(), limits)
  if (waiting) yield waiting
}

/**
 * Writes what a transaction has done as updates (Yjs v1), in the same way. To be called when Yjs tells of its update.
 *
 * A single struct is never cut: one text inserted at once that is larger stays as large as it is.
 */
export function* transactionInParts(
  { doc, beforeState, deleteSet }: Y.Transaction,
  limits: PartLimits,
): Generator<Uint8Array> {
  yield* insertions(inCausalOrder(doc.store, beforeState), limits)
  yield* deletions([...deletedUnits(deleteSet)], limits)
}

function* insertions(
  structs: Iterable<readonly [Struct, from: number]>,
  limits: PartLimits,
  onWrite?: (struct: Struct, from: number) => void,
): Generator<Uint8Array> {
  let part = new UpdateWriter()
  for (const [struct, from] of structs) {
    // A long text is not to come on top of what is nearly enough.
    if (part.structs > 0 && struct.length > LONG) {
      yield part.toUpdate()
      part = new UpdateWriter()
    }
    part.add(struct, from)
    onWrite?.(struct, from)
    if (part.bytes < limits.bytes && part.structs < limits.structs) continue
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  if (part.structs > 0) yield part.toUpdate()
}

/** Structs from some clocks on, each after those that it builds on. Looked up each time: Yjs joins and cuts them. */
function* inCausalOrder(
  store: Y.Doc['store'],
  begun: ReadonlyMap<number, number>,
): Generator<readonly [Struct, from: number]> {
  const ends = new Map([...store.clients.keys()].map((client) => [client, Y.getState(store, client)]))
  const done = new Map(begun)
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

function* deletions(all: readonly Units[], limits: PartLimits): Generator<Uint8Array> {
  const perPart = Math.max(1, Math.min(limits.structs, Math.floor(limits.bytes / UNITS_BYTES)))
  for (let at = 0; at < all.length; at += perPart) {
    const part = new UpdateWriter()
    for (const units of all.slice(at, at + perPart)) part.delete(units)
    yield part.toUpdate()
  }
}

/** Bytes that a range of deletions takes at most, about. */
const UNITS_BYTES = 16
