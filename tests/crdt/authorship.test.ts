import { buildsOn, holdsUpdate, type Space } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { thing } from '../helpers/sample-schema.ts'
import { deliver, openSpace, updatesOf } from '../helpers/spaces.ts'

/** Two people who hold a row with notes; what each does from then on is taken down. */
function scene() {
  const [mine, theirs] = [openSpace({ clientId: 1 }), openSpace({ clientId: 2 })]
  const row = theirs.insert(thing, { name: 'shared', notes: 'notes' })
  deliver(theirs, mine)
  return { mine, theirs, row, own: updatesOf(mine), others: updatesOf(theirs) }
}

const type = (space: Space, row: string, at: number, characters: string) =>
  space.text(thing, row, 'notes').insert(at, characters)

/** A delete set that claims units of client 9 without end. */
const boundless = Uint8Array.of(0, 1, 9, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40)

describe('an edit builds on another', () => {
  test('when it changes a row that the other has made', () => {
    const { mine, theirs, own, others } = scene()
    const row = theirs.insert(thing, { name: 'new' })
    const made = [...others]
    deliver(theirs, mine)
    own.length = 0
    mine.update(thing, row, { name: 'newer' })
    expect(buildsOn(own, made)).toBe(true)
  })

  test('when it types beside what the other has typed', () => {
    const { mine, theirs, row, own, others } = scene()
    type(theirs, row, 5, ' typed')
    deliver(theirs, mine)
    own.length = 0
    type(mine, row, 11, ' on')
    expect(buildsOn(own, others)).toBe(true)
  })

  test('when it erases what the other has typed', () => {
    const { mine, theirs, row, own, others } = scene()
    type(theirs, row, 0, 'typed ')
    deliver(theirs, mine)
    own.length = 0
    mine.text(thing, row, 'notes').delete(0, 6)
    expect(buildsOn(own, others)).toBe(true)
  })

  test('when the other comes before it from the same replica', () => {
    const { mine, own } = scene()
    mine.insert(thing, { name: 'first' })
    const first = own.splice(0)
    mine.insert(thing, { name: 'second' })
    expect(buildsOn(own, first)).toBe(true)
    expect(buildsOn(first, own)).toBe(false)
  })

  test('not when both were made at the same time, or there is none', () => {
    const { mine, theirs, row, own, others } = scene()
    type(mine, row, 2, 'mine')
    type(theirs, row, 3, 'theirs')
    expect(buildsOn(own, others)).toBe(false)
    expect(buildsOn(own, [])).toBe(false)
    expect(buildsOn([], others)).toBe(false)
  })

  test('whatever it claims, which is not counted unit by unit', () => {
    const { own, mine } = scene()
    mine.insert(thing, { name: 'a' })
    expect(buildsOn([boundless], own)).toBe(false)
    expect(Y.decodeUpdate(boundless).ds.clients.get(9)?.[0]?.len).toBe(2 ** 41)
  })
})

describe('a space holds an update in full', () => {
  test('once what it builds on is there, and everything that it erases', () => {
    const { mine, theirs, row, others } = scene()
    type(theirs, row, 0, 'typed ')
    theirs.text(thing, row, 'notes').delete(0, 6)
    const [typed, erased] = others
    if (!typed || !erased) throw new Error('Two edits were made.')
    expect([typed, erased].map((update) => holdsUpdate(mine, update))).toEqual([false, false])
    Y.applyUpdate(mine.doc, erased)
    expect(holdsUpdate(mine, erased)).toBe(false)
    Y.applyUpdate(mine.doc, typed)
    expect([typed, erased].map((update) => holdsUpdate(mine, update))).toEqual([true, true])
  })

  test('never one that erases without end', () => {
    expect(holdsUpdate(scene().mine, boundless)).toBe(false)
  })
})
