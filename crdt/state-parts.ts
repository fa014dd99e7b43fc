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
  while (fill(part, structs, limits, onStruct)) {
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  // Deletions last: Yjs drops what is inside of a deleted struct when that comes first.
  for (const units of deleted()) {
    part.delete(units)
    if (!isFull(part, limits)) continue
    yield part.toUpdate()
    part = new UpdateWriter()
  }
  if (part.count > 0) yield part.toUpdate()
}

/** Adds structs to a part. @returns whether it is full; otherwise there are no more */
function fill(
  part: UpdateWriter,
  structs: CausalWalk,
  limits: PartLimits,
  onStruct?: (struct: Struct, from: number) => void,
): boolean {
  for (let struct = structs.next(); struct; struct = structs.next()) {
    // A long text is not to come on top of what is nearly enough.
    if (part.count > 0 && struct.length > LONG) return true
    part.add(struct, structs.from)
    onStruct?.(struct, structs.from)
    structs.take(struct)
    if (isFull(part, limits)) return true
  }
  return false
}

const isFull = ({ bytes, count }: UpdateWriter, limits: PartLimits): boolean =>
  bytes >= limits.bytes || count >= limits.structs

/** How far the structs of a client have been gone through. */
interface Progress {
  readonly structs: Struct[]
  /** The clock up to which that is. */
  done: number
  /** Where the last struct was found. */
  index: number
}

interface Goal {
  readonly progress: Progress
  readonly end: number
}

/** Goes through structs from some clocks on, each after those that it builds on. */
class CausalWalk {
  readonly #store: Y.Doc['store']
  readonly #begun: ReadonlyMap<number, number>
  readonly #clients = new Map<number, Progress>()
  readonly #goals: Goal[]
  /** Structs of one client build on earlier ones, and on what was there. */
  readonly #isAlone: boolean
  /** The clock from which on the next struct counts. */
  from = 0

  constructor(store: Y.Doc['store'], begun: ReadonlyMap<number, number>) {
    this.#store = store
    this.#begun = begun
    // Those with higher numbers first, as Yjs does it: so there are fewer conflicts to be solved.
    this.#goals = [...store.clients.keys()]
      .filter((client) => Y.getState(store, client) > (begun.get(client) ?? 0))
      .sort((a, b) => a - b)
      .map((client): Goal => ({ progress: this.#progressOf(client), end: Y.getState(store, client) }))
    this.#isAlone = this.#goals.length === 1
  }

  /** The struct that comes next, the same one until it is taken. */
  next(): Struct | undefined {
    const goals = this.#goals
    for (let goal = goals.at(-1); goal; goal = goals.at(-1)) {
      const { progress, end } = goal
      const struct = progress.done < end ? structIn(progress) : undefined
      const missing = struct && !this.#isAlone && this.#missingBase(struct)
      if (!struct) goals.pop()
      else if (missing) goals.push(missing)
      else {
        this.from = progress.done
        return struct
      }
    }
    return undefined
  }

  /** Goes on to the one after it. */
  take(struct: Struct): void {
    const goal = this.#goals.at(-1)
    if (goal) goal.progress.done = endOf(struct)
  }

  /** What a struct names when it is written, and that is not there yet. */
  #missingBase(struct: Struct): Goal | undefined {
    if (!(struct instanceof Y.Item)) return undefined
    const { origin, rightOrigin, parent } = struct
    const holder = !origin && !rightOrigin && parent instanceof Y.AbstractType ? parent._item : null
    for (const id of [origin, rightOrigin, holder?.id]) {
      const progress = id && this.#progressOf(id.client)
      if (progress && progress.done <= id.clock) return { progress, end: id.clock + 1 }
    }
    return undefined
  }

  #progressOf(client: number): Progress {
    const known = this.#clients.get(client)
    if (known) return known
    const structs = this.#store.clients.get(client) ?? []
    const progress = { structs, done: this.#begun.get(client) ?? 0, index: -1 }
    this.#clients.set(client, progress)
    return progress
  }
}

/** Looked up each time, because Yjs joins structs and cuts them; most often it is the next one. */
function structIn(progress: Progress): Struct | undefined {
  const { structs, done, index } = progress
  progress.index = structs[index + 1]?.id.clock === done ? index + 1 : Y.findIndexSS(structs, done)
  return structs[progress.index]
}

const endOf = ({ id, length }: Struct): number => id.clock + length

function join(all: Map<number, Units[]>, units: Units): void {
  const [client, clock, length] = units
  const known = all.get(client) ?? []
  const last = known.at(-1)
  if (last && last[1] + last[2] === clock) known[known.length - 1] = [client, last[1], last[2] + length]
  else known.push(units)
  all.set(client, known)
}
