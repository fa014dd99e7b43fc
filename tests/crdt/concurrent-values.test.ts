import * as fc from 'fast-check'
import {
  type ConflictStrategy,
  column,
  defineSchema,
  newSpaceId,
  Space,
  type SpaceId,
  segueTable,
} from 'segue/crdt'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { CONFLICTS } from '../../crdt/conflicts.ts'
import { deliver, exchange, openSpace, projectedRows } from '../helpers/spaces.ts'

const { string, counter, stringSet, json, bigWhole, whole } = column

/** More cases by hand: `SEGUE_CASES=1000000 npm exec -- vitest run tests/crdt/concurrent-values.test.ts`. */
const CASES = Number(process.env.SEGUE_CASES ?? 2_000)

const card = segueTable(
  'card',
  {
    title: string('title').notNull(),
    plays: counter('plays'),
    tags: stringSet('tags'),
    data: json('data'),
    big: bigWhole('big'),
    best: whole('best'),
    rank: string('rank'),
  },
  {
    conflicts: {
      best: { merge: (values) => Math.max(...values.map(({ value }) => Number(value))) },
      rank: 'manual',
    },
  },
)
const schema = defineSchema({ card })
const shape = schema.shape(card)
const START = Date.UTC(2030, 0, 1)

interface Scene {
  readonly replicas: readonly Space[]
  readonly rowId: string
  tick(): number
}

/** Replicas that all know one row, with clocks that are wrong by so many ms each. */
function scene(skews: readonly number[], strategies: readonly ConflictStrategy[] = []): Scene {
  const id: SpaceId = newSpaceId()
  let time = START
  const replicas = skews.map((skew, index) => {
    const author = { userId: `person ${index}`, device: `device ${index}` }
    const doc = new Y.Doc({ guid: id })
    doc.clientID = index + 1
    const now = () => new Date(time + skew)
    return new Space({ id, schema, doc, author, now, conflicts: strategies[index] })
  })
  const rowId = replicas[0]?.insert(card, { title: 'start', best: 0 }) ?? ''
  exchange(...replicas)
  return { replicas, rowId, tick: () => (time += 10) }
}

const step = (edit: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ by: fc.nat(2), value: edit }) },
    {
      weight: 2,
      arbitrary: fc.record({
        from: fc.nat(2),
        to: fc.nat(2),
        how: fc.constantFrom('plain', 'merged', 'collected'),
      }),
    },
  )

type Step = ReturnType<typeof step> extends fc.Arbitrary<infer S> ? S : never

/** Brings one replica up to what another knows: as it is, merged byte by byte, or through a peer that collects garbage. */
function send({ replicas }: Scene, { from, to, how }: Extract<Step, { from: number }>): void {
  const [source, target] = [replicas[from], replicas[to]]
  if (!source || !target || source === target) return
  if (how === 'plain') deliver(source, target)
  else if (how === 'merged') {
    const states = replicas.filter((each) => each !== target).map(({ doc }) => Y.encodeStateAsUpdate(doc))
    Y.applyUpdate(target.doc, Y.mergeUpdates(states), 'network')
  } else {
    const peer = new Y.Doc({ gc: true })
    for (const each of [target, source]) Y.applyUpdate(peer, Y.encodeStateAsUpdate(each.doc))
    Y.applyUpdateV2(target.doc, Y.encodeStateAsUpdateV2(peer), 'network')
  }
}

/** Plays a history, lets everybody know everything, and expects all to see the same. */
function play(
  steps: readonly Step[],
  edit: (space: Space, rowId: string, value: string, by: number) => void,
  made: Scene = scene([0, 0, 0]),
): Scene {
  for (const each of steps) {
    if ('from' in each) send(made, each)
    else {
      const space = made.replicas[each.by]
      made.tick()
      if (space) edit(space, made.rowId, each.value, each.by)
    }
  }
  for (let round = 0; round < 4; round++) exchange(...made.replicas)
  const [first, ...others] = made.replicas.map((space) => ({
    rows: projectedRows(space),
    open: space.conflicts(shape, made.rowId),
  }))
  for (const other of others) expect(other).toEqual(first)
  return made
}

const words = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const steps = fc.array(step(words), { maxLength: 14 })

describe('of concurrent values', () => {
  test('the latest stands, as if everybody had written in turn', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let last = 'start'
        let count = 0
        const { replicas, rowId } = play(list, (space, id, value) => {
          last = `${value} ${++count}`
          space.resolveConflict(card, id, { title: last })
        })
        for (const space of replicas) expect(space.get(card, rowId)?.title).toBe(last)
      }),
      { numRuns: CASES },
    )
  })

  test('the latest stands by the hybrid clock when clocks are wrong by days', () => {
    const skews = fc.tuple(
      ...[0, 1, 2].map(() => fc.integer({ min: -2, max: 2 }).map((days) => days * 86_400_000)),
    )
    fc.assert(
      fc.property(steps, skews, (list, wrong) => {
        const written: { value: string; at: string; client: number }[] = []
        const made = scene(wrong)
        let count = 0
        play(
          list,
          (space, id) => {
            const value = `v${++count}`
            space.update(card, id, { title: value })
            const at = space.attribution(card, id).get('title')?.at
            written.push({ value, at: at ?? '', client: space.doc.clientID })
          },
          made,
        )
        // Whoever knew of a value wrote a later time over it, whatever their clock said.
        for (const space of made.replicas) {
          const { title } = space.get(card, made.rowId) ?? {}
          if (written.length > 0) expect(written.map(({ value }) => value)).toContain(title)
          expect(space.attribution(card, made.rowId).get('title')?.at).toBe(
            made.replicas[0]?.attribution(card, made.rowId).get('title')?.at,
          )
        }
      }),
      { numRuns: CASES / 5 },
    )
  })

  test('increments add up', () => {
    fc.assert(
      fc.property(steps, (list) => {
        let sum = 0
        const { replicas, rowId } = play(list, (space, id, value) => {
          const by = value.charCodeAt(0) - 98
          sum += by
          space.increment(card, id, 'plays', by)
        })
        for (const space of replicas) expect(space.get(card, rowId)?.plays).toBe(sum)
      }),
      { numRuns: CASES },
    )
  })

  test('a set holds what was added and not taken out by somebody who knew of it', () => {
    fc.assert(
      fc.property(steps, (list) => {
        // An observed-remove set, the slow way: each addition has a name of its own.
        const known = [0, 1, 2].map(() => ({ added: new Map<string, string>(), removed: new Set<string>() }))
        const elements = (by: number) => {
          const own = known[by]
          return new Set(
            [...(own?.added ?? [])].filter(([name]) => !own?.removed.has(name)).map(([, element]) => element),
          )
        }
        const learn = (to: number, from: number) => {
          for (const [name, element] of known[from]?.added ?? []) known[to]?.added.set(name, element)
          for (const name of known[from]?.removed ?? []) known[to]?.removed.add(name)
        }
        const made = scene([0, 0, 0])
        list.forEach((each, index) => {
          if ('from' in each) {
            send(made, each)
            if (each.from !== each.to) {
              if (each.how === 'merged') for (const from of [0, 1, 2]) learn(each.to, from)
              else learn(each.to, each.from)
            }
            return
          }
          const space = made.replicas[each.by]
          const own = known[each.by]
          if (!space || !own) return
          if (elements(each.by).has(each.value)) {
            space.updateSet(card, made.rowId, 'tags', { remove: [each.value] })
            for (const [name, element] of own.added) if (element === each.value) own.removed.add(name)
          } else {
            space.updateSet(card, made.rowId, 'tags', { add: [each.value] })
            own.added.set(String(index), each.value)
          }
          expect(space.get(card, made.rowId)?.tags).toEqual([...elements(each.by)].sort())
        })
        for (let round = 0; round < 3; round++)
          for (const to of [0, 1, 2]) for (const from of [0, 1, 2]) learn(to, from)
        exchange(...made.replicas)
        for (const space of made.replicas)
          expect(space.get(card, made.rowId)?.tags).toEqual([...elements(0)].sort())
      }),
      { numRuns: CASES },
    )
  })

  test('whatever strategies the devices have, they agree', () => {
    const strategy = fc.constantFrom<ConflictStrategy>(
      'last-write-wins',
      'local-wins',
      'remote-wins',
      'manual',
    )
    fc.assert(
      fc.property(steps, fc.tuple(strategy, strategy, strategy), (list, strategies) => {
        let count = 0
        play(
          list,
          (space, id, value) => space.update(card, id, { title: value, best: ++count, rank: value }),
          scene([0, 0, 0], strategies),
        )
      }),
      { numRuns: CASES },
    )
  })
})

describe('a conflict', () => {
  const disagree = (strategies: ConflictStrategy[] = []) => {
    const made = scene([0, 0], strategies)
    const [one, other] = made.replicas
    if (!one || !other) throw new Error('A scene of two.')
    made.tick()
    one.update(card, made.rowId, { title: 'one', best: 7, rank: '1' })
    made.tick()
    other.update(card, made.rowId, { title: 'other', best: 3, rank: '2' })
    return {
      one,
      other,
      rowId: made.rowId,
      both: () => [one, other].map((space) => space.get(card, made.rowId)?.title),
    }
  }

  test('lists both values, who wrote them and when, wherever they meet', () => {
    const { one, other, rowId } = disagree()
    const third = openSpace({ id: one.id, schema })
    const seen: string[] = []
    third.observe(({ conflicts }) => seen.push(...conflicts.map(({ conflict }) => conflict.column)))
    const states = [one, other].map(({ doc }) => Y.encodeStateAsUpdate(doc))
    Y.applyUpdate(third.doc, Y.mergeUpdates(states), 'network')
    expect(seen).toEqual(['title', 'best', 'rank'])
    expect(third.conflicts(shape, rowId)[0]).toMatchObject({
      column: 'title',
      kept: { value: 'other', userId: 'person 1', at: START + 20 },
      lost: { value: 'one', userId: 'person 0', at: START + 10 },
      rule: 'last-write-wins',
      settled: undefined,
    })
    expect(third.conflicts(shape, rowId)[2]?.rule).toBe('manual')
    expect(third.get(card, rowId)?.best).toBe(7)
  })

  test('is settled by the next write, and what lost stays on the record', () => {
    const { one, other, rowId, both } = disagree()
    exchange(one, other)
    one.resolveConflict(card, rowId, { title: 'one' })
    exchange(one, other)
    expect(both()).toEqual(['one', 'one'])
    for (const space of [one, other]) {
      const [, , settled] = space.conflicts(shape, rowId)
      expect(settled).toMatchObject({
        column: 'title',
        lost: { value: 'one' },
        settled: { userId: 'person 0' },
      })
    }
  })

  test('that was put on record by an app that wrote no devices down is still read', () => {
    const { one, other, rowId } = disagree()
    exchange(one, other)
    one.resolveConflict(card, rowId, { title: 'one' })
    const settled = () => one.conflicts(shape, rowId).find((each) => each.settled)
    expect(settled()).toMatchObject({
      kept: { device: 'device 1' },
      lost: { device: 'device 0' },
      settled: { device: 'device 0' },
    })
    const map = one.doc.getMap<Record<string, object>>(CONFLICTS)
    const [[key, stored] = ['', {}]] = [...map]
    const { settledDevice: _, ...before } = stored
    for (const side of ['kept', 'lost']) before[side] = { ...before[side], device: 7 }
    map.set(key, before)
    expect(settled()).toMatchObject({
      kept: { value: 'other', device: '' },
      lost: { value: 'one', device: '' },
      settled: { userId: 'person 0', device: '' },
    })
  })

  test('is none when both wrote the same, or one knew of the other', () => {
    const { replicas, rowId } = scene([0, 0])
    const [one, other] = replicas
    if (!one || !other) return
    one.update(card, rowId, { title: 'same' })
    other.update(card, rowId, { title: 'same' })
    exchange(one, other)
    other.update(card, rowId, { title: 'then' })
    exchange(one, other)
    one.update(card, rowId, { title: 'later' })
    exchange(one, other)
    expect(one.conflicts(shape, rowId)).toEqual([])
    expect(other.get(card, rowId)?.title).toBe('later')
  })

  test.each([
    [['local-wins', 'last-write-wins'], 'one'],
    [['last-write-wins', 'remote-wins'], 'one'],
    [['remote-wins', 'remote-wins'], undefined],
    [['local-wins', 'local-wins'], undefined],
    [['remote-wins', 'last-write-wins'], 'other'],
  ] as const)('between devices that are set to %j ends in one value', (strategies, expected) => {
    const { one, other, both } = disagree([...strategies])
    for (let round = 0; round < 3; round++) exchange(one, other)
    const [mine, theirs] = both()
    expect(mine).toBe(theirs)
    if (expected) expect(mine).toBe(expected)
  })
})

test('a device whose clock is a year ahead does not win for ever', () => {
  const YEAR = 365 * 86_400_000
  const { replicas, rowId, tick } = scene([0, YEAR])
  const [sane, ahead] = replicas
  if (!sane || !ahead) return
  ahead.update(card, rowId, { title: 'from next year' })
  exchange(sane, ahead)
  sane.update(card, rowId, { rank: 'seen' })
  exchange(sane, ahead)
  for (let round = 0; round < 3; round++) {
    tick()
    ahead.update(card, rowId, { title: `early ${round}` })
    tick()
    sane.update(card, rowId, { title: `late ${round}` })
    exchange(sane, ahead)
    for (const space of [sane, ahead]) expect(space.get(card, rowId)?.title).toBe(`late ${round}`)
  }
  expect(sane.attribution(card, rowId).get('title')?.at?.slice(0, 4)).toBe('2030')
})

test('every kind of value comes back as it was written', () => {
  const { replicas, rowId } = scene([0, 0])
  const [one, other] = replicas
  const big = 2n ** 63n - 1n
  const data = { a: [1, null, 'ü🎻', { b: true }] }
  one?.update(card, rowId, { big, data, tags: ['b', 'a'], plays: 5 })
  exchange(...replicas)
  expect(other?.get(card, rowId)).toMatchObject({ big, data, tags: ['a', 'b'], plays: 5 })
  expect(() => one?.update(card, rowId, { big: 2n ** 63n })).toThrow('64 bits')
  expect(() => one?.update(card, rowId, { data: { a: Number.NaN } })).toThrow('must be JSON')
  expect(() => one?.updateSet(card, rowId, 'tags', { add: [''] })).toThrow('not empty')
  expect(() => one?.increment(card, rowId, 'plays', 0.5)).toThrow('whole numbers')
})

test('what a foreign program has written over a counter counts neither before nor after the next increment', () => {
  const { replicas, rowId } = scene([0])
  const [space] = replicas
  space?.doc.getMap<Y.Map<unknown>>('card').get(rowId)?.set('plays', 7)
  expect(space?.get(card, rowId)?.plays).toBe(0)
  space?.increment(card, rowId, 'plays', 2)
  expect(space?.get(card, rowId)?.plays).toBe(2)
})
