import * as fc from 'fast-check'
import { Delta } from 'quill-next/dist/core.js'
import { caretAt, rangeOf, readSteps, type SharedText, TextBinding, type TextOp } from 'segue/vue'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'

/** What Quill is without a page: contents that end with a line end, and edits of one person. */
class Paper {
  contents = new Delta().insert('\n')
  readonly binding: TextBinding

  constructor(text: SharedText) {
    this.binding = new TextBinding(text, {
      length: () => this.contents.length(),
      apply: (change) => this.#take(change),
      show: (contents) => {
        this.contents = new Delta([...contents])
      },
    })
  }

  get ops(): unknown[] {
    return this.contents.ops
  }

  type(change: Delta): void {
    this.#take(change.ops)
    this.binding.edit(change.ops)
  }

  #take(change: readonly unknown[]): void {
    this.contents = this.contents.compose(new Delta(readSteps(change)))
  }
}

/** Two people at one text, whose updates meet when asked to. */
function two(start = ''): { papers: [Paper, Paper]; texts: [SharedText, SharedText]; meet: () => void } {
  const docs = [new Y.Doc(), new Y.Doc()] as const
  docs[0].getMap('rows').set('note', new Y.Text(start))
  const meet = () => {
    for (const [from, to] of [docs, docs.toReversed()])
      if (from && to) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  }
  meet()
  const textIn = (doc: Y.Doc) => {
    const text = doc.getMap('rows').get('note')
    if (!(text instanceof Y.Text)) throw new TypeError('No text.')
    return text
  }
  const texts: [SharedText, SharedText] = [textIn(docs[0]), textIn(docs[1])]
  return { papers: [new Paper(texts[0]), new Paper(texts[1])], texts, meet }
}

const at = (index: number) => (index > 0 ? new Delta().retain(index) : new Delta())

describe('what comes from outside', () => {
  test('loses what is not known, and keeps its length', () => {
    const steps = readSteps([
      { insert: 'a', attributes: { bold: true, color: 'red', link: 'javascript:alert(1)' } },
      { insert: { image: 'data:image/png;base64,AAAA' } },
      { insert: 'one\r\ntwo\n', attributes: { list: 'bullet', bold: true } },
      { retain: 2, attributes: { bold: 'yes', list: 'evil', link: 'https://example.org/' } },
      null,
      'nonsense',
      { delete: 1 },
    ])
    expect(steps).toEqual([
      { insert: 'a', attributes: { bold: true, link: null } },
      { insert: { foreign: true } },
      { insert: 'one ', attributes: { bold: true } },
      { insert: '\n', attributes: { list: 'bullet' } },
      { insert: 'two', attributes: { bold: true } },
      { insert: '\n', attributes: { list: 'bullet' } },
      { retain: 2, attributes: { bold: null, link: 'https://example.org/', list: null } },
      { delete: 1 },
    ])
  })

  test.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '/path',
    7,
    {},
  ])('a link to %s is none', (link) => {
    expect(readSteps([{ insert: 'x', attributes: { link } }])).toEqual([
      { insert: 'x', attributes: { link: null } },
    ])
  })

  test('in whatever form, it takes exactly as many places as it has in the text', () => {
    const value = fc.oneof(fc.boolean(), fc.string(), fc.constant(null), fc.constant('bullet'), fc.object())
    const piece = fc.record({
      insert: fc.oneof(
        fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', '\ufeff', '🎻') }),
        fc.object(),
      ),
      attributes: fc.dictionary(
        fc.constantFrom('bold', 'italic', 'link', 'list', 'x', '__proto__', 'constructor'),
        value,
      ),
    })
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = new Y.Doc().getText()
        for (const { insert, attributes } of pieces) {
          if (typeof insert === 'string') text.insert(text.length, insert, attributes)
          else text.insertEmbed(text.length, insert, attributes)
        }
        expect(new Delta(readSteps(text.toDelta())).length()).toBe(text.length)
        const paper = new Paper(text)
        paper.type(at(text.length).insert('!'))
        expect(text.toString().endsWith('!') || text.toString().endsWith('!\n')).toBe(true)
      }),
    )
  })
})

describe('a text in two editors', () => {
  test('is the same in both, with its marks, whatever both do at once', () => {
    const edit = fc.record({
      who: fc.constantFrom(0 as const, 1 as const),
      place: fc.nat(30),
      what: fc.constantFrom('insert', 'enter', 'delete', 'bold', 'list', 'plain'),
      meet: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
        const { papers, texts, meet } = two('some words\nto begin with')
        for (const { who, place, what, meet: now } of edits) {
          const paper = papers[who]
          const length = paper.contents.length()
          const index = Math.min(place, length - 1)
          if (what === 'insert') paper.type(at(index).insert('xy'))
          else if (what === 'enter') paper.type(at(index).insert('\n'))
          else if (what === 'delete' && index < length - 1) paper.type(at(index).delete(1))
          else if (what === 'bold' && index < length - 1) paper.type(at(index).retain(1, { bold: true }))
          else if (what === 'list') paper.type(at(length - 1).retain(1, { list: 'bullet' }))
          else if (what === 'plain') paper.type(at(length - 1).retain(1, { list: false }))
          if (now) meet()
          for (const side of [0, 1] as const) {
            const shown = papers[side].ops.map((op) => (op as { insert: string }).insert).join('')
            const held = texts[side].toString()
            expect(shown).toBe(held.endsWith('\n') ? held : `${held}\n`)
          }
        }
        meet()
        expect(papers[0].contents).toEqual(papers[1].contents)
      }),
      { numRuns: 300 },
    )
  })

  test('is empty when everything has been deleted, also what made a list of it', () => {
    const { papers, texts } = two()
    const [paper] = papers
    paper.type(at(0).insert('x'))
    paper.type(at(1).retain(1, { list: 'bullet' }))
    expect(texts[0].toString()).toBe('x\n')
    paper.type(at(0).delete(1))
    paper.type(at(0).retain(1, { list: false }))
    expect(texts[0].toString()).toBe('')
  })

  test('undo takes back one’s own words and marks only', () => {
    const { papers, texts, meet } = two('tune')
    const [mine, theirs] = papers
    mine.type(at(4).insert(' mine'))
    mine.binding.endStep()
    mine.type(at(0).retain(4, { bold: true }))
    meet()
    theirs.type(at(4).insert(' theirs'))
    meet()
    mine.binding.undo()
    mine.binding.undo()
    mine.binding.undo()
    meet()
    expect(texts.map(String)).toEqual(['tune theirs', 'tune theirs'])
    expect(theirs.contents).toEqual(mine.contents)
    mine.binding.redo()
    mine.binding.redo()
    meet()
    expect(String(texts[1])).toBe('tune theirs mine')
  })

  test('keeps what an editor cannot show', () => {
    const { papers, texts } = two('ab')
    texts[0].insertEmbed(1, { chart: 1 })
    texts[0].format(0, 1, { colour: 'red' })
    papers[0].type(at(3).insert('c'))
    expect(texts[0].toDelta()).toEqual([
      { insert: 'a', attributes: { colour: 'red' } },
      { insert: { chart: 1 } },
      { insert: 'bc' },
    ])
    papers[0].binding.destroy()
    papers[0].binding.destroy()
  })
})

describe('a caret', () => {
  test('stays with its letters while others type', () => {
    const { papers, texts, meet } = two('one two')
    const caret = caretAt(texts[0], { index: 4, length: 3 })
    expect(rangeOf(texts[1], caret)).toEqual({ index: 4, length: 3 })
    papers[1].type(at(0).insert('zero '))
    meet()
    expect(rangeOf(texts[0], caret)).toEqual({ index: 9, length: 3 })
  })

  test('of another text, or made of any bytes, is nowhere, and leaves nothing behind', () => {
    const { texts } = two('words')
    const other = new Y.Doc().getText('elsewhere')
    other.insert(0, 'words')
    const [text] = texts
    expect(rangeOf(text, caretAt(other, { index: 1, length: 2 }))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (bytes, rest) => {
        const anchor = Buffer.from(bytes).toString('base64')
        for (const place of [anchor, rest]) {
          const range = rangeOf(text, { anchor: place, head: place })
          if (range) expect(range.index).toBeLessThanOrEqual(text.length)
        }
        expect([...(text.doc?.share.keys() ?? [])]).toEqual(['rows'])
      }),
    )
  })
})

test('steps for an editor are plain steps', () => {
  const steps: TextOp[] = readSteps([{ insert: '' }, { retain: 3 }])
  expect(steps).toEqual([{ retain: 3 }])
})
