/** How a stretch of a shared text may look. `list` belongs to line ends, the rest to what is written. */
export type Marks = {
  readonly bold?: true | null
  readonly italic?: true | null
  readonly link?: string | null
  readonly list?: 'bullet' | 'ordered' | null
}

/** A thing in a text that is no text, made by some other program. It takes one place and is shown as a sign. */
export type ForeignEmbed = {
  readonly foreign: true
}

/** A step through a text, in the manner of Quill; `null` as a mark takes it away. */
export type TextOp =
  | { readonly insert: string | ForeignEmbed; readonly attributes?: Marks }
  | { readonly retain: number; readonly attributes?: Marks }
  | { readonly delete: number; readonly attributes?: never }

const MAX_LINK = 2_000

/** An address that may be followed: web or mail, nothing that runs. */
export function safeTextLink(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LINK) return undefined
  const { protocol } = URL.parse(value) ?? {}
  return protocol === 'https:' || protocol === 'http:' || protocol === 'mailto:' ? value : undefined
}

/** What editors take for the ends of lines or for marks of their own, and would count or store differently. */
const UNSETTLED = /[\r\u2028\u2029\ufeff]/g

/**
 * Steps from anywhere (the network, the clipboard, an editor) as steps that fit any editor here.
 *
 * What is not known is left out, never refused, and every step keeps its length: places in what comes out are places
 * in what went in.
 */
export function readSteps(steps: Iterable<unknown>): TextOp[] {
  const read: TextOp[] = []
  for (const step of steps) {
    if (!isRecord(step)) continue
    if (typeof step.delete === 'number') read.push({ delete: step.delete })
    else if (typeof step.retain === 'number') {
      const attributes = readMarks(step.attributes, ['bold', 'italic', 'link', 'list'])
      read.push(attributes ? { retain: step.retain, attributes } : { retain: step.retain })
    } else if (typeof step.insert === 'string') readText(step.insert, step.attributes, read)
    else if (step.insert !== undefined) read.push({ insert: { foreign: true } })
  }
  return read
}

/** Text in pieces: line ends carry the marks of lines, and what is between them carries the others. */
function readText(text: string, attributes: unknown, read: TextOp[]): void {
  const inline = readMarks(attributes, ['bold', 'italic', 'link'])
  const line = readMarks(attributes, ['list'])
  for (const [piece] of text.replace(UNSETTLED, ' ').matchAll(/\n+|[^\n]+/g)) {
    const marks = piece.startsWith('\n') ? line : inline
    read.push(marks ? { insert: piece, attributes: marks } : { insert: piece })
  }
}

/** The marks among some attributes. One with a value that makes no sense is as good as taken away. */
function readMarks(attributes: unknown, names: readonly (keyof Marks)[]): Marks | undefined {
  if (!isRecord(attributes)) return undefined
  const found = names.filter((name) => Object.hasOwn(attributes, name))
  if (found.length === 0) return undefined
  return Object.fromEntries(found.map((name) => [name, readMark(name, attributes[name])]))
}

function readMark(name: keyof Marks, value: unknown): Marks[keyof Marks] {
  if (name === 'link') return safeTextLink(value) ?? null
  if (name === 'list') return value === 'bullet' || value === 'ordered' ? value : null
  return value === true ? true : null
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
