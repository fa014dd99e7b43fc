import QuillCursors from 'quill-cursors/core'
import Embed from 'quill-next/dist/blots/embed.js'
import Quill, { Delta, Module } from 'quill-next/dist/core.js'
import Bold from 'quill-next/dist/formats/bold.js'
import Italic from 'quill-next/dist/formats/italic.js'
import Link from 'quill-next/dist/formats/link.js'
import List from 'quill-next/dist/formats/list.js'
import Clipboard from 'quill-next/dist/modules/clipboard.js'
import { readSteps, safeTextLink } from 'segue/vue'

/** Everything a text here may hold. What is not in the list, an editor cannot be talked into showing. */
export const FORMATS = ['bold', 'italic', 'link', 'list', 'foreign']

/** A link that leads nowhere but to the web or into a mail, also when a program sets it. */
class SafeLink extends Link {
  static override sanitize(url: string): string {
    return safeTextLink(url) ?? SafeLink.SANITIZED_URL
  }
}

/** The sign for what some other program has put into a text. */
class Foreign extends Embed {
  static override blotName = 'foreign'
  static override tagName = 'SPAN'
  static override className = 'foreign-embed'
  static override create(): Element {
    const node = document.createElement(Foreign.tagName)
    node.classList.add(Foreign.className)
    node.setAttribute('title', 'Something that cannot be shown here')
    node.textContent = '▢'
    return node
  }
  static override value(): true {
    return true
  }
}

/** What is pasted goes through the same sieve as what comes from the network; pictures and scripts stay outside. */
class SievedClipboard extends Clipboard {
  override convert(data: { html?: string; text?: string }, formats?: Record<string, unknown>): Delta {
    // A line break within a paragraph is a line of its own here.
    const { ops } = super.convert(data, formats)
    const lines = ops.map(({ insert, ...rest }) => ({
      ...rest,
      insert: typeof insert === 'string' ? insert.replaceAll(/\r\n?|\u2028/g, '\n') : '',
    }))
    return new Delta(readSteps(lines))
  }
}

interface Undo {
  readonly undo: () => void
  readonly redo: () => void
  readonly endStep: () => void
}

/** Takes the place of Quill's own history, which would take back what others have typed. */
class SharedHistory extends Module<Undo> {
  constructor(quill: Quill, options: Undo) {
    super(quill, options)
    const { undo, redo } = options
    quill.keyboard.addBinding({ key: 'z', shortKey: true }, undo)
    quill.keyboard.addBinding({ key: ['z', 'Z'], shortKey: true, shiftKey: true }, redo)
    quill.keyboard.addBinding({ key: 'y', shortKey: true }, redo)
    // The menus and gestures of browsers.
    quill.root.addEventListener('beforeinput', (event) => {
      if (event.inputType !== 'historyUndo' && event.inputType !== 'historyRedo') return
      event.preventDefault()
      if (event.inputType === 'historyUndo') undo()
      else redo()
    })
  }

  cutoff(): void {
    this.options.endStep?.()
  }

  clear(): void {
    // Called before there is a text.
  }
}

Quill.register(
  {
    'formats/bold': Bold,
    'formats/italic': Italic,
    'formats/link': SafeLink,
    'formats/list': List,
    'formats/foreign': Foreign,
    'modules/clipboard': SievedClipboard,
    'modules/history': SharedHistory,
    'modules/cursors': QuillCursors,
  },
  true,
)
