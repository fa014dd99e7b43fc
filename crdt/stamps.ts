import * as Y from 'yjs'
import { type Author, decodeStamp, encodeStamp, isSameAuthor, NOBODY, type Stamp } from './stamp-format.ts'

/** Root of a document that says when and by whom its items were written. No table can have this name. */
export const STAMPS = 'segue_stamps'

/** A clock that is further ahead of ours than this, in ms, is wrong. */
const TOLERANCE_MS = 60_000

/** Who wrote something, and when. */
export interface Attribution {
  readonly author: Author
  /** By the hybrid logical clock, in ms since 1970; 0 when nobody knows. */
  readonly at: number
}

/** Items of a client that were known before it was known who wrote them, from `from` up to `to`. */
export interface LateStamp {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** What a transaction has changed about who wrote what. */
export interface StampChange {
  readonly late: readonly LateStamp[]
  /** Clients whose times are judged anew; `all` when a foreign program has deleted stamps. */
  readonly judged: ReadonlySet<number> | 'all'
}

const UNKNOWN: Attribution = { author: NOBODY, at: 0 }
const NOTHING: StampChange = { late: [], judged: new Set() }

/** What one client has said about its items: those below `ends[i]` are of `authors[i]` and `times[i]`. */
class ClientStamps {
  readonly ends: number[] = []
  readonly times: number[] = []
  readonly authors: Author[] = []
  /** When others saw its clock ahead of theirs. */
  readonly #witnesses: { raw: number; at: number }[] = []
  /** What the stamp says that was last asked for: most cells of a row have one. */
  #said = { index: -1, attribution: UNKNOWN }

  get end(): number {
    return this.ends.at(-1) ?? 0
  }

  add(end: number, at: number, author: Author): void {
    this.ends.push(end)
    this.times.push(at)
    this.authors.push(author)
  }

  witness(raw: number, at: number): void {
    this.#witnesses.push({ raw, at })
    this.#said = { index: -1, attribution: UNKNOWN }
  }

  /** Who wrote the item of this clock, and when. */
  of(clock: number): Attribution {
    const index = this.#indexOf(clock)
    const author = this.authors[index]
    if (!author) return UNKNOWN
    if (this.#said.index !== index)
      this.#said = { index, attribution: { author, at: this.judged(this.times[index] ?? 0) } }
    return this.#said.attribution
  }

  /** The first stamp after an item covers it. What is not covered yet was written after the last one. */
  #indexOf(clock: number): number {
    let low = 0
    let high = this.ends.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.ends[middle] ?? 0) > clock) high = middle
      else low = middle + 1
    }
    return low
  }

  knows(stamp: number): boolean {
    return this.ends.at(-1) === stamp || (this.end > stamp && this.ends.includes(stamp))
  }

  /** A time as the others' clocks would have shown it. */
  judged(raw: number): number {
    let time = raw
    for (const witness of this.#witnesses) {
      if (raw > witness.at + TOLERANCE_MS) time = Math.min(time, raw - (witness.raw - witness.at))
    }
    return time
  }
}

/**
 * Who wrote each item of a document, and when, by a hybrid logical clock
 * ({@link https://cse.buffalo.edu/tech-reports/2014-04.pdf Kulkarni et al. 2014}): a stamp is later than every stamp
 * that its writer had seen, and otherwise the wall clock's time.
 *
 * A stamp is an item of a Y.Array, and covers by its own place what its client has written before it: 5 to 15 bytes a
 * transaction, nothing a cell. A clock that runs ahead cannot win for ever: whoever sees that says so beside their
 * own next stamp, and from then on everybody reads that clock's times as set back by the difference.
 */
export class Stamps {
  readonly #doc: Y.Doc
  readonly #list: Y.Array<unknown>
  readonly #now: () => number
  readonly #clients = new Map<number, ClientStamps>()
  readonly #ahead = new Map<number, { raw: number; at: number }>()
  /** What this replica has said in the transaction that is under way. */
  #marked: LateStamp[] = []
  #flagged: number[] = []
  #count = 0
  #latest = 0
  #last: Y.Item | null = null
  author: Author

  constructor(doc: Y.Doc, now: () => number, author: Author = NOBODY) {
    this.#doc = doc
    this.#list = doc.getArray(STAMPS)
    this.#now = now
    this.author = author
    this.#takeAll()
  }

  /** Who wrote the item of this id, and when. */
  of({ client, clock }: Y.ID): Attribution {
    return this.#clients.get(client)?.of(clock) ?? UNKNOWN
  }

  /** The time that the next stamp will have, unless others' arrive before. */
  get next(): number {
    return Math.max(Math.floor(this.#now()), this.#latest + 1)
  }

  /** Whether this replica has written anything since its last stamp. */
  get isDue(): boolean {
    const { store, clientID } = this.#doc
    const own = this.#clients.get(clientID)
    return Y.getState(store, clientID) > (own && own.ends.length > 0 ? own.end + 1 : 0)
  }

  /** Ms since this replica's last stamp. */
  get age(): number {
    return this.next - (this.#clients.get(this.#doc.clientID)?.times.at(-1) ?? 0)
  }

  /**
   * Stamps everything that this replica has written since its last stamp.
   *
   * @param as  who wrote it, and when, if not this author now
   */
  mark(transaction: Y.Transaction, as?: Attribution): void {
    if (!this.isDue) return
    const { clientID } = this.#doc
    for (const [client, { raw, at }] of this.#ahead) {
      this.#append(transaction, { kind: 'witness', client, raw, at })
      this.#clientOf(client).witness(raw, at)
      this.#flagged.push(client)
    }
    if (this.#ahead.size > 0) this.#latest = this.#latestJudged()
    this.#ahead.clear()
    const own = this.#clientOf(clientID)
    const last = own.authors.at(-1) ?? NOBODY
    const time = as?.at ?? this.next
    const author = as?.author ?? this.author
    const isSame = isSameAuthor(last, author)
    const delta = time - (own.times.at(-1) ?? START)
    const item = this.#append(transaction, isSame ? { kind: 'time', delta } : { kind: 'time', delta, author })
    this.#marked.push({ client: clientID, from: own.end, to: item.id.clock })
    own.add(item.id.clock, time, isSame ? last : author)
    this.#latest = Math.max(this.#latest, time)
  }

  /** Takes in what a transaction has brought. */
  take(transaction: Y.Transaction): StampChange {
    if (!transaction.changed.has(this.#list)) return NOTHING
    const late: LateStamp[] = []
    const judged = new Set(this.#flagged.splice(0))
    for (const { client, from, to } of this.#marked.splice(0)) {
      late.push({ client, from, to: Math.min(to, transaction.beforeState.get(client) ?? 0) })
    }
    for (const [client, end] of transaction.afterState) {
      const before = transaction.beforeState.get(client) ?? 0
      if (end === before) continue
      forEachItem(this.#doc, client, before, end, (item) => {
        if (item.parent !== this.#list || item.deleted) return
        this.#count += item.length
        const stamps = this.#clients.get(client)
        const from = stamps?.end ?? 0
        // Its own are known since they were made.
        if (stamps?.knows(item.id.clock)) return
        this.#takeItem(item, judged)
        if (from < before) late.push({ client, from, to: before })
      })
    }
    if (this.#count === this.#list.length) return { late, judged }
    // A foreign program has deleted some. What is left is read as if there had never been more.
    this.#takeAll()
    return { late, judged: 'all' }
  }

  #takeAll(): void {
    this.#clients.clear()
    this.#ahead.clear()
    this.#latest = 0
    this.#last = null
    const items: Y.Item[] = []
    for (let item = this.#list._start; item !== null; item = item.right) if (!item.deleted) items.push(item)
    items.sort((a, b) => a.id.client - b.id.client || a.id.clock - b.id.clock)
    for (const item of items) this.#takeItem(item, new Set())
    this.#count = this.#list.length
    this.#latest = this.#latestJudged()
  }

  #takeItem({ id, content }: Y.Item, judged: Set<number>): void {
    const stamp = decodeStamp(content.getContent()[0])
    if (!stamp) return
    const stamps = this.#clientOf(id.client)
    switch (stamp.kind) {
      case 'time':
        this.#takeTime(stamps, id, (stamps.times.at(-1) ?? START) + stamp.delta, stamp.author)
        return
      case 'witness':
        this.#clientOf(stamp.client).witness(stamp.raw, stamp.at)
        this.#ahead.delete(stamp.client)
        judged.add(stamp.client)
        this.#latest = this.#latestJudged()
        return
      case 'runs': {
        let end = 0
        for (const run of stamp.runs) {
          end += run.length
          stamps.add(end, run.at, run.author)
          this.#see(id.client, run.at)
        }
      }
    }
  }

  #takeTime(stamps: ClientStamps, { client, clock }: Y.ID, at: number, author?: Author): void {
    stamps.add(clock, at, author ?? stamps.authors.at(-1) ?? NOBODY)
    this.#see(client, at)
  }

  #see(client: number, raw: number): void {
    const now = Math.floor(this.#now())
    const time = this.#clientOf(client).judged(raw)
    if (client !== this.#doc.clientID && time > now + TOLERANCE_MS) this.#ahead.set(client, { raw, at: now })
    else this.#latest = Math.max(this.#latest, time)
  }

  #latestJudged(): number {
    let latest = 0
    for (const [client, stamps] of this.#clients) {
      if (this.#ahead.has(client)) continue
      for (const raw of stamps.times) latest = Math.max(latest, stamps.judged(raw))
    }
    return latest
  }

  #clientOf(client: number): ClientStamps {
    const known = this.#clients.get(client)
    if (known) return known
    const stamps = new ClientStamps()
    this.#clients.set(client, stamps)
    return stamps
  }

  /** Y.Array.push would walk through all stamps from the first one on. */
  #append(transaction: Y.Transaction, stamp: Stamp): Y.Item {
    const { store, clientID } = this.#doc
    let left = this.#last ?? this.#list._start
    while (left?.right) left = left.right
    const id = Y.createID(clientID, Y.getState(store, clientID))
    const content = new Y.ContentBinary(encodeStamp(stamp))
    const item = new Y.Item(id, left, left?.lastId ?? null, null, null, this.#list, null, content)
    item.integrate(transaction, 0)
    this.#last = item
    return item
  }
}

/** First stamps count from here, in ms since 1970: 2024-01-01. */
const START = 1_704_067_200_000

/** Calls back with the items of a client whose clocks lie in a range, in order. */
export function forEachItem(
  { store }: Y.Doc,
  client: number,
  from: number,
  to: number,
  visit: (item: Y.Item) => void,
): void {
  const structs = store.clients.get(client)
  if (!structs || from >= to) return
  for (let index = Y.findIndexSS(structs, from); index < structs.length; index++) {
    const struct = structs[index]
    if (!struct || struct.id.clock >= to) return
    if (struct instanceof Y.Item) visit(struct)
  }
}
