import * as fc from 'fast-check'
import { dump, Mirror } from 'segue/bridge'
import { CrdtError, newSpaceId, Space } from 'segue/crdt'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { constrainedSchema, declarations } from '../helpers/constrained-schema.ts'
import { constraintOracle } from '../helpers/constraint-oracle.ts'
import { sql } from '../helpers/mirrors.ts'
import { projectedRows } from '../helpers/spaces.ts'

const REPLICAS = 3
const numRuns = Number(process.env.SEGUE_CASES ?? 60)

const name = fc.constantFrom('a', 'a', 'a', 'b', null)
const size = fc.constantFrom(1, 1, 2, 4, null)
const id = fc.nat(3)
const table = fc.constantFrom('parent' as const, 'child' as const, 'leaf' as const)

const values = { table, id, name, size, to: id, leaf: fc.option(id) }

const edit = fc.oneof(
  { weight: 3, arbitrary: fc.record({ write: fc.constant('insert' as const), ...values }) },
  { weight: 2, arbitrary: fc.record({ write: fc.constant('update' as const), ...values }) },
  // A program that knows no constraints.
  { weight: 1, arbitrary: fc.record({ write: fc.constant('force' as const), ...values }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'restore' as const), table, id }),
  },
)

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      replica: fc.nat(REPLICAS - 1),
      edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ from: fc.nat(REPLICAS - 1), to: fc.nat(REPLICAS - 1) }) },
  // Through somebody who merges without looking, and collects garbage.
  { weight: 1, arbitrary: fc.record({ mergedFor: fc.nat(REPLICAS - 1), collect: fc.boolean() }) },
)

type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

/** What a space refuses changes nothing. */
function perform(space: Space, each: Edit): void {
  const shape = space.schema.shapeNamed(each.table)
  const drizzleTable = Object.values(space.schema.tables).find((found) => space.schema.shape(found) === shape)
  if (!shape || !drizzleTable) return
  const ids = [...space.rowIds(shape)].sort()
  const rowId = ids[each.id % Math.max(1, ids.length)] ?? 'nobody'
  const before = Y.encodeStateVector(space.doc)
  try {
    if ('do' in each && each.do === 'remove') space.remove(drizzleTable, rowId)
    else if ('do' in each) space.restore(drizzleTable, rowId)
    else {
      const idIn = (target: string, index: number) => {
        const found = space.schema.shapeNamed(target)
        const all = found ? [...space.rowIds(found)].sort() : []
        return all[index % Math.max(1, all.length)] ?? null
      }
      const values = {
        name: each.name,
        ...(each.table === 'leaf'
          ? {
              childRef: idIn('child', each.to) ?? 'nobody',
              leafRef: each.leaf === null ? null : idIn('leaf', each.leaf),
            }
          : { size: each.size }),
        ...(each.table === 'child' ? { parentRef: idIn('parent', each.to) } : {}),
      }
      if (each.write === 'insert') space.insert(drizzleTable, values as never)
      else if (each.write === 'update') space.update(drizzleTable, rowId, values as never)
      else {
        const row = space.doc.getMap<Y.Map<unknown>>(each.table).get(rowId)
        for (const [property, value] of Object.entries(values))
          row?.set(shape.byProperty.get(property)?.name ?? property, value)
      }
    }
  } catch (error) {
    if (!(error instanceof CrdtError)) throw error
    expect(Y.encodeStateVector(space.doc)).toEqual(before)
  }
}

const rowsOf = (mirror: Mirror | undefined) => mirror && dump(mirror)

const shownOf = (space: Space) =>
  new Map(
    projectedRows(space).map(([key, row]) => [
      key,
      row.state === 'live' ? JSON.stringify(row.cells) : row.state,
    ]),
  )

test(
  'constraints hold in every state on every replica, which is what the definition says of the document',
  () => {
    fc.assert(
      fc.property(
        declarations,
        fc.array(step, { maxLength: 20, size: 'max' }),
        fc.boolean(),
        (declared, steps, isGrouped) => {
          const schema = constrainedSchema(declared)
          const bare = constrainedSchema(declared, { enforced: false })
          const spaceId = newSpaceId()
          let clock = Date.UTC(2026, 0, 1)
          const now = () => {
            clock += 7
            return new Date(clock)
          }
          const spaces = Array.from({ length: REPLICAS }, (_, index) => {
            const doc = new Y.Doc({ guid: spaceId })
            doc.clientID = index + 1
            return new Space({
              id: spaceId,
              schema,
              doc,
              now,
              author: { userId: `u${index}`, device: `d${index}` },
            })
          })
          const mirrors = spaces.map((space) => {
            const mirror = new Mirror(sql, schema)
            mirror.attach(space)
            return mirror
          })
          const rebuilt = new Mirror(sql, schema)
          for (const each of steps) {
            if ('edits' in each) {
              const space = spaces[each.replica]
              if (!space) continue
              const all = () => {
                for (const one of each.edits) perform(space, one)
              }
              if (isGrouped) space.transact(all)
              else all()
            } else if ('from' in each) {
              const [from, to] = [spaces[each.from], spaces[each.to]]
              if (from && to) Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc), 'network')
            } else {
              const to = spaces[each.mergedFor]
              const updates = spaces.map(({ doc }) => Y.encodeStateAsUpdate(doc))
              const peer = new Y.Doc()
              for (const update of updates) Y.applyUpdate(peer, update)
              const update = each.collect ? Y.encodeStateAsUpdate(peer) : Y.mergeUpdates(updates)
              if (to) Y.applyUpdate(to.doc, update, 'network')
            }
            for (const [index, space] of spaces.entries()) {
              expect(shownOf(space)).toEqual(constraintOracle(space.doc, schema, bare))
              // Somebody who opens the same document afresh sees the same.
              const doc = new Y.Doc({ guid: spaceId })
              Y.applyUpdate(doc, Y.encodeStateAsUpdate(space.doc))
              const fresh = new Space({ id: spaceId, schema, doc, now })
              expect(projectedRows(fresh)).toEqual(projectedRows(space))
              rebuilt.attach(fresh)
              expect(rowsOf(mirrors[index])).toEqual(rowsOf(rebuilt))
              rebuilt.detach(spaceId)
              fresh.destroy()
            }
          }
          const all = Y.mergeUpdates(spaces.map(({ doc }) => Y.encodeStateAsUpdate(doc)))
          for (const { doc } of spaces) Y.applyUpdate(doc, all, 'network')
          expect(projectedRows(spaces[1] as Space)).toEqual(projectedRows(spaces[0] as Space))
          expect(projectedRows(spaces[2] as Space)).toEqual(projectedRows(spaces[0] as Space))
          for (const mirror of [...mirrors, rebuilt]) mirror.destroy()
        },
      ),
      { numRuns },
    )
  },
  30_000 + numRuns * 1_000,
)
