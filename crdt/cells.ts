import * as Y from 'yjs'
import type { RowMap } from './row-parts.ts'
import type { Attribution, Stamps } from './stamps.ts'

/** Divides column, writer and element in the key of an entry. No name of a column holds it. */
const SEPARATOR = '\u001f'
/** Stands in place of an element where an entry is its writer's share in a sum. */
const SHARE = '+'
/** Ends the writer of a resolution: of what a strategy, not a person, has chosen. */
const RESOLUTION = '!'

/**
 * The entries of a row's maps, and what they mean together.
 *
 * Were a cell one key of a Y.Map, Yjs would keep one of two concurrent values, by the number of its client, and forget
 * the other. So each writer has a key of their own: the bare name of the column for whoever made the map,
 * `column ␟ writer` for everybody else. Who writes a cell deletes the entries of others that they know of. What is
 * left, then, are the values that no later write has replaced: one, or several that were written at the same time (a
 * multi-value register, Shapiro et al. 2011, {@link https://inria.hal.science/inria-00555588 §3.2.2}). Nothing is lost
 * in any merge, whoever makes it, and which one is read is a function of the document.
 */
export interface Entry {
  readonly part: RowMap
  readonly key: string
  readonly item: Y.Item
  readonly value: unknown
  /** Of a set, what the entry says is in it. */
  readonly element: string | undefined
  readonly isResolution: boolean
}

/** A value of a register that no later write has replaced, and where it comes from. */
export interface Candidate extends Entry, Attribution {}

const contentOf = (item: Y.Item): unknown => item.content.getContent()[item.length - 1]

/** The name of the column that an entry of a row's map belongs to. */
export function columnOf(key: string): string {
  const end = key.indexOf(SEPARATOR)
  return end === -1 ? key : key.slice(0, end)
}

export const isColumnName = (name: string): boolean => name !== '' && !name.includes(SEPARATOR)

/** Whether an entry is an element of a set, or a share of a sum. */
export const isElementKey = (key: string): boolean => key.indexOf(SEPARATOR) !== key.lastIndexOf(SEPARATOR)

/** The element, or share, under a key; `undefined` when it is not in the row. */
export function elementIn(parts: readonly RowMap[], key: string): Y.Item | undefined {
  for (const part of parts) {
    const item = part._map.get(key)
    if (item && !item.deleted) return item
  }
  return undefined
}

/** Keys with a writer, by column, in their order. */
type WriterKeys = ReadonlyMap<string, readonly string[]>

/** The keys that a map had when it had so many, if any: they are never taken out again. */
const known = new WeakMap<RowMap, { readonly size: number; readonly keys: WriterKeys }>()

/** What a map has beside the bare names of its columns; most have nothing. */
function writerKeys(part: RowMap): WriterKeys | undefined {
  const { size } = part._map
  const before = known.get(part)
  if (before?.size === size) return before.keys
  let keys: Map<string, string[]> | undefined
  for (const key of part._map.keys()) {
    const end = key.indexOf(SEPARATOR)
    if (end === -1) continue
    keys ??= new Map()
    const column = key.slice(0, end)
    const others = keys.get(column)
    if (others) others.push(key)
    else keys.set(column, [key])
  }
  if (!keys) return undefined
  for (const each of keys.values()) if (each.length > 1) each.sort()
  known.set(part, { size, keys })
  return keys
}

/** Columns with entries beside the bare name; nothing in most rows. */
export function spreadColumns(parts: readonly RowMap[]): ReadonlySet<string> {
  let found: Set<string> | undefined
  for (const part of parts) {
    const keys = writerKeys(part)
    if (!keys) continue
    found ??= new Set()
    for (const column of keys.keys()) found.add(column)
  }
  return found ?? NONE
}

const NONE: ReadonlySet<string> = new Set()

/** What is alive of a column in the parts of a row, in the order of the parts and of the keys. */
export function entriesOf(parts: readonly RowMap[], column: string): Entry[] {
  const end = column.length
  const [only] = parts
  if (only && parts.length === 1 && !writerKeys(only)?.has(column)) {
    const plain = only._map.get(column)
    return plain && !plain.deleted ? [entry(only, column, plain, end)] : []
  }
  const entries: Entry[] = []
  for (const part of parts) {
    const plain = part._map.get(column)
    if (plain && !plain.deleted) entries.push(entry(part, column, plain, end))
    const keys = writerKeys(part)?.get(column)
    if (!keys) continue
    for (const key of keys) {
      const item = part._map.get(key)
      if (item && !item.deleted) entries.push(entry(part, key, item, end))
    }
  }
  return entries
}

function entry(part: RowMap, key: string, item: Y.Item, columnEnd: number): Entry {
  const value = contentOf(item)
  if (key.length === columnEnd) return { part, key, item, value, element: undefined, isResolution: false }
  const end = key.indexOf(SEPARATOR, columnEnd + 1)
  const element = end === -1 ? undefined : key.slice(end + 1)
  return { part, key, item, value, element, isResolution: end === -1 && key.endsWith(RESOLUTION) }
}

/** Whether one of two values was written later; never both. */
export function isLater(a: Candidate, b: Candidate): boolean {
  if (a.at !== b.at) return a.at > b.at
  const [{ client, clock }, other] = [a.item.id, b.item.id]
  return client === other.client ? clock > other.clock : client > other.client
}

/** The values of a register that compete, the latest first. */
export function candidatesOf(parts: readonly RowMap[], column: string, stamps: Stamps): Candidate[] {
  const entries = entriesOf(parts, column)
  return entries
    .map((each) => ({ ...each, ...stamps.of(each.item.id) }))
    .sort((a, b) => (isLater(a, b) ? -1 : 1))
}

/** What is stored of a register: the latest of its values; `undefined` when there is none. */
export function readRegister(parts: readonly RowMap[], column: string, stamps: Stamps): unknown {
  const [only] = parts
  if (only && parts.length === 1 && !writerKeys(only)?.has(column)) return only.get(column)
  const entries = entriesOf(parts, column)
  return entries.length < 2 ? entries[0]?.value : candidatesOf(parts, column, stamps)[0]?.value
}

/** The shared text of a column. Of several, one that somebody has typed into; all else would hide it. */
export function textEntry(parts: readonly RowMap[], column: string): Entry | undefined {
  const texts = entriesOf(parts, column)
  return texts.find(({ value }) => value instanceof Y.Text && value._start !== null) ?? texts[0]
}

/** The sum of what all writers have added (a PN-counter, {@link https://inria.hal.science/inria-00555588 §3.1.3}). */
export function readCounter(parts: readonly RowMap[], column: string): number {
  let sum = 0
  for (const { value, element } of entriesOf(parts, column)) {
    // What is under the bare name, or a writer's alone, is nobody's share: a foreign program has taken it for a register.
    if (element !== undefined && Number.isSafeInteger(value)) sum += Number(value)
  }
  return Number.isSafeInteger(sum) ? sum : 0
}

/** The elements that somebody has added and nobody has removed since, sorted. */
export function readSet(parts: readonly RowMap[], column: string): string[] {
  const elements = new Set<string>()
  for (const { element } of entriesOf(parts, column)) if (element !== undefined) elements.add(element)
  return [...elements].sort()
}

let lastWriter = { clientId: 0, text: '0' }

/** A client as it is written in keys. It is asked for the same one most of the time. */
function writerOf(clientId: number): string {
  if (lastWriter.clientId !== clientId) lastWriter = { clientId, text: clientId.toString(36) }
  return lastWriter.text
}

/** The key of one element, or of the share in a sum. Always with its writer: a copy of the document keeps it. */
export const elementKey = (column: string, clientId: number, element: string): string =>
  [column, writerOf(clientId), element].join(SEPARATOR)

/** The key under which a client writes a register: the bare name only into a map that it has made itself. */
const ownKey = (part: RowMap, column: string, clientId: number): string =>
  part._item?.id.client === clientId ? column : writerKey(column, clientId)

const keyIn = (part: RowMap, column: string, clientId: number, isResolution: boolean): string =>
  isResolution ? writerKey(column, clientId, RESOLUTION) : ownKey(part, column, clientId)

/** The key of a register that tells its writer. */
export const writerKey = (column: string, clientId: number, mark = ''): string =>
  `${column}${SEPARATOR}${writerOf(clientId)}${mark}`

/** Writes a register over everything that it holds. */
export function writeRegister(
  parts: readonly RowMap[],
  column: string,
  value: unknown,
  { isResolution = false, entries = entriesOf(parts, column) } = {},
): void {
  const [first] = parts
  if (!first?.doc) return
  const { clientID } = first.doc
  let own: Entry | undefined
  for (const each of entries) {
    if (!own && each.key === keyIn(each.part, column, clientID, isResolution)) own = each
    else each.part.delete(each.key)
  }
  if (own) own.part.set(own.key, value)
  else first.set(keyIn(first, column, clientID, isResolution), value)
}

/** Writes a register over some of what it holds. The rest, and the new value, compete. */
export function writeBeside(
  parts: readonly RowMap[],
  column: string,
  value: unknown,
  replaced: readonly Entry[],
): void {
  const [first] = parts
  if (!first?.doc) return
  const key = ownKey(first, column, first.doc.clientID)
  const own = first._map.get(key)
  // What this replica itself has written later stands.
  if (own && !own.deleted && !replaced.some(({ item }) => item === own)) return
  for (const each of replaced) if (each.item !== own) each.part.delete(each.key)
  first.set(key, value)
}

/** Adds to what this replica has added so far. */
export function addToCounter(parts: readonly RowMap[], column: string, by: number): void {
  const [first] = parts
  if (!first?.doc || by === 0) return
  const key = elementKey(column, first.doc.clientID, SHARE)
  const own = entriesOf(parts, column).find((each) => each.key === key)
  const before = Number.isSafeInteger(own?.value) ? Number(own?.value) : 0
  ;(own?.part ?? first).set(key, before + by)
}

/** The elements of a set after a change, sorted. */
export function changedSet(
  elements: readonly string[],
  { add = [], remove = [] }: { add?: Iterable<string>; remove?: Iterable<string> },
): string[] {
  const changed = new Set(elements)
  for (const element of remove) changed.delete(element)
  for (const element of add) changed.add(element)
  return [...changed].sort()
}

/** Puts elements into a set and takes others out. What somebody else adds at the same time stays in it. */
export function changeSet(
  parts: readonly RowMap[],
  column: string,
  { add = [], remove = [] }: { add?: Iterable<string>; remove?: Iterable<string> },
): void {
  const [first] = parts
  if (!first?.doc) return
  const entries = entriesOf(parts, column)
  const gone = new Set(remove)
  for (const { part, key, element } of entries)
    if (element !== undefined && gone.has(element)) part.delete(key)
  const present = new Set(entries.map(({ element }) => element))
  for (const element of add) {
    if (!present.has(element) || gone.has(element))
      first.set(elementKey(column, first.doc.clientID, element), true)
  }
}
