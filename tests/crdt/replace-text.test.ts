import * as fc from 'fast-check'
import { replaceText } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'

/** Strings that share surrogates with each other, where a careless splice cuts an emoji in two. */
const prose = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '😀', '😁', '🎻', '👩‍👩‍👧', 'é', '\n') })

function textOf(content: string, clientId = 1): Y.Text {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const text = doc.getText('text')
  text.insert(0, content)
  return text
}

function copyOf(text: Y.Text, clientId: number): Y.Text {
  const doc = new Y.Doc()
  doc.clientID = clientId
  if (text.doc) Y.applyUpdate(doc, Y.encodeStateAsUpdate(text.doc))
  return doc.getText('text')
}

function meet(one: Y.Text, other: Y.Text): void {
  if (!one.doc || !other.doc) throw new Error('Texts of documents only.')
  Y.applyUpdate(one.doc, Y.encodeStateAsUpdate(other.doc))
  Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(one.doc))
}

test('a replaced text is the text that was asked for, here and on every other device', () => {
  fc.assert(
    fc.property(prose, fc.array(prose, { minLength: 1, maxLength: 5 }), (start, steps) => {
      const text = textOf(start)
      for (const step of steps) {
        replaceText(text, step)
        expect(text.toString()).toBe(step)
      }
      expect(copyOf(text, 2).toString()).toBe(text.toString())
    }),
    { numRuns: 400 },
  )
})

test('what others type elsewhere at the same time survives', () => {
  fc.assert(
    fc.property(prose, prose, prose, prose, (head, tail, mine, theirs) => {
      const one = textOf(`${head}|${tail}`)
      const other = copyOf(one, 2)
      replaceText(one, `${mine}|${tail}`)
      replaceText(other, `${head}|${theirs}`)
      meet(one, other)
      expect(one.toString()).toBe(`${mine}|${theirs}`)
      expect(other.toString()).toBe(one.toString())
    }),
    { numRuns: 400 },
  )
})

test('a change of one emoji never leaves half of another', () => {
  const text = textOf('😀😁😂')
  const other = copyOf(text, 2)
  replaceText(text, '😀🎻😂')
  replaceText(other, '😀😁😃')
  meet(text, other)
  expect(text.toString().isWellFormed()).toBe(true)
  expect(text.toString()).toBe('😀🎻😃')
})

test('half an emoji is stored as it will arrive: as the replacement character', () => {
  const text = textOf('x')
  replaceText(text, 'a \ud83d b')
  expect(text.toString()).toBe('a \ufffd b')
  expect(copyOf(text, 2).toString()).toBe('a \ufffd b')
})

test('one keystroke in a long text is a small update', () => {
  const text = textOf('word '.repeat(10_000))
  let bytes = 0
  text.doc?.on('update', (update: Uint8Array) => {
    bytes += update.byteLength
  })
  replaceText(text, `${'word '.repeat(5_000)}x${'word '.repeat(5_000)}`)
  expect(bytes).toBeLessThan(60)
})

test('what stays keeps its marks, and embeds stay where they are', () => {
  const text = textOf('')
  text.applyDelta([
    { insert: 'Mind ' },
    { insert: 'the', attributes: { bold: true } },
    { insert: { chart: 1 } },
    { insert: ' turn', attributes: { italic: true } },
  ])
  replaceText(text, 'Mind the slow turn!')
  expect(text.toDelta()).toEqual([
    { insert: 'Mind ' },
    { insert: 'the', attributes: { bold: true } },
    { insert: { chart: 1 } },
    { insert: ' slow turn!', attributes: { italic: true } },
  ])
  replaceText(text, 'Mind the turn')
  replaceText(text, 'the turn')
  expect(text.toDelta()).toEqual([
    { insert: 'the', attributes: { bold: true } },
    { insert: { chart: 1 } },
    { insert: ' turn', attributes: { italic: true } },
  ])
})

test('a text with embeds becomes the text that was asked for too', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(prose, fc.constant(null))), prose, (pieces, next) => {
      const text = textOf('')
      for (const piece of pieces) {
        if (piece === null) text.insertEmbed(text.length, { foreign: 1 })
        else text.insert(text.length, piece)
      }
      replaceText(text, next)
      expect(text.toString()).toBe(next)
    }),
  )
})
