import type Quill from 'quill-next/dist/core.js'
import type { Range } from 'quill-next/dist/core.js'

interface Context {
  readonly format: Readonly<Record<string, unknown>>
}

interface Keyboard {
  readonly quill: Quill
  handleEnter(range: Range, context: Context): void
}

const toggleList = (kind: 'bullet' | 'ordered') =>
  function (this: Keyboard, _range: Range, { format }: Context): void {
    this.quill.format('list', format.list === kind ? false : kind, 'user')
  }

/** Quill's keys, but for those that nobody expects in a note; Tab leads out of it, as out of any field. */
export const keyBindings = (onLink: () => void) => ({
  ...Object.fromEntries(
    [
      'tab',
      'indent',
      'outdent',
      'remove tab',
      'indent code-block',
      'outdent code-block',
      'underline',
      'checklist enter',
    ].map((name) => [name, null]),
  ),
  'list autofill': { prefix: /^\s*?(1\.|-|\*)$/ },
  newLine: {
    key: 'Enter',
    shiftKey: true,
    handler(this: Keyboard, range: Range, context: Context) {
      this.handleEnter(range, context)
    },
  },
  link: { key: 'k', shortKey: true, handler: onLink },
  // By the place of the key: what Shift makes of a digit differs from country to country.
  ordered: { key: 55, shortKey: true, shiftKey: true, handler: toggleList('ordered') },
  bullet: { key: 56, shortKey: true, shiftKey: true, handler: toggleList('bullet') },
})
