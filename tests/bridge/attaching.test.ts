import { dump, verify } from 'segue/bridge'
import type { Space } from 'segue/crdt'
import { expect, test } from 'vitest'
import { openMirror, openMirrorWithConnection, sql } from '../helpers/mirrors.ts'
import { pair, thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

const THINGS = 1_800

function filled(): Space {
  const space = openSpace({ clientId: 1 })
  space.transact(() => {
    for (let n = 0; n < THINGS; n++) space.insert(thing, { name: `thing ${n}` })
    for (let n = 0; n < 700; n++) space.insert(pair, { leftRef: `l${n}`, rightRef: 'r' })
  })
  return space
}

const count = (mirror: ReturnType<typeof openMirror>) =>
  Number(mirror.query('SELECT count(*) AS count FROM thing')[0]?.count)

test('a space that is attached some rows at a time is there in full at the end, like one that is attached at once', () => {
  const space = filled()
  const [mirror, atOnce] = [openMirror(), openMirror()]
  const seen: number[] = []
  for (const _ of mirror.attaching(space)) {
    expect(mirror.holds(space)).toBe(false)
    seen.push(count(mirror))
  }
  expect(seen).toEqual([500, 1_000, 1_500, 1_800, 1_800, 1_800])
  expect(mirror.holds(space)).toBe(true)
  atOnce.attach(space)
  expect(dump(mirror)).toEqual(dump(atOnce))
})

test('what is edited between the steps is in the mirror, wherever they are', () => {
  const space = filled()
  const mirror = openMirror()
  const ids = [...space.rowIds(space.schema.shape(thing))]
  let step = 0
  for (const _ of mirror.attaching(space)) {
    step++
    for (const [nth, id] of [ids.at(step), ids.at(-step), ids.at(600 + step)].entries()) {
      if (!id) throw new Error('There are rows enough.')
      if (nth === step % 3) space.remove(thing, id)
      else space.update(thing, id, { name: `changed in step ${step}` })
    }
    space.insert(thing, { name: `made in step ${step}` })
  }
  expect(step).toBeGreaterThan(3)
  expect(verify(sql, mirror)).toEqual([])
})

test('a space that is detached meanwhile is not there, and may be attached again', () => {
  const space = filled()
  const mirror = openMirror()
  const steps = mirror.attaching(space)
  steps.next()
  mirror.detach(space.id)
  expect(steps.next().done).toBe(true)
  expect([count(mirror), mirror.holds(space)]).toEqual([0, false])
  const again = mirror.attaching(space)
  again.next()
  mirror.detach(space.id)
  mirror.attach(space)
  expect(again.next().done).toBe(true)
  expect([count(mirror), mirror.holds(space)]).toEqual([THINGS, true])
  expect(verify(sql, mirror)).toEqual([])
})

test('to attach what is followed already does nothing', () => {
  const space = filled()
  const mirror = openMirror()
  mirror.attach(space)
  expect(mirror.attaching(space).next().done).toBe(true)
  expect(mirror.holds(space)).toBe(true)
})

test('a mirror that is made anew some rows at a time is right in the end, whatever is edited and detached meanwhile', () => {
  const { mirror, connection } = openMirrorWithConnection()
  const [space, other, leaving] = [filled(), filled(), filled()]
  for (const each of [space, other, leaving]) mirror.attach(each)
  connection.run(
    "UPDATE thing SET name = 'wrong'; INSERT INTO segue_hidden_row VALUES ('nobody', 'thing', 'x', '')",
  )
  const ids = [...other.rowIds(other.schema.shape(thing))]
  const steps: number[] = []
  for (const { done, of } of mirror.rebuilding()) {
    steps.push(done / of)
    if (steps.length === 1) {
      expect([count(mirror), mirror.holds(space), mirror.holds(other)]).toEqual([500, false, false])
      mirror.detach(leaving.id)
    }
    const id = ids[steps.length]
    if (id) other.update(thing, id, { name: `changed in step ${steps.length}` })
  }
  expect([...steps].sort((a, b) => a - b)).toEqual(steps)
  expect([mirror.holds(space), mirror.holds(other), mirror.holds(leaving)]).toEqual([true, true, false])
  expect(count(mirror)).toBe(2 * THINGS)
  expect(verify(sql, mirror)).toEqual([])
})
