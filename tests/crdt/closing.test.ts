import * as fc from 'fast-check'
import { column, defineSchema, newSpaceId, Space, segueTable, UndoHistory, UniqueError } from 'segue/crdt'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { edits, perform } from '../helpers/random-edits.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { deliver, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'

/** A space that has its document for itself. */
const open = (options: Partial<ConstructorParameters<typeof Space>[0]> = {}) =>
  new Space({ id: newSpaceId(), schema: sampleSchema, author: { userId: 'me', device: 'd' }, ...options })

/** Closes to the end. @returns whether it is closed */
function close(space: Space): boolean {
  const steps = space.closing()
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

const person = segueTable('person', { name: column.string('name') }, { unique: [['name']] })
const constrained = defineSchema({ person })

const limits = { bytes: 1 << 20, structs: 10_000 }

test('whoever edits, listens and merges does not notice that a document was closed', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ by: fc.constantFrom('me', 'peer'), edit: edits }) },
    { weight: 1, arbitrary: fc.constant('deliver' as const) },
    { weight: 2, arbitrary: fc.constant('close' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const space = open()
      const { clientID } = space.doc
      const peer = openSpace({ id: space.id, author: { userId: 'peer', device: 'p' } })
      const copy = new Y.Doc()
      const changed = new Set<string>()
      space.onUpdate((updates) => {
        for (const update of updates) Y.applyUpdate(copy, update)
      }, limits)
      space.observe(({ rows }) => {
        for (const ids of rows.values()) for (const id of ids) changed.add(id)
      })
      for (const each of steps) {
        if (each === 'close') {
          const wasOpen = space.isLoaded
          expect([close(space), space.isLoaded]).toEqual([wasOpen, false])
        } else if (each === 'deliver') {
          deliver(peer, space)
          deliver(space, peer)
        } else perform(each.by === 'me' ? space : peer, each.edit)
        expect(space.author.userId).toBe('me')
      }
      close(space)
      const rows = projectedRows(space)
      expect(space.doc.clientID).toBe(clientID)
      expect(rows).toEqual(projectedRows(openSpace({ id: space.id, doc: copy })))
      expect(rows.every(([key]) => changed.has(key.split(' ')[1] ?? ''))).toBe(true)
      expect(Y.encodeStateVector(space.doc)).toEqual(Y.encodeStateVector(copy))
    }),
    { numRuns: 150 },
  )
})

test('it stays open while somebody holds it, and when it is used while it is being closed', () => {
  const space = open()
  const id = space.insert(thing, { name: 'a' })
  const release = space.hold()
  const other = space.hold()
  const text = space.text(thing, id, 'notes')
  expect(close(space)).toBe(false)
  release()
  release()
  expect(close(space)).toBe(false)
  expect(space.text(thing, id, 'notes')).toBe(text)
  other()

  space.transact(() => {
    for (let n = 0; n < 3_000; n++) space.insert(thing, { name: `row ${n}` })
  })
  let letGo = () => {}
  const uses = [
    () => space.update(thing, id, { name: 'b' }),
    () => void space.get(thing, id),
    () => {
      letGo = space.hold()
    },
  ]
  for (const use of uses) {
    const steps = space.closing()
    expect(steps.next().done).toBe(false)
    use()
    expect(steps.next()).toEqual({ done: true, value: false })
  }
  letGo()
  expect(space.isLoaded).toBe(true)
  expect(close(space)).toBe(true)
  expect(close(space)).toBe(false)
  expect(space.get(thing, id)?.name).toBe('b')
})

test('within a transaction it stays open', () => {
  const space = open()
  space.transact(() => {
    space.insert(thing, { name: 'a' })
    expect(close(space)).toBe(false)
  })
  expect(close(space)).toBe(true)
})

test('a document that somebody else has too is not closed', () => {
  const space = openSpace()
  expect(close(space)).toBe(false)
})

test('who has stopped listening while it was closed hears no more, and who has begun hears', () => {
  const space = open()
  const heard: string[] = []
  const listen = (name: string) => space.observe(() => heard.push(name))
  const stopFirst = listen('first')
  listen('second')
  close(space)
  stopFirst()
  listen('third')
  expect(space.isLoaded).toBe(false)
  space.insert(thing, { name: 'a' })
  expect(heard).toEqual(['second', 'third'])
  close(space)
  space.insert(thing, { name: 'b' })
  expect(heard).toEqual(['second', 'third', 'second', 'third'])
})

test('what waits for an update that has not come goes on waiting', () => {
  const peer = openSpace()
  const updates = updatesOf(peer)
  const id = peer.insert(thing, { name: 'a' })
  peer.update(thing, id, { name: 'b' })
  const [first, second] = updates as [Uint8Array, Uint8Array]
  const space = open({ id: peer.id })
  Y.applyUpdate(space.doc, second)
  expect(close(space)).toBe(true)
  expect(space.get(thing, id)).toBeUndefined()
  expect(close(space)).toBe(true)
  Y.applyUpdate(space.doc, first)
  expect(space.get(thing, id)?.name).toBe('b')
})

test('what was done before can be undone, and constraints hold', () => {
  const space = open({ schema: constrained })
  const history = new UndoHistory(space)
  const change = vi.fn()
  history.observe(change)
  const id = space.insert(person, { name: 'Ada' })
  close(space)
  expect(() => space.insert(person, { name: 'Ada' })).toThrow(UniqueError)
  close(space)
  expect(history.undo()).toEqual({ done: 1, skipped: 0 })
  expect(space.get(person, id)).toBeUndefined()
  close(space)
  expect(history.redo()).toEqual({ done: 1, skipped: 0 })
  expect(space.get(person, id)?.name).toBe('Ada')
  expect(change).toHaveBeenCalledTimes(3)
})
