import * as Y from 'yjs'
import { replaceText } from './replace-text.ts'
import { partFor, type RowMap, RowParts, storedCell } from './row-parts.ts'

/** A cell that some updates have touched. */
interface TouchedCell {
  readonly table: string
  readonly rowId: string
  readonly column: string
}

/** What some updates have inserted and deleted, unit by unit. */
interface Authored {
  inserted(id: Y.ID): boolean
  deleted(id: Y.ID): boolean
}

export interface CarryOver {
  /** The old document, with the updates applied. */
  readonly from: Y.Doc
  /** Yjs v1 updates of the old document, of which the new one knows nothing. */
  readonly updates: readonly Uint8Array[]
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
 * Cells are written as the old document has them now. A text is changed only where the updates changed it, and
 * merges with what the new one has. Nothing else is touched.
 */
export function carryOver({ from, updates, onto, complete, origin }: CarryOver): void {
  if (updates.length === 0) return
  const authored = authorship(updates)
  const rowParts = (doc: Y.Doc, table: string) => new RowParts(doc.getMap(table))
  const cells = touchedCells(from, updates)
  const merge = (mine: Y.Text, theirs: string) =>
    complete ? mine.toString() : mergedText(textBefore(mine, authored, theirs), mine.toString(), theirs)
  Y.transact(
    onto,
    () => {
      for (const [table, tableCells] of Map.groupBy(cells, (cell) => cell.table)) {
        const sources = rowParts(from, table)
        const targets = rowParts(onto, table)
        for (const [rowId, rowCells] of Map.groupBy(tableCells, (cell) => cell.rowId)) {
          const source = sources.of(rowId)
          const target = targets.of(rowId)
          if (source.length === 0) continue
          if (target.length === 0) {
            const key = sources.map.has(rowId) ? rowId : RowParts.sharedKey(rowId, onto.clientID)
            copyRow(targets.map, key, source)
          } else for (const { column } of rowCells) carryCell(source, target, column, merge)
        }
      }
    },
    origin,
  )
}

/** The new document has no such row: it was made by the updates, or purged while they waited. */
function copyRow(map: Y.Map<unknown>, key: string, source: readonly RowMap[]): void {
  const row: RowMap = new Y.Map()
  for (const column of new Set(source.flatMap((part) => [...part.keys()]))) {
    row.set(column, clone(storedCell(source, column)))
  }
  map.set(key, row)
}

function carryCell(
  source: readonly RowMap[],
  target: readonly RowMap[],
  column: string,
  merge: (mine: Y.Text, theirs: string) => string,
): void {
  const mine = storedCell(source, column)
  const theirs = storedCell(target, column)
  const part = partFor(target, column)
  if (mine instanceof Y.Text && theirs instanceof Y.Text) replaceText(theirs, merge(mine, theirs.toString()))
  else if (mine instanceof Y.AbstractType) part?.set(column, clone(mine))
  else if (mine !== undefined && mine !== theirs) part?.set(column, mine)
}

const clone = (value: unknown): unknown => (value instanceof Y.AbstractType ? value.clone() : value)

/**
 * The text as it was before the updates: without what they inserted, with what they deleted.
 *
 * Of deleted text Yjs keeps only the length. Where the rest agrees with `theirs`, that is what it was; otherwise
 * others have changed the text meanwhile, and what was deleted stays in it.
 */
function textBefore(text: Y.Text, authored: Authored, theirs: string): string {
  let known = ''
  let length = 0
  let agrees = true
  for (let item = text._start; item !== null; item = item.right) {
    if (!item.countable && !item.deleted) continue
    const { client, clock } = item.id
    // Unit by unit: Yjs joins neighbours, whoever's edit they were part of.
    for (let unit = 0; unit < item.length; unit++) {
      const id = Y.createID(client, clock + unit)
      if (authored.inserted(id) || (item.deleted && !authored.deleted(id))) continue
      if (!item.deleted && item.content instanceof Y.ContentString) {
        const character = item.content.str[unit] ?? ''
        agrees &&= theirs[length] === character
        known += character
      }
      length += 1
    }
  }
  return agrees && length === theirs.length ? theirs : known
}

/** Two texts that began as `base` merged as Yjs merges them. */
function mergedText(base: string, mine: string, theirs: string): string {
  if (base === theirs) return mine
  const origin = new Y.Doc()
  origin.getText().insert(0, base)
  const edited = [mine, theirs].map((text) => {
    const fork = new Y.Doc()
    Y.applyUpdate(fork, Y.encodeStateAsUpdate(origin))
    replaceText(fork.getText(), text)
    return Y.encodeStateAsUpdate(fork)
  })
  for (const update of edited) Y.applyUpdate(origin, update)
  return origin.getText().toString()
}

function authorship(updates: readonly Uint8Array[]): Authored {
  const { structs, ds } = Y.decodeUpdate(Y.mergeUpdates([...updates]))
  const inserted = Y.createDeleteSet()
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    const ranges = inserted.clients.get(client) ?? []
    ranges.push({ clock, len: struct.length })
    inserted.clients.set(client, ranges)
  }
  return { inserted: (id) => Y.isDeleted(inserted, id), deleted: (id) => Y.isDeleted(ds, id) }
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
