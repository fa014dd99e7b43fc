import * as Y from 'yjs'
import { deletedUnits, type Units } from './authorship.ts'
import { UpdateWriter } from './update-writer.ts'
import { waitingUpdate } from './waiting.ts'

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
 * Writes a whole document as updates (Yjs v1) that are, unless limits are given, small enough to be taken in within a
 * moment each. Applied in order none waits for a later one, and all of them mean what the document did.
 *
 * Between two parts the document may change: what was in it at the first one is in the parts, in the state of before or
 * of after the change. What waits in it for updates that have not come is the last part.
 */
export function* stateInParts(doc: Y.Doc, limits = MOMENT): Generator<Uint8Array> {
  const waiting = waitingUpdate(doc)
  const deleted = new Map<number, Units[]>()
  const structs = inCausalOrder(doc.store, new Map(), (struct, from) => {
    if (struct.deleted) join(deleted, [struct.id.client, from, endOf(struct) - from])
  })
  yield* parts(structs, () => [...deleted.values()].flat(), limits)
  if (waiting) yield waiting
}

/**
 * Writes what a transaction has done as updates (Yjs v1), in the same way: one, unless it is large; none when it has
 * done nothing. To be called while its `afterTransactionCleanup` is told.
 *
 * A single struct is never cut: one text inserted at once that is larger stays as large as it is.
 */
export const transactionInParts = (
  { doc, beforeState, deleteSet }: Y.Transaction,
  limits: PartLimits,
): Uint8Array[] => [...parts(inCausalOrder(doc.store, beforeState), () => deletedUnits(deleteSet), limits)]

function* parts(
  structs: Iterable<readonly [Struct, from: number]>,
  deleted: () => Iterable<Units>,
  limits: PartLimits,
): Generator<Uint8Array> {
  let part = new UpdateWriter()
  const isFull = () => part.bytes >= limits.bytes || part.count >= limits.structs
  for (const [struct, from] of structs) {
    // A long text is not to come on top of what is nearly enough.
    if (part.count > 0 && struct.length > LONG) {
      yield part.toUpdate()
      part = new UpdateWriter()
    }
    part.add(struct, from)
    if (!isFull()) continue
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  // Deletions last: Yjs drops what is inside of a deleted struct when that comes first.
  for (const units of deleted()) {
    part.delete(units)
    if (!isFull()) continue
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  if (part.count > 0) yield part.toUpdate()
}

interface Goal {
  readonly client: number
  readonly end: number
  /** Where the last struct was found. */
  index: number
}

/** Structs from some clocks on, each after those that it builds on. Looked up each time: Yjs joins and cuts them. */
function* inCausalOrder(
  store: Y.Doc['store'],
  begun: ReadonlyMap<number, number>,
  onStruct?: (struct: Struct, from: number) => void,
): Generator<readonly [Struct, from: number]> {
  const done = new Map(begun)
  const ends = [...store.clients.keys()]
    .map((client): Goal => ({ client, end: Y.getState(store, client), index: -1 }))
    .filter(({ client, end }) => end > (begun.get(client) ?? 0))
  // Those with higher numbers first, as Yjs does it: so there are fewer conflicts to be solved.
  for (const last of ends.sort((a, b) => b.client - a.client)) {
    const goals = [last]
    for (let goal = goals.at(-1); goal; goal = goals.at(-1)) {
      const from = done.get(goal.client) ?? 0
      const struct = from < goal.end ? structAt(store.clients.get(goal.client) ?? [], from, goal) : undefined
      const missing = struct && missingBase(struct, done)
      if (!struct) goals.pop()
      else if (missing) goals.push({ client: missing.client, end: missing.clock + 1, index: -1 })
      else {
        done.set(goal.client, endOf(struct))
        onStruct?.(struct, from)
        yield [struct, from]
      }
    }
  }
}

/** Most often it is the next one. */
function structAt(structs: Struct[], clock: number, goal: Goal): Struct | undefined {
  const next = structs[goal.index + 1]
  goal.index = next?.id.clock === clock ? goal.index + 1 : Y.findIndexSS(structs, clock)
  return structs[goal.index]
}

const endOf = ({ id, length }: Struct): number => id.clock + length

/** What a struct names when it is written, and that is not there yet. */
function missingBase(struct: Struct, done: ReadonlyMap<number, number>): Y.ID | undefined {
  if (!(struct instanceof Y.Item)) return undefined
  const { origin, rightOrigin, parent } = struct
  const isMissing = (id: Y.ID) => (done.get(id.client) ?? 0) <= id.clock
  if (origin && isMissing(origin)) return origin
  if (rightOrigin && isMissing(rightOrigin)) return rightOrigin
  const holder = !origin && !rightOrigin && parent instanceof Y.AbstractType ? parent._item : null
  return holder && isMissing(holder.id) ? holder.id : undefined
}

function join(all: Map<number, Units[]>, units: Units): void {
  const [client, clock, length] = units
  const known = all.get(client) ?? []
  const last = known.at(-1)
  if (last && last[1] + last[2] === clock) known[known.length - 1] = [client, last[1], last[2] + length]
  else known.push(units)
  all.set(client, known)
}
