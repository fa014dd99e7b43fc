import * as Y from 'yjs'
import { type Authored, authorship } from './authorship.ts'
import {
  type Candidate,
  candidatesOf,
  columnOf,
  type Entry,
  elementIn,
  isElementKey,
  isLater,
  textEntry,
  writeBeside,
} from './cells.ts'
import { CONFLICTS } from './conflicts.ts'
import { deriveRow, deriveText } from './derived-type.ts'
import { replaceText } from './replace-text.ts'
import { type RowMap, RowParts } from './row-parts.ts'
import { isSameAuthor } from './stamp-format.ts'
import { type Attribution, Stamps } from './stamps.ts'
import { ownTyping, rebased } from './typing.ts'

/** An entry of a row that some updates have touched. */
interface TouchedEntry {
  readonly table: string
  readonly rowId: string
  readonly key: string
}

export interface CarryOver {
  /** The old document, with the updates applied. */
  readonly from: Y.Doc
  /** Yjs v1 updates of the old document, of which the new one knows nothing. */
  readonly updates: readonly Uint8Array[]
  /** Updates of others that the new document may not know of either: they carry them over themselves. */
  readonly others?: readonly Uint8Array[]
  /** The document of the new epoch. */
  readonly onto: Y.Doc
  /**
   * The updates are all that the old document has beyond the new one. Then texts come out exactly as they are in the
   * old one; otherwise what the updates deleted may stay where others changed the same text.
   */
  readonly complete: boolean
  readonly origin: unknown
}

/**
 * Writes what some updates of an old document have changed into the document that took its place (a new epoch),
 * as ordinary edits: updates of one cannot be merged into the other.
 *
 * A cell is written where the updates have the last word on it in the old document, apart from updates that the new one
 * may never see, with the time at which they were made: so it competes with what others have written since. A text is changed only where the updates changed it, and
 * merges with what the new one has. A row that the new document lacks is put there in a way that
 * whoever else puts it there does, too: so its cells come together from all who have touched it. What they have put on
 * record of the conflicts that they settled stays on record.
 */
export function carryOver({ from, updates, others = [], onto, complete, origin }: CarryOver): void {
  if (updates.length === 0) return
  const authored = authorship(updates)
  const unlogged = authorship([...updates, ...others])
  const entries = touchedEntries(from, updates)
  const mergeText = (mine: Y.Text, theirs: Y.Text) => {
    const own = ownTyping(mine, authored, theirs.toString())
    // Where the rest does not agree, something in the old document's text is not known to be the updates'.
    if (complete && own.base !== theirs.toString()) replaceText(theirs, mine.toString())
    else theirs.applyDelta(rebased(own, theirs.toString()))
  }
  const written = new Stamps(from, () => 0)
  Y.transact(
    onto,
    (transaction) => {
      const carrier = new Carrier(transaction)
      for (const [table, tableEntries] of Map.groupBy(entries, (entry) => entry.table)) {
        const sources = new RowParts(from.getMap(table))
        for (const [rowId, rowEntries] of Map.groupBy(tableEntries, (entry) => entry.rowId)) {
          const source = sources.of(rowId)
          const keys = new Set(rowEntries.map(({ key }) => key))
          const touched = new Set([...keys].map(columnOf))
          let target = new RowParts(onto.getMap(table)).of(rowId)
          const isNew = target.length === 0
          // Its time in the trash was over while the edits waited: the row comes back whole.
          const isPurged = isNew && !source.some((part) => isBy(part._item, unlogged))
          if (isNew) {
            for (const { _item: item } of source)
              if (item?.parentSub) deriveRow(onto, table, item.parentSub, item.id)
            target = new RowParts(onto.getMap(table)).of(rowId)
            // Who has made it may never come: an edit of it is nothing without the rest.
            for (const part of source) for (const key of part.keys()) keys.add(key)
          }
          const isCarried = (item: Y.Item) => isNew || isBy(item, authored)
          for (const key of keys) {
            if (!isElementKey(key)) continue
            const item = elementIn(source, key)
            if (item && isCarried(item)) carrier.element(item, written.of(item.id), target, key)
            else if (!item) for (const part of target) part.delete(key)
          }
          for (const column of new Set([...keys].filter((key) => !isElementKey(key)).map(columnOf))) {
            const text = textEntry(source, column)
            const [latest] = candidatesOf(source, column, written)
            if (text?.value instanceof Y.Text) {
              // Typing is not the same twice: each carries their own.
              if (!isPurged && !touched.has(column)) continue
              const typed = written.of(lastBy(authored, text.value) ?? text.item.id)
              carrier.write(typed, () => carryText(text, target, column, mergeText))
            } else if (latest && isCarried(latest.item)) carrier.register(latest, target, column)
            else if (latest && isBy(latest.item, unlogged)) {
              // What has overwritten it may never come.
              const own = overwrittenBy(latest, source, column, authored, written)
              if (own) carrier.register(own, target, column)
            }
          }
        }
      }
      for (const [key, item] of from.getMap(CONFLICTS)._map) {
        if (!item.deleted && isBy(item, authored)) carrier.conflict(item, written.of(item.id), onto, key)
      }
      carrier.close()
      // Applying an update marks the transaction as remote; these are edits of this device, bound for its outbox.
      transaction.local = true
    },
    origin,
  )
}

/** Writes edits into a document as of the time at which they were made. */
class Carrier {
  readonly #transaction: Y.Transaction
  readonly #stamps: Stamps
  #written: Attribution | undefined

  constructor(transaction: Y.Transaction) {
    this.#transaction = transaction
    this.#stamps = new Stamps(transaction.doc, () => 0)
  }

  /** A value competes with what the new document holds: it takes the place of what is older. */
  register(mine: Candidate, target: readonly RowMap[], column: string): void {
    const theirs = candidatesOf(target, column, this.#stamps)
    const isHeld = theirs.length === 1 && theirs[0]?.value === mine.value
    if (!isHeld)
      this.write(mine, () =>
        writeBeside(
          target,
          column,
          copied(mine.value),
          theirs.filter(({ at }) => at <= mine.at),
        ),
      )
  }

  element(item: Y.Item, written: Attribution, [first, ...others]: readonly RowMap[], key: string): void {
    const part = [first, ...others].find((each) => each?.has(key)) ?? first
    const value = part?.get(key)
    const mine = item.content.getContent()[item.length - 1]
    if (part && value !== mine) this.write(written, () => part.set(key, mine))
  }

  conflict(item: Y.Item, written: Attribution, onto: Y.Doc, key: string): void {
    const conflicts = onto.getMap(CONFLICTS)
    if (!conflicts.has(key)) this.write(written, () => conflicts.set(key, item.content.getContent()[0]))
  }

  write(written: Attribution, edit: () => void): void {
    const last = this.#written
    if (last && (last.at !== written.at || !isSameAuthor(last.author, written.author))) this.close()
    edit()
    this.#written = written
  }

  /** Says of what has been written so far when that was. */
  close(): void {
    if (this.#written) this.#stamps.mark(this.#transaction, this.#written)
    this.#written = undefined
  }
}

/** The last value that some updates have given a cell, though others have replaced it since. */
function overwrittenBy(
  latest: Candidate,
  source: readonly RowMap[],
  column: string,
  authored: Authored,
  written: Stamps,
): Candidate | undefined {
  let last: Candidate | undefined
  for (const part of source) {
    for (const [key, item] of part._map) {
      if (columnOf(key) !== column || isElementKey(key) || !isBy(item, authored)) continue
      const value = authored.valueOf(item.id)
      const own: Candidate = { ...latest, part, key, item, value, ...written.of(item.id) }
      if (value !== undefined && (!last || isLater(own, last))) last = own
    }
  }
  return last
}

function carryText(
  { item, value: mine }: Entry,
  target: readonly RowMap[],
  column: string,
  mergeText: (mine: Y.Text, theirs: Y.Text) => void,
): void {
  const [first] = target
  if (first?.doc && !(textEntry(target, column)?.value instanceof Y.Text))
    deriveText(first.doc, first, column, item.id)
  const theirs = textEntry(target, column)?.value
  if (mine instanceof Y.Text && theirs instanceof Y.Text) mergeText(mine, theirs)
}

/** The last thing that some updates have inserted into a text. */
function lastBy(authored: Authored, text: Y.Text): Y.ID | undefined {
  let last: Y.ID | undefined
  for (let item = text._start; item !== null; item = item.right) if (isBy(item, authored)) last = item.lastId
  return last
}

const copied = (value: unknown): unknown => (value instanceof Y.AbstractType ? value.clone() : value)

const isBy = (item: Y.Item | null, authored: Authored): boolean =>
  item !== null && authored.inserted.has(item.id)

function touchedEntries(doc: Y.Doc, updates: readonly Uint8Array[]): TouchedEntry[] {
  const tables = new Map([...doc.share].map(([name, type]): [unknown, string] => [type, name]))
  const found = new Map<string, TouchedEntry>()
  const touch = (client: number, clock: number, length: number) => {
    const items = doc.store.clients.get(client) ?? []
    for (const item of items) {
      if (!(item instanceof Y.Item) || item.id.clock + item.length <= clock) continue
      if (item.id.clock >= clock + length) break
      for (const entry of entriesAt(item, tables)) {
        found.set(JSON.stringify([entry.table, entry.rowId, entry.key]), entry)
      }
    }
  }
  const { structs, ds } = Y.decodeUpdate(Y.mergeUpdates([...updates]))
  for (const { id, length } of structs) touch(id.client, id.clock, length)
  for (const [client, items] of ds.clients) for (const { clock, len } of items) touch(client, clock, len)
  return [...found.values()]
}

/** Climbs from an item to its entry. An item that is a whole row stands for every entry in it. */
function entriesAt(item: Y.Item, tables: ReadonlyMap<unknown, string>): TouchedEntry[] {
  let key: string | null = null
  for (let at: Y.Item | null = item; at !== null; ) {
    const parent: Y.Item['parent'] = at.parent
    const { parentSub }: Y.Item = at
    const table = tables.get(parent)
    if (table !== undefined) {
      if (parentSub === null) return []
      const rowId = RowParts.rowIdOf(parentSub)
      if (key !== null) return [{ table, rowId, key }]
      const row = at.content instanceof Y.ContentType ? at.content.type : undefined
      return row instanceof Y.Map ? [...row.keys()].map((each) => ({ table, rowId, key: each })) : []
    }
    if (!(parent instanceof Y.AbstractType)) return []
    key = parentSub ?? key
    at = parent._item
  }
  return []
}
