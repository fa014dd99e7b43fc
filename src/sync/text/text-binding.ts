import * as Y from 'yjs'
import { readSteps, type TextOp } from './marks.ts'

/** The shared text of a `richText` cell. */
export type SharedText = Y.Text

/** What a binding needs of an editor. Like Quill's, its contents always end with a line end. */
export interface TextSurface {
  /** Length of the contents, with the last line end. */
  length(): number
  /** Changes the contents without calling {@link TextBinding.edit}. */
  apply(change: readonly TextOp[]): void
  /** Makes the contents be these, by as small a change as there is, without calling {@link TextBinding.edit}. */
  show(contents: readonly TextOp[]): void
}

/** Longest text, in UTF-16 code units, for which an editor is worth its weight; beyond it a plain field will do. */
export const MAX_EDITOR_LENGTH = 50_000

/** What is typed with pauses shorter than this is one step for undo. */
const STEP_MS = 1_000

const LINE_END = { insert: '\n' } as const

/** What an editor shows of a text: its marks as far as they are known, and a line end at the end. */
export function contentsOf(text: SharedText): TextOp[] {
  const contents = readSteps(text.toDelta())
  return endsLine(contents) ? contents : [...contents, LINE_END]
}

function endsLine(contents: readonly TextOp[]): boolean {
  const last = contents.at(-1)
  return (
    last !== undefined && 'insert' in last && typeof last.insert === 'string' && last.insert.endsWith('\n')
  )
}

/**
 * Ties an editor to a shared text, both ways, for as long as it is not destroyed.
 *
 * What the text holds and an editor cannot show stays in the text. Undo takes back only what came through this
 * binding, never what others have typed.
 */
export class TextBinding {
  readonly #text: SharedText
  readonly #surface: TextSurface
  readonly #undo: Y.UndoManager
  #destroyed = false

  constructor(text: SharedText, surface: TextSurface) {
    this.#text = text
    this.#surface = surface
    this.#undo = new Y.UndoManager(text, { trackedOrigins: new Set([this]), captureTimeout: STEP_MS })
    text.observe(this.#onText)
    this.settle()
  }

  /** Writes what a person has just done in the editor into the text. */
  edit(change: Iterable<unknown>): void {
    const text = this.#text
    const write = () => {
      text.applyDelta(readSteps(change).map(withoutEmbed))
      const contents = readSteps(text.toDelta())
      // The editor's last line end is its own until there is another before it: then both are in the text.
      if (endsLine(contents) && this.#surface.length() > text.length) text.insert(text.length, '\n', {})
      // An empty note is empty, so that nobody takes its line end for words.
      else if (text.length === 1 && endsLine(contents) && !contents[0]?.attributes) text.delete(0, 1)
    }
    if (text.doc) Y.transact(text.doc, write, this)
    else write()
    this.settle()
  }

  undo(): void {
    this.#undo.undo()
  }

  redo(): void {
    this.#undo.redo()
  }

  /** What is typed from here on is a step of its own for undo. */
  endStep(): void {
    this.#undo.stopCapturing()
  }

  /** Makes the editor show the text exactly, whatever came between. */
  settle(): void {
    this.#surface.show(contentsOf(this.#text))
  }

  /** Lets go of both. May be called twice. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#text.unobserve(this.#onText)
    this.#undo.destroy()
  }

  readonly #onText = (event: Y.YTextEvent, transaction: Y.Transaction) => {
    if (transaction.origin === this) return
    // The change itself first: a caret stays with its letters, which no comparison of before and after can know.
    this.#surface.apply(readSteps(event.delta))
    this.settle()
  }
}

/** No editor here makes embeds; should one slip in, it is written as the character that stands for an object. */
function withoutEmbed(step: TextOp): TextOp {
  return 'insert' in step && typeof step.insert !== 'string' ? { insert: '\ufffc' } : step
}
