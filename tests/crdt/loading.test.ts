import {
  column,
  defineSchema,
  migration,
  newSpaceId,
  Space,
  segueTable,
  stateInParts,
  UniqueError,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { projectedRows } from '../helpers/spaces.ts'

const { string } = column
const before = segueTable('draft', { name: string('name') })
const person = segueTable('person', { name: string('name') }, { unique: [['name']] })
const letter = segueTable('letter', { toRef: column.reference('to_ref').references(() => person.id) })
const written = defineSchema({ before, person, letter, other: segueTable('other', { name: string('name') }) })
const read = defineSchema(
  { before, person, letter },
  {
    migrations: [
      migration({ id: 'drafts', from: before, to: person, rows: ({ name }) => [{ values: { name } }] }),
    ],
  },
)

const ROWS = 2_500

/** A document large enough to be read in many steps, and what is newer than what is shown of it. */
function stored() {
  const space = new Space({ id: newSpaceId(), schema: written })
  const rest: Uint8Array[] = []
  space.transact(() => {
    for (let n = 0; n < ROWS; n++) space.insert(before, { name: `draft ${n}` })
    for (let n = 0; n < ROWS; n++) {
      const toRef = space.insert(person, { name: `person ${n}` })
      space.insert(letter, { toRef })
    }
  })
  const parts = [...stateInParts(space.doc)]
  space.doc.on('update', (update: Uint8Array) => rest.push(update))
  space.insert(person, { name: 'newer' })
  return { id: space.id, parts, rest }
}

const STORED = stored()

function open() {
  const parts = [...STORED.parts]
  const space = new Space({
    id: STORED.id,
    schema: read,
    stored: {
      applyNext(doc) {
        const [part] = parts.splice(0, 1)
        if (part) Y.applyUpdate(doc, part)
        return parts.length > 0
      },
      applyRest(doc) {
        for (const update of STORED.rest) Y.applyUpdate(doc, update)
      },
    },
  })
  const told: number[] = []
  space.observe(({ rows }) => told.push(...[...rows.values()].map(({ size }) => size)))
  space.observeUnknown(() => {})
  return { space, told }
}

function atOnce() {
  const { space } = open()
  space.load()
  return space
}

describe('a document that is read a moment at a time', () => {
  test('is what it is when it is read at once, and only what is newer is told', () => {
    const { space, told } = open()
    let steps = 1
    while (space.loadNext()) {
      steps++
      expect(space.isLoaded).toBe(false)
    }
    // Reading, what migrations give, and constraints.
    expect(steps).toBeGreaterThan(STORED.parts.length + 15)
    expect(space.isLoaded).toBe(true)
    expect(space.loadNext()).toBe(false)
    expect(told).toEqual([1])
    const whole = atOnce()
    expect(projectedRows(space)).toEqual(projectedRows(whole))
    expect(projectedRows(space).length).toBe(4 * ROWS + 1)
    expect(space.unknown).toEqual(whole.unknown)
  })

  test('is there at once when somebody needs it, however far reading had come', () => {
    const expected = projectedRows(atOnce())
    for (const steps of [0, 1, STORED.parts.length, STORED.parts.length + 3, STORED.parts.length + 20]) {
      const { space, told } = open()
      for (let step = 0; step < steps; step++) expect(space.loadNext()).toBe(true)
      expect(() => space.insert(person, { name: `person ${ROWS - 1}` })).toThrow(UniqueError)
      expect(() => space.insert(person, { name: `draft ${ROWS - 1}` })).toThrow(UniqueError)
      expect(space.isLoaded).toBe(true)
      expect(projectedRows(space)).toEqual(expected)
      space.insert(person, { name: 'one more' })
      expect(told).toEqual([1, 1])
    }
  })

  test('goes on where it was after storage has refused once', () => {
    let isRefusing = true
    const parts = [...STORED.parts]
    const space = new Space({
      id: STORED.id,
      schema: read,
      stored: {
        applyNext(doc) {
          if (parts.length < STORED.parts.length && isRefusing) throw new Error('not now')
          const [part] = parts.splice(0, 1)
          if (part) Y.applyUpdate(doc, part)
          return parts.length > 0
        },
        applyRest: () => {},
      },
    })
    expect(space.loadNext()).toBe(true)
    expect(() => space.load()).toThrow('not now')
    isRefusing = false
    space.load()
    expect([...space.rowIds(read.shape(letter))]).toHaveLength(ROWS)
  })
})
