import type QuillCursors from 'quill-cursors/core'
import Quill, { Delta } from 'quill-next/dist/core.js'
import { type SharedText, TextBinding, type TextOp, type TextRange, type TextSurface } from 'segue/vue'
import { CaretFlags, type ShownCaret } from './caret-flags.ts'
import { FORMATS } from './formats.ts'
import { keyBindings } from './keyboard.ts'

/** How the text at the selection looks. */
export interface Look {
  readonly bold: boolean
  readonly italic: boolean
  readonly link: string
  readonly list: string
}

/** Elements whose text is not meant for people. */
const NO_PROSE = 'script, noscript, template, title'

interface TextEditorOptions {
  readonly label: string
  readonly placeholder: string
  readonly readonly: boolean
  /** The text or the selection has changed; the selection is null while the focus is elsewhere. */
  readonly onChange: (selection: TextRange | null) => void
  /** The key for links was pressed. */
  readonly onLink: () => void
}

/** An editor of one shared text in an element of the page: Quill, tied to the text. */
export class TextEditor {
  readonly #quill: Quill
  readonly #binding: TextBinding
  readonly #flags: CaretFlags
  /** What others did while a character is being composed, which must not be disturbed. */
  #pending: Delta | undefined

  constructor(element: HTMLElement, text: SharedText, options: TextEditorOptions) {
    const history = {
      undo: () => this.undo(),
      redo: () => this.#binding.redo(),
      endStep: () => this.#binding.endStep(),
    }
    this.#quill = new Quill(element, {
      formats: FORMATS,
      placeholder: options.placeholder,
      modules: {
        history,
        clipboard: { matchers: [[NO_PROSE, () => new Delta()]] },
        keyboard: { bindings: keyBindings(options.onLink) },
        cursors: { transformOnTextChange: true },
        // Files that are dropped or pasted do not become part of a text.
        uploader: { handler: () => {} },
      },
    })
    this.#describe(options)
    this.#binding = new TextBinding(text, this.#surface())
    this.#flags = new CaretFlags(this.#quill.getModule('cursors') as QuillCursors, text)
    this.#quill.on('text-change', (change, _before, source) => {
      if (source === 'user') this.#binding.edit((this.#pending?.transform(change, true) ?? change).ops)
    })
    this.#quill.on('editor-change', () => {
      this.#flags.place()
      options.onChange(this.#quill.hasFocus() ? this.#quill.getSelection() : null)
    })
    this.#quill.on('composition-start', () => {
      this.#pending = new Delta()
    })
    this.#quill.on('composition-end', () => {
      this.#pending = undefined
      this.#binding.settle()
    })
  }

  get look(): Look {
    const range = this.selection
    const { bold, italic, link, list } = range ? this.#quill.getFormat(range) : {}
    return {
      bold: bold === true,
      italic: italic === true,
      link: typeof link === 'string' ? link : '',
      list: typeof list === 'string' ? list : '',
    }
  }

  /** What is selected, or was when the focus went elsewhere. */
  get selection(): TextRange | null {
    return this.#quill.getSelection() ?? this.#quill.selection.savedRange
  }

  /** Makes what is selected look so, or no longer; whatever is typed next, while nothing is selected. */
  toggle(mark: 'bold' | 'italic' | 'bullet' | 'ordered'): void {
    this.#quill.focus()
    const { look } = this
    if (mark === 'bold' || mark === 'italic') this.#quill.format(mark, !look[mark], 'user')
    else this.#quill.format('list', look.list === mark ? false : mark, 'user')
  }

  /** Makes a stretch a link, or takes its link away. Where nothing is selected, the address is written down. */
  setLink({ index, length }: TextRange, address: string | null): void {
    if (length > 0) this.#quill.formatText(index, length, 'link', address ?? false, 'user')
    else if (address !== null) {
      this.#quill.insertText(index, address, 'link', address, 'user')
      this.#quill.setSelection(index + address.length, 0, 'silent')
    }
    this.#quill.focus()
  }

  /** The whole link around a place, or the stretch itself. */
  linkAround({ index, length }: TextRange): TextRange {
    const [leaf, offset] = this.#quill.getLeaf(index)
    if (length > 0 || !leaf || !this.look.link) return { index, length }
    return { index: index - offset, length: leaf.length() }
  }

  undo(): void {
    this.#binding.undo()
  }

  showCarets(carets: readonly ShownCaret[]): void {
    this.#flags.show(carets)
  }

  focus({ index, length }: TextRange): void {
    this.#quill.focus({ preventScroll: true })
    this.#quill.setSelection(index, length, 'user')
  }

  setReadonly(readonly: boolean, label: string): void {
    this.#describe({ readonly, label })
  }

  /** Lets go of the text. The element goes with its owner. May be called twice. */
  destroy(): void {
    this.#binding.destroy()
    this.#flags.destroy()
    this.#quill.emitter.removeAllListeners()
    this.#quill.disable()
  }

  #describe({
    readonly,
    label,
    placeholder,
  }: {
    readonly: boolean
    label: string
    placeholder?: string
  }): void {
    this.#quill.enable(!readonly)
    const { root } = this.#quill
    root.setAttribute('aria-label', label)
    // What cannot be edited is a piece of the page, with links that can be reached.
    root.setAttribute('role', readonly ? 'group' : 'textbox')
    if (readonly) root.removeAttribute('aria-multiline')
    else root.setAttribute('aria-multiline', 'true')
    if (placeholder && !readonly) root.setAttribute('aria-placeholder', placeholder)
  }

  #surface(): TextSurface {
    const quill = this.#quill
    return {
      length: () => quill.getLength() + (this.#pending?.changeLength() ?? 0),
      apply: (change: readonly TextOp[]) => {
        const delta = new Delta([...change])
        if (this.#pending) this.#pending = this.#pending.compose(delta)
        else quill.updateContents(delta, 'api')
      },
      show: (contents: readonly TextOp[]) => {
        if (this.#pending) return
        const change = quill.getContents().diff(new Delta([...contents]))
        if (change.length() > 0) quill.updateContents(change, 'api')
      },
    }
  }
}
