import * as Y from 'yjs'
import type { Authored } from './authorship.ts'
import { replaceText } from './replace-text.ts'

type Marks = Readonly<Record<string, unknown>>

/** One step of what somebody has done to a text. */
export type Step =
  | { retain: number; attributes?: Marks }
  | { delete: number }
  | { insert: string; attributes?: Marks }

/** All steps, from the start of the text. */
class Typing {
  readonly steps: Step[] = []

  /** Adds a step; joined with the last one, because half of a surrogate pair is no text. */
  add(step: Step): void {
    const last = this.steps.at(-1)
    if (last && 'delete' in last && 'delete' in step) last.delete += step.delete
    else if (last && 'insert' in last && 'insert' in step && hasSameMarks(last, step))
      last.insert += step.insert
    else if (last && 'retain' in last && 'retain' in step && hasSameMarks(last, step))
      last.retain += step.retain
    else this.steps.push(step)
  }
}

const hasSameMarks = (a: { attributes?: Marks }, b: { attributes?: Marks }) =>
  JSON.stringify(a.attributes) === JSON.stringify(b.attributes)

/** The marks that are in force at a place in a text: everybody's, and those that some updates have set or lifted. */
class MarksInForce {
  readonly #all = new Map<string, unknown>()
  readonly #theirs = new Map<string, unknown>()

  pass({ key, value }: { key: string; value: unknown }, isOwn: boolean): void {
    this.#all.set(key, value)
    if (!isOwn) this.#theirs.set(key, value)
  }

  get all(): { attributes?: Marks } {
    return withMarks([...this.#all].filter(([, value]) => value !== null))
  }

  get own(): { attributes?: Marks } {
    return withMarks([...this.#all].filter(([key, value]) => value !== (this.#theirs.get(key) ?? null)))
  }
}

const withMarks = (marks: [string, unknown][]): { attributes?: Marks } =>
  marks.length > 0 ? { attributes: Object.fromEntries(marks) } : {}

/**
 * The text as it was before the updates, and what they did to it.
 *
 * Of deleted text Yjs keeps only the length. Where the rest agrees with `theirs`, that is what it was; otherwise
 * others have changed the text meanwhile, and what was deleted stays in it.
 */
export function ownTyping(
  text: Y.Text,
  authored: Authored,
  theirs: string,
): { base: string; typing: Step[] } {
  const typing = new Typing()
  const marks = new MarksInForce()
  let known = ''
  let length = 0
  let agrees = true
  for (let item = text._start; item !== null; item = item.right) {
    const { content, deleted: isDeleted } = item
    if (content instanceof Y.ContentFormat && !isDeleted) marks.pass(content, authored.inserted.has(item.id))
    const characters = content instanceof Y.ContentString && !isDeleted ? content.str : ''
    if (!characters && !isDeleted) continue
    const { client, clock } = item.id
    let at = 0
    // Yjs joins neighbours, whoever's edit they were part of.
    for (const { length: units, isInside: isOwn } of authored.inserted.cut(client, clock, item.length)) {
      const written = characters.slice(at, at + units)
      if (isOwn) {
        if (written) typing.add({ insert: written, ...marks.all })
      } else if (!isDeleted) {
        typing.add({ retain: units, ...marks.own })
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
export function rebased({ base, typing }: { base: string; typing: Step[] }, theirs: string): Step[] {
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

/** Two texts that began as `base` merged as Yjs merges them. */
export function mergedText(base: string, mine: string, theirs: string): string {
  if (base === theirs) return mine
  const origin = new Y.Doc()
  origin.getText().insert(0, base)
  const fork = new Y.Doc()
  Y.applyUpdate(fork, Y.encodeStateAsUpdate(origin))
  replaceText(fork.getText(), mine)
  replaceText(origin.getText(), theirs)
  Y.applyUpdate(origin, Y.encodeStateAsUpdate(fork))
  return origin.getText().toString()
}
