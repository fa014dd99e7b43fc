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
  const structs = new CausalWalk(doc.store, new Map())
  const see = (struct: Struct, from: number) => {
    if (struct.deleted) join(deleted, [struct.id.client, from, endOf(struct) - from])
  }
  yield* parts(structs, () => [...deleted.values()].flat(), limits, see)
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
): Uint8Array[] => [...parts(new CausalWalk(doc.store, beforeState), () => deletedUnits(deleteSet), limits)]

function* parts(
  structs: CausalWalk,
  deleted: () => Iterable<Units>,
  limits: PartLimits,
  onStruct?: (struct: Struct, from: number) => void,
): Generator<Uint8Array> {
  let part = new UpdateWriter()
  const isFull = () => part.bytes >= limits.bytes || part.count >= limits.structs
  for (let struct = structs.next(); struct; struct = structs.next()) {
    const { from } = structs
    // A long text is not to come on top of what is nearly enough.
    if (part.count > 0 && struct.length > LONG) {
      yield part.toUpdate()
      part = new UpdateWriter()
    }
    part.add(struct, from)
    onStruct?.(struct, from)
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

/** Goes through structs from some clocks on, each after those that it builds on. */
class CausalWalk {
  readonly #store: Y.Doc['store']
  readonly #done: Map<number, number>
  readonly #goals: Goal[]
  /** Structs of one client build on earlier ones, and on what was there. */
  readonly #isAlone: boolean
  /** The clock from which on the last struct counts. */
  from = 0

  constructor(store: Y.Doc['store'], begun: ReadonlyMap<number, number>) {
    this.#store = store
    this.#done = new Map(begun)
    // Those with higher numbers first, as Yjs does it: so there are fewer conflicts to be solved.
    this.#goals = [...store.clients.keys()]
      .map((client): Goal => ({ client, end: Y.getState(store, client), index: -1 }))
      .filter(({ client, end }) => end > this.#doneOf(client))
      .sort((a, b) => a.client - b.client)
    this.#isAlone = this.#goals.length === 1
  }

  next(): Struct | undefined {
    const goals = this.#goals
    for (let goal = goals.at(-1); goal; goal = goals.at(-1)) {
      this.from = this.#doneOf(goal.client)
      const struct = this.from < goal.end ? this.#structAt(goal, this.from) : undefined
      const missing = struct && !this.#isAlone && missingBase(struct, this.#done)
      if (!struct) goals.pop()
      else if (missing) goals.push({ client: missing.client, end: missing.clock + 1, index: -1 })
      else {
        this.#done.set(goal.client, endOf(struct))
        return struct
      }
    }
    return undefined
  }

  #doneOf(client: number): number {
    return this.#done.get(client) ?? 0
  }

  /** Looked up each time, because Yjs joins structs and cuts them; most often it is the next one. */
  #structAt(goal: Goal, clock: number): Struct | undefined {
    const structs = this.#store.clients.get(goal.client) ?? []
    const next = structs[goal.index + 1]
    goal.index = next?.id.clock === clock ? goal.index + 1 : Y.findIndexSS(structs, clock)
    return structs[goal.index]
  }
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
