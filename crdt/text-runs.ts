import * as Y from 'yjs'
import type { Json } from './schema/index.ts'

/** A stretch of a shared text with its marks; `insert` is no string for what a foreign program has embedded. */
export interface TextRun {
  readonly insert: Json
  readonly attributes?: Readonly<Record<string, Json>>
}

/** One character, or one embed, of a text. */
interface Unit {
  readonly insert: Json
  readonly marks: Readonly<Record<string, Json>>
  readonly length: number
  /** Equal for what reads the same, whatever its marks. */
  readonly face: string
}

/** A text with its marks, as plain data. */
export function textRuns(text: Y.Text): readonly TextRun[] {
  // Yjs divides where marks have been set and lifted again.
  return joined(structuredClone(text.toDelta()))
}

/** What runs read as, like `Y.Text.toString`: embeds say nothing. */
export const plainText = (runs: readonly TextRun[]): string =>
  runs.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')

export function isSameText(a: readonly TextRun[], b: readonly TextRun[]): boolean {
  const [some, others] = [unitsOf(a), unitsOf(b)]
  return (
    some.length === others.length &&
    some.every((unit, index) => {
      const other = others[index]
      return other !== undefined && unit.face === other.face && isEmpty(markChange(unit.marks, other.marks))
    })
  )
}

/**
 * Turns a text into another, marks and all, by its smallest single splice and by changing only marks that differ: what
 * others type at the same time survives.
 */
export function writeRuns(text: Y.Text, runs: readonly TextRun[]): void {
  const next = unitsOf(runs)
  splice(text, unitsOf(textRuns(text)), next, (a, b) => a.face === b.face)
  // Lifting a mark that ends where another begins, Yjs may lift too little or too much: so it is looked at again.
  for (let pass = 0; pass < MARK_PASSES; pass++) {
    const changes = markChanges(unitsOf(textRuns(text)), next)
    if (changes.length === 0) return
    for (const { at, length, change } of changes.reverse()) text.format(at, length, change)
  }
  splice(
    text,
    unitsOf(textRuns(text)),
    next,
    (a, b) => a.face === b.face && isEmpty(markChange(a.marks, b.marks)),
  )
}

const MARK_PASSES = 3

/** Replaces what lies between the beginning and the end that two texts have in common. */
function splice(
  text: Y.Text,
  now: readonly Unit[],
  next: readonly Unit[],
  isSame: (a: Unit, b: Unit) => boolean,
): void {
  const isSameAt = (index: number) => {
    const [a, b] = [now.at(index), next.at(index)]
    return a !== undefined && b !== undefined && isSame(a, b)
  }
  const shorter = Math.min(now.length, next.length)
  let head = 0
  while (head < shorter && isSameAt(head)) head++
  let tail = 0
  while (tail < shorter - head && isSameAt(-1 - tail)) tail++
  const [kept, removed] = [lengthOf(now.slice(0, head)), lengthOf(now.slice(head, now.length - tail))]
  if (removed > 0) text.delete(kept, removed)
  const inserts = next
    .slice(head, next.length - tail)
    .map(({ insert, marks }) => ({ insert, attributes: marks }))
  // Yjs writes into what it is given.
  if (inserts.length > 0)
    text.applyDelta([...(kept > 0 ? [{ retain: kept }] : []), ...structuredClone(joined(inserts))])
}

/** Where the marks of a text differ from those wanted, in order. */
function markChanges(now: readonly Unit[], next: readonly Unit[]) {
  const changes: { at: number; length: number; change: Record<string, Json> }[] = []
  let at = 0
  for (const [index, { marks, length }] of now.entries()) {
    const change = markChange(marks, next[index]?.marks ?? {})
    const last = changes.at(-1)
    const goesOn =
      last && last.at + last.length === at && JSON.stringify(last.change) === JSON.stringify(change)
    if (goesOn) last.length += length
    else if (!isEmpty(change)) changes.push({ at, length, change })
    at += length
  }
  return changes
}

/** Two texts that began as `base`, merged as Yjs merges them. */
export function mergedRuns(
  base: readonly TextRun[],
  mine: readonly TextRun[],
  theirs: readonly TextRun[],
): readonly TextRun[] {
  if (isSameText(base, theirs)) return mine
  const origin = new Y.Doc()
  writeRuns(origin.getText(), base)
  const fork = new Y.Doc()
  Y.applyUpdate(fork, Y.encodeStateAsUpdate(origin))
  writeRuns(fork.getText(), mine)
  writeRuns(origin.getText(), theirs)
  Y.applyUpdate(origin, Y.encodeStateAsUpdate(fork))
  return textRuns(origin.getText())
}

function unitsOf(runs: readonly TextRun[]): Unit[] {
  return runs.flatMap(({ insert, attributes: marks = {} }): Unit[] =>
    typeof insert === 'string'
      ? // By code points: half an emoji is no text.
        [...insert.toWellFormed()].map((char) => ({ insert: char, marks, length: char.length, face: char }))
      : [{ insert, marks, length: 1, face: `\u0000${JSON.stringify(insert)}` }],
  )
}

/** The marks that have to be set, or with null lifted, to get from some to others. */
function markChange(from: Unit['marks'], to: Unit['marks']): Record<string, Json> {
  const change: Record<string, Json> = {}
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const wanted = to[name] ?? null
    if (JSON.stringify(from[name] ?? null) !== JSON.stringify(wanted)) change[name] = wanted
  }
  return change
}

const isEmpty = (marks: object) => Object.keys(marks).length === 0

/** Neighbours with the same marks as one run. */
function joined(runs: readonly TextRun[]): TextRun[] {
  const result: { insert: Json; attributes?: Unit['marks'] }[] = []
  for (const run of runs) {
    const last = result.at(-1)
    const isAlike = last && isEmpty(markChange(last.attributes ?? {}, run.attributes ?? {}))
    if (isAlike && typeof last.insert === 'string' && typeof run.insert === 'string')
      last.insert += run.insert
    else result.push({ ...run })
  }
  return result
}

const lengthOf = (units: readonly Unit[]) => units.reduce((sum, { length }) => sum + length, 0)
