import * as fc from 'fast-check'
import { retryWaiting, type Space, stateInParts, waitingUpdate } from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { thing } from '../helpers/sample-schema.ts'
import { exchange, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

const clients = [1, 2, 3] as const

/** Edits of some devices, by turns and at the same time; a device without an edit hears all that the others did. */
const histories = fc.array(fc.record({ device: fc.nat(2), edit: fc.option(edits, { freq: 3 }) }), {
  minLength: 1,
  maxLength: 60,
})
type History = typeof histories extends fc.Arbitrary<infer H> ? H : never

const limits = fc.constantFrom(1, 40, 300, 100_000).map((bytes) => ({ bytes, structs: 3_000 }))

function live(history: History, spaces: readonly Space[]): void {
  for (const { device, edit } of history) {
    const space = spaces[device % spaces.length]
    if (edit && space) perform(space, edit)
    else exchange(...spaces)
  }
}

const devices = () => clients.map((clientId) => openSpace({ clientId }))

/** Applies parts in their order to a new document; none may wait for another. */
function rebuilt(parts: Iterable<Uint8Array>, more: readonly Uint8Array[] = []): Space {
  const space = openSpace()
  for (const part of [...parts, ...more]) {
    Y.applyUpdate(space.doc, part)
    expect([space.doc.store.pendingStructs, space.doc.store.pendingDs]).toEqual([null, null])
  }
  return space
}

function expectSame(actual: Space, expected: Space): void {
  expect(Y.equalSnapshots(Y.snapshot(actual.doc), Y.snapshot(expected.doc))).toBe(true)
  expect(projectedRows(actual)).toEqual(projectedRows(expected))
  const whole = openSpace()
  Y.applyUpdate(whole.doc, Y.encodeStateAsUpdate(expected.doc))
  expect(contentOf(actual.doc)).toEqual(contentOf(whole.doc))
}

/** Every unit that a document knows, and what is kept of it. */
const contentOf = ({ store }: Y.Doc) =>
  [...store.clients]
    .flatMap(([, structs]) => structs)
    .flatMap((struct) => Array.from({ length: struct.length }, (_, at) => unitOf(struct, at)))
    .sort()

function unitOf(struct: Y.Item | Y.GC, at: number): string {
  const { client, clock } = struct.id
  const { content } = struct instanceof Y.Item ? struct : { content: undefined }
  const value = content instanceof Y.ContentType ? '' : content?.getContent()[at]
  return [client, clock + at, struct.deleted, content?.constructor.name, JSON.stringify(value)].join(' ')
}

describe('the parts of a document', () => {
  test('are the document, and none waits for a later one', () => {
    fc.assert(
      fc.property(histories, limits, (history, limit) => {
        const [space, ...others] = devices() as [Space, Space, Space]
        live(history, [space, ...others])
        exchange(space, ...others)
        expectSame(rebuilt(stateInParts(space.doc, limit)), space)
      }),
      { numRuns: 200 },
    )
  })

  test('have what was there at the first of them, whatever happens between them', () => {
    fc.assert(
      fc.property(histories, histories, limits, (before, meanwhile, limit) => {
        const [space, ...others] = devices() as [Space, Space, Space]
        live(before, [space, ...others])
        const parts = stateInParts(space.doc, limit)
        const made: Uint8Array[] = []
        const [first] = [parts.next()]
        if (!first.done) made.push(first.value)
        const updates = updatesOf(space)
        for (const turn of meanwhile) {
          live([turn], [space, ...others])
          const part = parts.next()
          if (!part.done) made.push(part.value)
        }
        expectSame(rebuilt([...made, ...parts], updates), space)
      }),
      { numRuns: 200 },
    )
  })

  test('are no larger than asked for, but for a single struct', () => {
    const space = openSpace()
    space.transact(() => {
      for (let n = 0; n < 3_000; n++) space.insert(thing, { name: `number ${n}` })
    })
    const parts = [...stateInParts(space.doc, { bytes: 32_768, structs: 3_000 })]
    expect(parts.length).toBeGreaterThan(3)
    expect(Math.max(...parts.map((part) => part.byteLength))).toBeLessThan(33_000)
    expectSame(rebuilt(parts), space)
  })

  test('hold little of each client when many have taken turns', () => {
    const space = openSpace()
    const id = space.insert(thing, { name: 'a', notes: 'x' })
    for (let turn = 0; turn < 400; turn++) {
      space.doc.clientID = 1 + ((turn * 7) % 20)
      space.text(thing, id, 'notes').insert(turn % 2, 'y')
    }
    expectSame(rebuilt(stateInParts(space.doc, { bytes: 100, structs: 100 })), space)
  })

  test('begin within what has been joined to earlier ones meanwhile', () => {
    const space = openSpace({ clientId: 1 })
    const row = new Y.Map(Object.entries({ a: 1, b: 2, c: 3, d: 4, e: 5 }))
    space.doc.getMap('thing').set('r', row)
    const parts = stateInParts(space.doc, { bytes: 1, structs: 1 })
    const made = [parts.next(), parts.next(), parts.next()].map(({ value }) => value ?? new Uint8Array())
    const updates = updatesOf(space)
    space.doc.getMap('thing').delete('r')
    expectSame(rebuilt([...made, ...parts], updates), space)
  })

  test('of an empty document are none', () => {
    expect([...stateInParts(new Y.Doc())]).toEqual([])
  })
})

describe('the parts of what a transaction has done', () => {
  test('mean what its update does, and none waits for a later one', () => {
    fc.assert(
      fc.property(histories, limits, (history, limit) => {
        const spaces = devices() as [Space, Space, Space]
        const [space, ...others] = spaces
        const parts: Uint8Array[] = []
        space.onUpdate((updates) => parts.push(...updates), limit)
        live(history, spaces)
        exchange(space, ...others)
        expectSame(rebuilt(parts), space)
      }),
      { numRuns: 200 },
    )
  })

  test('are one for an ordinary edit, and none where nothing was done', () => {
    const space = openSpace()
    const told: (readonly Uint8Array[])[] = []
    space.onUpdate((updates) => told.push(updates), { bytes: 10_000, structs: 1_000 })
    const updates = updatesOf(space)
    const id = space.insert(thing, { name: 'a' })
    space.update(thing, id, { name: 'b' })
    space.remove(thing, id)
    space.transact(() => {})
    expect(told).toEqual(updates.map((update) => [update]))
  })

  test('are below the limit, but for a single struct, which stands alone', () => {
    const space = openSpace()
    const parts: Uint8Array[] = []
    const limit = { bytes: 2_000, structs: 10_000 }
    space.onUpdate((updates) => parts.push(...updates), limit)
    space.transact(() => {
      for (let n = 0; n < 150; n++) space.insert(thing, { name: `number ${n}` })
      const id = space.insert(thing, { name: 'long', notes: 'x'.repeat(3_000) })
      space.remove(thing, id)
    })
    const sizes = parts.map(({ byteLength }) => byteLength).filter((bytes) => bytes > 2_200)
    expect(parts.length).toBeGreaterThan(3)
    expect(sizes).toHaveLength(1)
    expect(sizes[0]).toBeLessThan(3_100)
    expectSame(rebuilt(parts), space)
  })
})

test('what waits in a document for others is in its last part, and is taken in when those come', () => {
  const author = openSpace({ clientId: 1 })
  const updates = updatesOf(author)
  const id = author.insert(thing, { name: 'a', notes: 'x' })
  author.update(thing, id, { name: 'b' })
  author.text(thing, id, 'notes').delete(0, 1)
  const [first = new Uint8Array(), ...later] = updates
  const waiting = openSpace()
  waiting.insert(thing, { name: 'mine' })
  for (const update of later) Y.applyUpdate(waiting.doc, update)
  const again = openSpace()
  const parts = [...stateInParts(waiting.doc)]
  for (const part of parts) Y.applyUpdate(again.doc, part)
  expect(waitingUpdate(again.doc)).toEqual(waitingUpdate(waiting.doc))
  for (const space of [again, waiting]) {
    Y.applyUpdate(space.doc, first)
    retryWaiting(space.doc, 'network')
  }
  expectSame(again, waiting)
  expect(again.get(thing, id)).toMatchObject({ name: 'b', notes: '' })
})
