import * as fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { WorkerLog } from '../../supabase/worker/index.ts'
import { edits, perform } from '../helpers/random-edits.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import { type Someone, someone } from '../setup/people.ts'
import { ALWAYS, delegate, eager, LoggedSpace, ownBackend, round, roundFor, workerLog } from './scene.ts'

const DAY = 86_400_000
const days = (count: number) => () => new Date(Date.now() + count * DAY)
const withEpochs = eager({ epochWhen: ALWAYS })

const backend = ownBackend()
let aoife: Someone
let log: WorkerLog

beforeEach(async () => {
  aoife = await someone('aoife', backend())
  log = workerLog(backend())
})

async function withRows(count: number, now?: () => Date): Promise<LoggedSpace> {
  const space = await LoggedSpace.create(aoife, now)
  space.space.transact(() => {
    for (let index = 0; index < count; index++) space.space.insert(thing, { name: `row ${index}` })
  })
  await space.push()
  return space
}

const epochOf = async (id: string) =>
  (await backend().sql<{ epoch: number }>('select epoch from space where id = $1', [id]))[0]?.epoch

describe('a new epoch', () => {
  test('begins when a document is mostly history, which brings it back to the size of a fresh one', async () => {
    const space = await withRows(100)
    for (let part = 0; part < 10; part++) {
      space.space.doc.clientID = part + 1
      space.overwrite(500)
      await space.push()
    }
    const fresh = openSpace()
    fresh.transact(() => {
      for (const [key, row] of projectedRows(space.space)) {
        if (row.state !== 'live') continue
        const [name, count] = row.cells
        fresh.insert(thing, { id: key.slice('thing '.length), name: String(name), count: Number(count) })
      }
    })
    const policy = eager({ epochWhen: { ratio: 1.5, minBytes: 10_000 } })
    const { document } = await roundFor(space.id, log, policy)
    const freshBytes = Y.encodeStateAsUpdateV2(fresh.doc).byteLength
    expect(document?.epochStarted).toBe(1)
    expect(document?.bytesBefore).toBeGreaterThan(2 * freshBytes)
    expect(document?.bytesAfter).toBeLessThan(1.5 * freshBytes)
    expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))

    space.epoch = 1
    const other = await space.onNewDevice()
    const changes = updatesOf(other)
    other.insert(thing, { name: 'in the new document' })
    for (const change of changes) await space.pushUpdate(change)
    expect((await roundFor(space.id, log, policy)).document).toMatchObject({
      epochStarted: undefined,
      entriesMerged: 1,
    })
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(other))
  })

  test('does not begin for a small document, nor for one that is mostly alive', async () => {
    const [small, alive] = [await withRows(2), await withRows(200)]
    small.overwrite(200)
    await small.push()
    const policy = eager({ epochWhen: { ratio: 1.5, minBytes: 5_000 } })
    await round(log, policy)
    for (const { id } of [small, alive]) expect(await epochOf(id)).toBe(0)
  })

  test('reads as the one before, after any history', async () => {
    for (const list of fc.sample(fc.array(edits, { minLength: 5, maxLength: 30 }), 5)) {
      const space = await LoggedSpace.create(aoife)
      for (const edit of list) perform(space.space, edit)
      space.space.insert(thing, { name: 'at least this' })
      await space.push()
      expect((await roundFor(space.id, log, withEpochs)).document?.epochStarted).toBe(1)
      expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))
    }
  })

  test('leaves the log of the old one to those who were away, for as long as any log', async () => {
    const space = await withRows(1)
    const pull = () =>
      space.call('pull_updates', { p_space: space.id, p_since: 0, p_epoch: 0 }) as Promise<{
        epoch: number
        updates: unknown[]
      }>
    await round(log, withEpochs)
    expect(await pull()).toMatchObject({ epoch: 1, updates: [{ seq: 1 }] })
    await backend().sql(
      "update space_update set created_at = now() - interval '31 days' where space_id = $1",
      [space.id],
    )
    expect(await roundFor(space.id, log)).toMatchObject({ entriesPurged: 1 })
    expect(await pull()).toMatchObject({ epoch: 1, updates: [] })
    expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))
  })

  test('takes no update of the old one, but says where one that is logged already has its place', async () => {
    const space = await withRows(1)
    const update = Y.encodeStateAsUpdate(space.space.doc)
    await round(log, withEpochs)
    await expect(space.pushUpdate(update, 2)).rejects.toMatchObject({ details: 'old_epoch' })
    expect(await space.pushUpdate(update, 1)).toEqual([{ n: 1, seq: 1 }])
    space.epoch = 1
    expect(await space.pushUpdate(update, 2)).toEqual([{ n: 2, seq: 2 }])
  })
})

describe('beginning one', () => {
  test('is tried again with what was logged meanwhile, so that nothing acknowledged is missing', async () => {
    const space = await withRows(1)
    const answers: unknown[] = []
    const { document } = await roundFor(
      space.id,
      {
        ...delegate(log),
        beginEpoch: async (id, epoch, fresh) => {
          if (id === space.id && answers.length < 2) {
            space.space.insert(thing, { name: `meanwhile ${answers.length}` })
            await space.push()
          }
          const answer = await log.beginEpoch(id, epoch, fresh)
          if (id === space.id) answers.push(answer)
          return answer
        },
      },
      withEpochs,
    )
    expect(answers).toEqual([undefined, undefined, 1])
    expect(document).toMatchObject({ entriesMerged: 3, epochStarted: 1 })
    expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))
  })

  test('gives way to a snapshot when the space never rests', async () => {
    const space = await withRows(1)
    const restless: WorkerLog = {
      ...delegate(log),
      beginEpoch: async (id, epoch, fresh) => {
        space.space.insert(thing, { name: 'again' })
        await space.push()
        return log.beginEpoch(id, epoch, fresh)
      },
    }
    const { document } = await roundFor(space.id, restless, withEpochs)
    expect(document).toMatchObject({ epochStarted: undefined })
    expect(document?.entriesMerged).toBeGreaterThan(1)
    expect(await epochOf(space.id)).toBe(0)
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })

  test('waits for an edit that others build on, until it has been missing for as long as the log is kept', async () => {
    const space = await withRows(1)
    const writer = openSpace({ id: space.id })
    const updates = updatesOf(writer)
    writer.update(thing, writer.insert(thing, { name: 'first' }), { name: 'second' })
    const [first, second] = updates
    if (!first || !second) throw new Error('two updates expected')
    await space.pushUpdate(second)
    expect((await roundFor(space.id, log, withEpochs)).document?.epochStarted).toBeUndefined()
    await space.pushUpdate(Y.encodeStateAsUpdate(space.space.doc))
    const almost = await roundFor(space.id, log, withEpochs, days(29))
    expect(almost.document?.epochStarted).toBeUndefined()
    await space.pushUpdate(first)
    expect((await roundFor(space.id, log, withEpochs, days(29))).document?.epochStarted).toBe(1)
    const names = projectedRows(await space.onNewDevice(1)).map(
      ([, row]) => row.state === 'live' && row.cells[0],
    )
    expect(names.sort()).toEqual(['row 0', 'second'])
  })

  test('gives up waiting for an edit that never comes', async () => {
    const space = await withRows(1)
    const writer = openSpace({ id: space.id })
    const updates = updatesOf(writer)
    writer.update(thing, writer.insert(thing, { name: 'first' }), { name: 'second' })
    await space.pushUpdate(updates[1] ?? new Uint8Array())
    await round(log, withEpochs)
    space.space.insert(thing, { name: 'another' })
    await space.push()
    expect((await roundFor(space.id, log, withEpochs, days(31))).document?.epochStarted).toBe(1)
    expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))
  })
})

describe('removed rows', () => {
  test('are gone once their time is over, though nobody touches the space any more', async () => {
    const longAgo = () => new Date(Date.now() - 100 * DAY)
    const space = await withRows(3, longAgo)
    const [id = ''] = space.space.rowIds(space.space.schema.shape(thing))
    space.space.remove(thing, id)
    await space.push()
    expect((await roundFor(space.id, log)).document?.epochStarted).toBeUndefined()
    expect(await round(log)).toEqual([])
    await backend().sql("update space set epoch_started_at = now() - interval '91 days' where id = $1", [
      space.id,
    ])
    await backend().sql(
      "update space_snapshot set created_at = now() - interval '91 days' where space_id = $1",
      [space.id],
    )
    expect((await roundFor(space.id, log)).document).toMatchObject({ entriesMerged: 0, epochStarted: 1 })
    const left = await space.onNewDevice(1)
    expect(projectedRows(left)).toEqual(projectedRows(space.space).filter(([key]) => !key.endsWith(id)))
    expect(projectedRows(left)).toHaveLength(2)
    expect(await round(log)).toEqual([])
  })

  test('are looked for once in their time, and stay while it lasts', async () => {
    const space = await withRows(2)
    const [id = ''] = space.space.rowIds(space.space.schema.shape(thing))
    space.space.remove(thing, id)
    await space.push()
    await round(log)
    await backend().sql(
      "update space_snapshot set created_at = now() - interval '91 days' where space_id = $1",
      [space.id],
    )
    expect((await roundFor(space.id, log)).document).toMatchObject({ epochStarted: undefined })
    expect(await round(log)).toEqual([])
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })
})
