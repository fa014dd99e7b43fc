import type QuillCursors from 'quill-cursors/core'
import type { Person } from 'segue/supabase'
import { rangeOf, type SharedText } from 'segue/vue'

/** Somebody's caret, wherever it is. */
export type ShownCaret = Pick<Person, 'key' | 'name' | 'color' | 'caret'>

/** Carets beyond this many help nobody to read. */
const MAX_CARETS = 20
const FLAG_MS = 3_000

/** The carets of others in one text, each with a name that shows for a moment when its owner moves. */
export class CaretFlags {
  readonly #cursors: QuillCursors
  readonly #text: SharedText
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #carets: readonly ShownCaret[] = []

  constructor(cursors: QuillCursors, text: SharedText) {
    this.#cursors = cursors
    this.#text = text
    // Who is here is told elsewhere; read out in the middle of a text it would be nonsense.
    for (const layer of cursors.quill.container.getElementsByClassName('ql-cursors'))
      layer.setAttribute('aria-hidden', 'true')
  }

  show(carets: readonly ShownCaret[]): void {
    const before = new Map(this.#carets.map((caret) => [caret.key, caret]))
    this.#carets = carets
    this.place()
    for (const { key, caret } of carets) {
      const known = before.get(key)?.caret
      if (caret && (known?.anchor !== caret.anchor || known.head !== caret.head)) this.#raiseFlag(String(key))
    }
  }

  /** Puts every caret where it belongs in the text as it is now. */
  place(): void {
    const wanted = new Set<string>()
    for (const { key, name, color, caret } of this.#carets) {
      const range = caret && rangeOf(this.#text, caret)
      if (!range || wanted.size === MAX_CARETS) continue
      const id = String(key)
      wanted.add(id)
      const known = this.#cursors.cursors().find((cursor) => cursor.id === id)
      if (known && (known.name !== name || known.color !== color)) this.#cursors.removeCursor(id)
      this.#cursors.createCursor(id, name, color)
      this.#cursors.moveCursor(id, range)
    }
    for (const { id } of this.#cursors.cursors()) if (!wanted.has(id)) this.#cursors.removeCursor(id)
  }

  destroy(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#cursors.destroy()
  }

  #raiseFlag(id: string): void {
    clearTimeout(this.#timers.get(id))
    this.#cursors.toggleFlag(id, true)
    this.#timers.set(
      id,
      setTimeout(() => {
        this.#timers.delete(id)
        this.#cursors.toggleFlag(id, false)
      }, FLAG_MS),
    )
  }
}
