import * as Y from 'yjs'
import {
  candidatesOf,
  columnOf,
  elementIn,
  isElementKey,
  readRegister,
  spreadColumns,
  textEntry,
  writerKey,
} from './cells.ts'
import { CONFLICTS, settledBefore } from './conflicts.ts'
import { REMOVED_AT } from './projection.ts'
import { type RowMap, RowParts } from './row-parts.ts'
import { toInstant } from './schema/index.ts'
import { encodeStamp, isSameAuthor, type StampRun } from './stamp-format.ts'
import { STAMPS, Stamps } from './stamps.ts'

/** Any type of Yjs; its own declarations leave open what it holds. */
type SharedType = Y.ContentType['type']

/** Which removed rows have been in the trash for long enough: those removed before this moment. */
export interface Expiry {
  readonly removedBefore: Date
}

/**
 * Writes a new document that means the same and has no history: no overwritten values, no deleted text, one client
 * number.
 *
 * Everything that is alive is kept, whether a schema knows it or not, except rows whose time in the trash is over.
 * A row in several parts becomes one part that reads the same, and who wrote what, and when, is kept. What waits in `doc` for updates it has not seen is
 * not part of the copy: see {@link waitsForUpdates}.
 *
 * It copies item by item instead of value by value. So it needs to know nothing about the types (nobody has said
 * what the roots of a document from the network are), formatting and embeds come along as they are, and no depth of
 * nesting can exhaust the stack.
 */
export function freshCopy(doc: Y.Doc, expiry: Expiry): Y.Doc {
  const copy = new Y.Doc({ guid: doc.guid })
  // The same number with other meanings would corrupt both documents if they ever met.
  while (doc.store.clients.has(copy.clientID)) copy.clientID = new Y.Doc().clientID
  copy.transact((transaction) => {
    const stamps = new Stamps(doc, () => 0)
    const writer = new Writer(transaction, stamps)
    for (const [name, root] of doc.share) {
      if (name === STAMPS) continue
      const target = copy.get(name)
      writer.copyList(root, target)
      for (const { key, item, parts } of rowsOf(root)) {
        if (isExpired(parts, stamps, expiry)) continue
        if (name === CONFLICTS && settledBefore(item.content.getContent()[0], expiry.removedBefore)) continue
        if (parts.length > 1 || spreadColumns(parts).size > 0) writer.copyParts(parts, target, key)
        else writer.copyItem(item, target, key)
      }
      writer.copyNested()
    }
    writer.stamp(copy.get(STAMPS))
  })
  return copy
}

/** Whether a {@link freshCopy} would leave out any row. */
export function hasExpiredRows(doc: Y.Doc, expiry: Expiry): boolean {
  const stamps = new Stamps(doc, () => 0)
  for (const root of doc.share.values()) {
    for (const { parts } of rowsOf(root)) if (isExpired(parts, stamps, expiry)) return true
  }
  return false
}

/**
 * What a document holds back because it builds on updates that have not arrived: a text that is the same as long as
 * it waits for the same, `undefined` when it waits for nothing.
 */
export function waitsForUpdates({ store }: Y.Doc): string | undefined {
  const { pendingStructs, pendingDs } = store
  if (!pendingStructs && !pendingDs) return undefined
  const structs = [...(pendingStructs?.missing ?? [])].map(([client, clock]) => `${client}:${clock}`).sort()
  return [...structs, ...(pendingDs ?? [])].join(' ')
}

interface StoredRow {
  /** Key of the first part, or of a value that is no row at all. */
  readonly key: string
  readonly item: Y.Item
  readonly parts: readonly RowMap[]
}

/** What is alive in a table's map, parts of one row together and in the order in which they win. */
function* rowsOf(root: SharedType): Generator<StoredRow> {
  const found = new Map<string, { key: string; item: Y.Item; part: RowMap }[]>()
  for (const [key, item] of root._map) {
    if (item.deleted) continue
    const part = item.content instanceof Y.ContentType ? item.content.type : undefined
    if (!(part instanceof Y.Map)) {
      yield { key, item, parts: [] }
      continue
    }
    const rowId = RowParts.rowIdOf(key)
    const known = found.get(rowId)
    if (known) known.push({ key, item, part })
    else found.set(rowId, [{ key, item, part }])
  }
  for (const stored of found.values()) {
    if (stored.length > 1) stored.sort((a, b) => (a.key < b.key ? -1 : 1))
    const [first] = stored
    if (first) yield { key: first.key, item: first.item, parts: stored.map(({ part }) => part) }
  }
}

/** A time that is not one, or not in our form, is somebody's mistake and deletes nothing. */
function isExpired(parts: readonly RowMap[], stamps: Stamps, { removedBefore }: Expiry): boolean {
  const removedAt = readRegister(parts, REMOVED_AT, stamps)
  if (typeof removedAt !== 'string') return false
  const time = new Date(removedAt)
  return time < removedBefore && toInstant(time) === removedAt
}

/** Appends copies of live items to a document. */
class Writer {
  readonly #transaction: Y.Transaction
  readonly #stamps: Stamps
  readonly #runs: StampRun[] = []
  /** Rows that are there but still empty. */
  readonly #rows: { readonly parts: readonly RowMap[]; readonly row: Y.Map<unknown> }[] = []
  /** Types that are there but still empty; a list instead of recursion. */
  readonly #nested: { from: SharedType; to: SharedType }[] = []

  constructor(transaction: Y.Transaction, stamps: Stamps) {
    this.#transaction = transaction
    this.#stamps = stamps
  }

  copyItem(item: Y.Item, parent: SharedType, key: string | null, left: Y.Item | null = null): Y.Item {
    const content = item.content.copy()
    if (item.content instanceof Y.ContentType && content instanceof Y.ContentType) {
      this.#nested.push({ from: item.content.type, to: content.type })
    }
    this.#attribute(item, item.length)
    return this.#append(content, parent, key, left)
  }

  copyList(from: SharedType, to: SharedType): void {
    let left: Y.Item | null = null
    for (let item = from._start; item !== null; item = item.right) {
      if (!item.deleted) left = this.copyItem(item, to, null, left)
    }
  }

  /** Writes the parts of a row as one that reads the same. */
  copyParts(parts: readonly RowMap[], parent: SharedType, key: string): void {
    const row = new Y.Map<unknown>()
    const [first] = parts
    if (first?._item) this.#attribute(first._item, 1)
    this.#append(new Y.ContentType(row), parent, key, null)
    this.#rows.push({ parts, row })
  }

  copyNested(): void {
    for (const { parts, row } of this.#rows.splice(0)) this.#copyEntries(parts, row)
    for (let next = this.#nested.pop(); next; next = this.#nested.pop()) {
      this.copyList(next.from, next.to)
      for (const [key, item] of next.from._map) if (!item.deleted) this.copyItem(item, next.to, key)
    }
  }

  /** One value of a cell goes under its bare name, several that compete under those of their writers, the latest last. */
  #copyEntries(parts: readonly RowMap[], row: Y.Map<unknown>): void {
    const keys = new Set(parts.flatMap((part) => [...part.keys()]))
    for (const key of keys) {
      const item = isElementKey(key) ? elementIn(parts, key) : undefined
      if (item) this.copyItem(item, row, key)
    }
    for (const column of new Set([...keys].filter((key) => !isElementKey(key)).map(columnOf))) {
      const text = textEntry(parts, column)
      if (text?.value instanceof Y.AbstractType) this.copyItem(text.item, row, column)
      const values = candidatesOf(parts, column, this.#stamps).filter(
        ({ element, value }) => element === undefined && !(value instanceof Y.AbstractType),
      )
      const isAlone = values.length === 1 && !row._map.has(column)
      for (const { key, item } of values.reverse()) {
        this.copyItem(item, row, isAlone ? column : freeKey(row, column, key, item.id.client))
      }
    }
  }

  /** Says who wrote the copy, and when. */
  stamp(list: SharedType): void {
    if (this.#runs.length === 0) return
    this.#append(new Y.ContentBinary(encodeStamp({ kind: 'runs', runs: this.#runs })), list, null, null)
  }

  #attribute({ id }: Y.Item, length: number): void {
    const { author, at } = this.#stamps.of(id)
    const last = this.#runs.at(-1)
    if (last && isSameAuthor(last.author, author) && last.at === at)
      this.#runs[this.#runs.length - 1] = { ...last, length: last.length + length }
    else this.#runs.push({ length, author, at })
  }

  #append(content: Y.Item['content'], parent: SharedType, key: string | null, left: Y.Item | null): Y.Item {
    const { store, clientID } = this.#transaction.doc
    const id = Y.createID(clientID, Y.getState(store, clientID))
    const item = new Y.Item(id, left, left?.lastId ?? null, null, null, parent, key, content)
    item.integrate(this.#transaction, 0)
    return item
  }
}

/** A key for one of several values: its own, unless another part of the row has the same. */
function freeKey(row: Y.Map<unknown>, column: string, key: string, client: number): string {
  let free = key === column ? writerKey(column, client) : key
  for (let other = client; row._map.has(free); ) {
    other += 2 ** 32
    free = writerKey(column, other)
  }
  return free
}
