import * as fc from 'fast-check'
import { CrdtError, orderKeyAt, type Space } from 'segue/crdt'
import { pair, sampleSchema, thing } from './sample-schema.ts'

const small = fc.constantFrom('a', 'b', 'c')
const words = fc.string({ unit: fc.constantFrom('x', 'y', ' ', '🎻'), maxLength: 8 })

/** An edit that a person, or a program on their behalf, might make. `pick` and `at` choose among what is there. */
export const edits = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), name: words, count: fc.option(fc.nat(9)) }),
  fc.record({
    do: fc.constant('insert pair' as const),
    leftRef: small,
    rightRef: small,
    label: fc.option(words),
  }),
  fc.record({
    do: fc.constant('update' as const),
    pick: fc.nat(),
    count: fc.option(fc.nat(9)),
    done: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('update pair' as const),
    pick: fc.nat(),
    score: fc.option(fc.nat(9)),
    notes: words,
  }),
  fc.record({ do: fc.constant('type' as const), pick: fc.nat(), at: fc.nat(), cut: fc.nat(3), text: words }),
  fc.record({ do: fc.constant('move' as const), pick: fc.nat(), at: fc.nat() }),
  fc.record({
    do: fc.constantFrom('remove' as const, 'restore' as const),
    pick: fc.nat(),
    ofPairs: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('break' as const),
    pick: fc.nat(),
    value: fc.constantFrom<unknown>(7, null, 'ok', true),
  }),
)

export type Edit = typeof edits extends fc.Arbitrary<infer E> ? E : never

/** Performs an edit; what the space refuses (a duplicate, a removed row) changes nothing, as in life. */
export function perform(space: Space, edit: Edit): void {
  try {
    attempt(space, edit)
  } catch (error) {
    if (!(error instanceof CrdtError)) throw error
  }
}

function attempt(space: Space, edit: Edit): void {
  const things = [...space.rowIds(sampleSchema.shape(thing))].sort()
  const pairs = [...space.rowIds(sampleSchema.shape(pair))].sort()
  const pick = (ids: readonly string[]) =>
    ('pick' in edit && ids[edit.pick % Math.max(1, ids.length)]) || 'nobody'
  switch (edit.do) {
    case 'insert':
      space.insert(thing, { name: edit.name, count: edit.count })
      return
    case 'insert pair':
      space.insert(pair, { leftRef: edit.leftRef, rightRef: edit.rightRef, label: edit.label })
      return
    case 'update':
      space.update(thing, pick(things), { count: edit.count, done: edit.done })
      return
    case 'update pair':
      space.update(pair, pick(pairs), { score: edit.score, notes: edit.notes })
      return
    case 'type': {
      const text = space.text(thing, pick(things), 'notes')
      const at = edit.at % (text.length + 1)
      space.transact(() => {
        text.insert(at, edit.text)
        text.delete(0, Math.min(edit.cut, text.length))
      })
      return
    }
    case 'move': {
      const keys = things.flatMap((id) => space.get(thing, id)?.position ?? []).sort()
      space.update(thing, pick(things), { position: orderKeyAt(keys, edit.at % (keys.length + 1)) })
      return
    }
    case 'remove':
    case 'restore': {
      const [table, ids] = edit.ofPairs ? ([pair, pairs] as const) : ([thing, things] as const)
      if (edit.do === 'remove') space.remove(table, pick(ids))
      else space.restore(table, pick(ids))
      return
    }
    case 'break': {
      // A foreign program, or another version of the app, writes what the schema does not expect.
      const row = space.doc.getMap<unknown>('thing').get(pick(things))
      if (row && typeof row === 'object' && 'set' in row && typeof row.set === 'function')
        row.set('name', edit.value)
      return
    }
  }
}
