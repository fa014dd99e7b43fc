import * as fc from 'fast-check'
import { verify } from 'segue/bridge'
import { carryOver, freshCopy, newSpaceId, type Space } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openMirror, sql } from '../helpers/mirrors.ts'
import { exchange, openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import {
  beforeSplit,
  composer,
  composerOf,
  splitSchema,
  tune,
  tuneWithComposer,
} from '../helpers/split-schema.ts'

/** More cases by hand: `SEGUE_CASES=20000 npm exec -- vitest run tests/crdt/migration-properties.test.ts`. */
const CASES = Number(process.env.SEGUE_CASES ?? 200)
const DEVICES = 4

const step = fc.record({
  by: fc.nat(DEVICES - 1),
  row: fc.nat(3),
  do: fc.constantFrom(
    ...['insert', 'compose', 'name', 'born', 'like', 'tag', 'type', 'remove', 'restore', 'meet', 'relay'],
  ),
  value: fc.nat(9),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What has been done so far, to be found again in the end. */
class Ledger {
  likes = new Map<string, number>()
  typed = new Map<string, string[]>()
  tags = new Map<string, Set<string>>()
  /** Names that somebody has written over what the migration reads. */
  named = new Set<string>()
  #letters = 0

  /** A word that nobody else types. */
  word(): string {
    return `<${this.#letters++}>`
  }
}

const add = <V>(map: Map<string, V>, key: string, first: V, next: (known: V) => V) =>
  map.set(key, next(map.get(key) ?? first))

/** Two devices with the old app, two with the new one. Each edit goes to what the device's app shows. */
function perform(space: Space, ids: string[], ledger: Ledger, { row, do: what, value }: Step): void {
  const isNew = space.schema === splitSchema
  const own = isNew ? tune : tuneWithComposer
  const id = ids[row % Math.max(1, ids.length)] ?? ''
  const composerId = composerOf(id)
  if (what === 'insert') {
    ids.push(space.insert(own, { title: `t${value}`, composer: value > 2 ? `c${value}` : null }))
    return
  }
  if (what === 'restore') {
    const shape = isNew ? splitSchema.shape(composer) : beforeSplit.shape(tuneWithComposer)
    if (space.project(shape, isNew ? composerId : id).state === 'removed')
      space.restore(isNew ? composer : tuneWithComposer, isNew ? composerId : id)
    return
  }
  const isThere = isNew && what !== 'compose' ? space.get(composer, composerId) : space.get(own, id)
  if (!isThere) return
  if (what === 'compose') space.update(own, id, { composer: value > 2 ? `c${value}` : null })
  else if (what === 'name' && isNew) {
    if (space.get(composer, composerId)?.name !== `n${value}`) ledger.named.add(id)
    space.update(composer, composerId, { name: `n${value}` })
  } else if (what === 'born' && isNew) space.update(composer, composerId, { born: value })
  else if (what === 'born') space.update(own, id, { composerBorn: value })
  else if (what === 'like') {
    if (isNew) space.increment(composer, composerId, 'likes', value)
    else space.increment(own, id, 'composerLikes', value)
    add(ledger.likes, id, 0, (sum) => sum + value)
  } else if (what === 'tag') {
    const change = { add: [ledger.word()] }
    if (isNew) space.updateSet(composer, composerId, 'tags', change)
    else space.updateSet(own, id, 'composerTags', change)
    add(ledger.tags, id, new Set<string>(), (tags) => tags.union(new Set(change.add)))
  } else if (what === 'type') {
    const text = isNew ? space.text(composer, composerId, 'about') : space.text(own, id, 'composerNotes')
    const word = ledger.word()
    space.transact(() => text.insert(0, word))
    add(ledger.typed, id, [] as string[], (words) => [...words, word])
  } else if (what === 'remove') space.remove(isNew ? composer : own, isNew ? composerId : id)
}

test('older and newer apps together lose nothing, double nothing, and read the same', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (history) => {
      let time = 1_800_000_000_000
      const now = () => {
        time += 1
        return new Date(time)
      }
      const id = newSpaceId()
      const spaces = Array.from({ length: DEVICES }, (_, index) =>
        openSpace({
          ...{ id, clientId: index + 1, author: { userId: `u${index}`, device: `d${index}` }, now },
          schema: index < 2 ? beforeSplit : splitSchema,
        }),
      )
      // Knows nothing of rows, and collects garbage as any Y.Doc does.
      const relay = new Y.Doc()
      const [, , third, fourth] = spaces as [Space, Space, Space, Space]
      const mirror = openMirror(splitSchema)
      mirror.attach(third)
      const ids: string[] = []
      const ledger = new Ledger()
      for (const each of history) {
        const space = spaces[each.by] ?? third
        const other = spaces[(each.by + 1 + (each.value % (DEVICES - 1))) % DEVICES] ?? fourth
        if (each.do === 'meet') exchange(space, other)
        else if (each.do === 'relay') {
          Y.applyUpdate(relay, Y.mergeUpdates([space, other].map(({ doc }) => Y.encodeStateAsUpdate(doc))))
          Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(relay, Y.encodeStateVector(space.doc)), 'relay')
        } else perform(space, ids, ledger, each)
      }
      exchange(...spaces)
      exchange(...spaces)

      expect(projectedRows(fourth)).toEqual(projectedRows(third))
      const scratch = new Y.Doc()
      Y.applyUpdate(scratch, Y.mergeUpdates(spaces.map(({ doc }) => Y.encodeStateAsUpdate(doc))))
      const fromScratch = openSpace({ id, schema: splitSchema, doc: scratch })
      expect(projectedRows(fromScratch)).toEqual(projectedRows(third))
      expect(third.unknown).toEqual({ tables: [], columns: [], values: [] })
      const reopened = openSpace({ id, schema: beforeSplit, doc: new Y.Doc() })
      Y.applyUpdate(reopened.doc, Y.encodeStateAsUpdate(scratch))
      expect(spaces[0]?.unknown).toEqual(reopened.unknown)
      expect(verify(sql, mirror)).toEqual([])
      mirror.destroy()

      const tunes = splitSchema.shape(tune)
      const composers = splitSchema.shape(composer)
      const expected = ids.filter((each) => {
        const row = third.stored(tunes, each)
        return 'cells' in row && row.cells[tunes.columns.findIndex(({ name }) => name === 'composer')]
      })
      expect([...third.rowIds(composers)].sort()).toEqual(expected.map(composerOf).sort())
      for (const each of expected) {
        const made = third.stored(composers, composerOf(each))
        const source = third.stored(tunes, each)
        if (!('cells' in made) || !('cells' in source)) throw new Error(`${each} is hidden`)
        const read = Object.fromEntries(
          composers.columns.map(({ property }, index) => [property, made.cells[index]]),
        )
        const sourceComposer = source.cells[tunes.columns.findIndex(({ name }) => name === 'composer')]
        if (!ledger.named.has(each)) expect(read.name).toBe(sourceComposer)
        expect(read.likes).toBe(ledger.likes.get(each) ?? 0)
        expect(new Set(read.tags as string[])).toEqual(ledger.tags.get(each) ?? new Set())
        for (const word of ledger.typed.get(each) ?? [])
          expect(String(read.about).split(word)).toHaveLength(2)
        const words = ledger.typed.get(each) ?? []
        expect(String(read.about)).toHaveLength(words.join('').length)
      }
    }),
    { numRuns: CASES },
  )
})

test('edits that wait while a new epoch begins come along, whichever app carries them', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 15 }),
      fc.array(step, { maxLength: 10 }),
      (before, after) => {
        let time = 1_800_000_000_000
        const now = () => {
          time += 1
          return new Date(time)
        }
        const id = newSpaceId()
        const author = (userId: string) => ({ userId, device: userId })
        const old = openSpace({ id, schema: beforeSplit, clientId: 1, author: author('ann'), now })
        const newer = openSpace({ id, schema: splitSchema, clientId: 2, author: author('ben'), now })
        const ids: string[] = []
        const ledger = new Ledger()
        for (const each of before) {
          perform(each.by % 2 === 0 ? old : newer, ids, ledger, each)
          if (each.do === 'meet') exchange(old, newer)
        }
        exchange(old, newer)
        const snapshot = Y.encodeStateAsUpdate(freshCopy(newer.doc, { removedBefore: new Date(0) }))
        const updates = updatesOf(newer)
        for (const each of after) perform(newer, ids, ledger, each)
        const next = openSpace({ id, schema: splitSchema, clientId: 7 })
        Y.applyUpdate(next.doc, snapshot)
        carryOver({ from: newer.doc, updates, onto: next.doc, complete: true, origin: next })
        const cells = (space: Space) =>
          projectedRows(space).map(([key, row]) => [key, row.state, 'cells' in row ? row.cells : []])
        expect(cells(next)).toEqual(cells(newer))
      },
    ),
    { numRuns: CASES },
  )
})
