import * as Y from 'yjs'
import { type Authored, authorship } from './authorship.ts'
import { deriveRow, deriveText } from './derived-type.ts'
import { replaceText } from './replace-text.ts'
import { partFor, type RowMap, RowParts, storedCell } from './row-parts.ts'

/** A cell that some updates have touched. */
interface TouchedCell {
  readonly table: string
  readonly rowId: string
  readonly column: string
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
 * may never see. A text is changed only where the
 * updates changed it, and merges with what the new one has. A row that the new document lacks is put there in a way that
 * whoever else puts it there does, too: so its cells come together from all who have touched it.
 */
export function carryOver({ from, updates, others = [], onto, complete, origin }: CarryOver): void {
  if (updates.length === 0) return
  const authored = authorship(updates)
  const unlogged = authorship([...updates, ...others])
  const cells = touchedCells(from, updates)
  const mergeText = (mine: Y.Text, theirs: Y.Text) => {
    const own = ownTyping(mine, authored, theirs.toString())
    // Where the rest does not agree, something in the old document's text is not known to be the updates'.
    if (complete && own.base !== theirs.toString()) replaceText(theirs, mine.toString())
    else theirs.applyDelta(rebased(own, theirs.toString()))
  }
  Y.transact(
    onto,
    (transaction) => {
      for (const [table, tableCells] of Map.groupBy(cells, (cell) => cell.table)) {
        const sources = new RowParts(from.getMap(table))
        for (const [rowId, rowCells] of Map.groupBy(tableCells, (cell) => cell.rowId)) {
          const source = sources.of(rowId)
          const columns = new Set(rowCells.map(({ column }) => column))
          let target = new RowParts(onto.getMap(table)).of(rowId)
          const isPurged = target.length === 0 && !source.some((part) => isBy(part._item, unlogged))
          if (target.length === 0) {
            for (const { _item: item } of source)
              if (item?.parentSub) deriveRow(onto, table, item.parentSub, item.id)
            target = new RowParts(onto.getMap(table)).of(rowId)
          }
          // Its time in the trash was over while the edits waited: the row comes back whole.
          if (isPurged) for (const part of source) for (const column of part.keys()) columns.add(column)
          for (const column of columns) {
            carryCell(source, target, column, mergeText, (item, value) =>
              isPurged || isBy(item, authored) ? value : lastWord(item, authored, unlogged),
            )
          }
        }
      }
      // Applying an update marks the transaction as remote; these are edits of this device, bound for its outbox.
      transaction.local = true
    },
    origin,
  )
}

/** @param choose  what to write of a cell whose last word is `value`; `undefined` for nothing */
function carryCell(
  source: readonly RowMap[],
  target: readonly RowMap[],
  column: string,
  mergeText: (mine: Y.Text, theirs: Y.Text) => void,
  choose: (item: Y.Item, value: unknown) => unknown,
): void {
  const item = partFor(source, column)?._map.get(column)
  const part = partFor(target, column)
  const mine = storedCell(source, column)
  if (!item || !part || mine === undefined) return
  if (mine instanceof Y.Text) {
    const { doc } = part
    if (doc && !(storedCell(target, column) instanceof Y.Text)) deriveText(doc, part, column, item.id)
    const theirs = storedCell(target, column)
    if (theirs instanceof Y.Text) mergeText(mine, theirs)
  } else if (mine instanceof Y.AbstractType) part.set(column, mine.clone())
  else {
    const value = choose(item, mine)
    if (value !== undefined && value !== storedCell(target, column)) part.set(column, value)
  }
}

/** The last word of some updates on a cell, when it was overwritten by nothing but other unlogged ones. */
function lastWord(last: Y.Item, authored: Authored, unlogged: Authored): unknown {
  for (let item: Y.Item | null = last; item !== null && isBy(item, unlogged); item = item.left) {
    if (isBy(item, authored)) return authored.valueOf(item.id)
  }
  return undefined
}

const isBy = (item: Y.Item | null, authored: Authored): boolean =>
  item !== null && authored.inserted.has(item.id)

/** One step of what somebody has done to a text. */
type Step = { retain: number } | { delete: number } | { insert: string }

/** All steps, from the start of the text. */
class Typing {
  readonly steps: Step[] = []

  /** Adds a step; joined with the last one, because half of a surrogate pair is no text. */
  add(step: Step): void {
    const last = this.steps.at(-1)
    if (last && 'insert' in last && 'insert' in step) last.insert += step.insert
    else if (last && 'delete' in last && 'delete' in step) last.delete += step.delete
    else if (last && 'retain' in last && 'retain' in step) last.retain += step.retain
    else this.steps.push(step)
  }
}

/**
 * The text as it was before the updates, and what they did to it.
 *
 * Of deleted text Yjs keeps only the length. Where the rest agrees with `theirs`, that is what it was; otherwise
 * others have changed the text meanwhile, and what was deleted stays in it.
 */
function ownTyping(text: Y.Text, authored: Authored, theirs: string): { base: string; typing: Step[] } {
  const typing = new Typing()
  let known = ''
  let length = 0
  let agrees = true
  for (let item = text._start; item !== null; item = item.right) {
    const { content, deleted: isDeleted } = item
    const characters = content instanceof Y.ContentString && !isDeleted ? content.str : ''
    if (!characters && !isDeleted) continue
    const { client, clock } = item.id
    let at = 0
    // Yjs joins neighbours, whoever's edit they were part of.
    for (const { length: units, isInside: isOwn } of authored.inserted.cut(client, clock, item.length)) {
      const written = characters.slice(at, at + units)
      if (isOwn) {
        if (written) typing.add({ insert: written })
      } else if (!isDeleted) {
        typing.add({ retain: units })
        agrees &&= theirs.startsWith(written, length)
        known += written
        length += units
      } else {
        for (const erased of authored.deleted.cut(client, clock + at, units)) {
          if (!erased.isInside) continue
          typing.add({ delete: erased.length })
          length += erased.length
        }
      }
      at += units
    }
  }
  if (agrees && length === theirs.length) return { base: theirs, typing: typing.steps }
  return { base: known, typing: typing.steps.filter((step) => !('delete' in step)) }
}

/** What has to be done to `theirs`, which has come from the same base, so that both have been done. */
function rebased({ base, typing }: { base: string; typing: Step[] }, theirs: string): Step[] {
  if (base === theirs) return typing
  const origin = new Y.Doc()
  origin.getText().insert(0, base)
  const state = Y.encodeStateAsUpdate(origin)
  const fork = new Y.Doc()
  Y.applyUpdate(fork, state)
  fork.getText().applyDelta(typing)
  replaceText(origin.getText(), theirs)
  let result: Step[] = []
  origin.getText().observe(({ delta }) => {
    result = delta as Step[]
  })
  Y.applyUpdate(origin, Y.encodeStateAsUpdate(fork))
  return result
}

function touchedCells(doc: Y.Doc, updates: readonly Uint8Array[]): TouchedCell[] {
  const tables = new Map([...doc.share].map(([name, type]): [unknown, string] => [type, name]))
  const found = new Map<string, TouchedCell>()
  const touch = (client: number, clock: number, length: number) => {
    const items = doc.store.clients.get(client) ?? []
    for (const item of items) {
      if (!(item instanceof Y.Item) || item.id.clock + item.length <= clock) continue
      if (item.id.clock >= clock + length) break
      for (const cell of cellsOf(item, tables)) {
        found.set(JSON.stringify([cell.table, cell.rowId, cell.column]), cell)
      }
    }
  }
  const { structs, ds } = Y.decodeUpdate(Y.mergeUpdates([...updates]))
  for (const { id, length } of structs) touch(id.client, id.clock, length)
  for (const [client, items] of ds.clients) for (const { clock, len } of items) touch(client, clock, len)
  return [...found.values()]
}

/** Climbs from an item to its cell. An item that is a whole row stands for every cell in it. */
function cellsOf(item: Y.Item, tables: ReadonlyMap<unknown, string>): TouchedCell[] {
  let column: string | null = null
  for (let at: Y.Item | null = item; at !== null; ) {
    const parent: Y.Item['parent'] = at.parent
    const { parentSub }: Y.Item = at
    const table = tables.get(parent)
    if (table !== undefined) {
      if (parentSub === null) return []
      const rowId = RowParts.rowIdOf(parentSub)
      if (column !== null) return [{ table, rowId, column }]
      const row = at.content instanceof Y.ContentType ? at.content.type : undefined
      return row instanceof Y.Map ? [...row.keys()].map((name) => ({ table, rowId, column: name })) : []
    }
    if (!(parent instanceof Y.AbstractType)) return []
    column = parentSub ?? column
    at = parent._item
  }
  return []
}
