import * as fc from 'fast-check'
import { toBase64 } from 'lib0/buffer'
import { newRowId } from 'segue/crdt'
import { beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { LogGapError, type WorkerLog } from '../../supabase/worker/index.ts'
import { edits, perform } from '../helpers/random-edits.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows, updatesOf } from '../helpers/spaces.ts'
import { type Someone, someone } from '../setup/people.ts'
import {
  delegate,
  eager,
  LoggedSpace,
  ownBackend,
  round,
  roundFor,
  serviceClient,
  workerLog,
} from './scene.ts'

const backend = ownBackend()
let aoife: Someone
let log: WorkerLog

beforeEach(async () => {
  aoife = await someone('aoife', backend())
  log = workerLog(backend())
})

const snapshots = (id: string) =>
  backend().sql<{ epoch: number; seq: string; by_worker: boolean }>(
    'select epoch, seq::int, by_worker from space_snapshot where space_id = $1 order by epoch, seq',
    [id],
  )

const logged = async (id: string) =>
  (
    await backend().sql<{ seq: number }>(
      'select seq::int from space_update where space_id = $1 order by seq',
      [id],
    )
  ).map(({ seq }) => seq)

const age = (id: string, upTo: number, days: number) =>
  backend().sql(
    "update space_update set created_at = now() - $3 * interval '1 day' where space_id = $1 and seq <= $2",
    [id, upTo, days],
  )

/** A space with some rows, each its own entry in the log. */
async function withRows(count: number): Promise<LoggedSpace> {
  const space = await LoggedSpace.create(aoife)
  for (let index = 0; index < count; index++) space.space.insert(thing, { name: `row ${index}` })
  await space.push()
  return space
}

describe('snapshots', () => {
  test('a snapshot and the log after it are the whole log, after any history and any number of rounds', async () => {
    for (const list of fc.sample(fc.array(edits, { minLength: 5, maxLength: 30 }), 8)) {
      const space = await LoggedSpace.create(aoife)
      for (const [index, edit] of list.entries()) {
        perform(space.space, edit)
        await space.push()
        if (index % 9 === 4) await round(log)
      }
      expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
      await round(log)
      expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
    }
  })

  test('are written when there is enough to merge, by entries or by bytes', async () => {
    const space = await withRows(3)
    const isDue = async (entries: number, bytes: number) => {
      const results = await round(log, eager({ snapshotEvery: { entries, bytes } }))
      return results.some((result) => result.space === space.id)
    }
    expect(await isDue(4, 1 << 20)).toBe(false)
    expect(await isDue(3, 1 << 20)).toBe(true)
    expect(await isDue(1, 1)).toBe(false)
    space.space.insert(thing, { name: 'x'.repeat(2_000) })
    await space.push()
    expect(await isDue(4, 3_000)).toBe(false)
    expect(await isDue(4, 2_000)).toBe(true)
  })

  test('of the worker, without a use for history, are the newest two, and take the place of older ones of members', async () => {
    const space = await withRows(1)
    const write = (seq: number) =>
      space.call('write_snapshot', {
        p_space: space.id,
        p_seq: seq,
        p_state: toBase64(Y.encodeStateAsUpdateV2(space.space.doc)),
      })
    await write(1)
    expect(await roundFor(space.id, log)).toMatchObject({ document: { entriesMerged: 1 } })
    expect(await snapshots(space.id)).toEqual([{ epoch: 0, seq: 1, by_worker: true }])
    for (const seq of [2, 3, 4]) {
      space.space.insert(thing, { name: 'more' })
      await space.push()
      if (seq === 3) await write(seq)
      else await round(log)
    }
    expect(await snapshots(space.id)).toEqual([
      { epoch: 0, seq: 2, by_worker: true },
      { epoch: 0, seq: 4, by_worker: true },
    ])
  })

  test("never build on a member's, which may hold anything", async () => {
    const space = await withRows(3)
    const forged = openSpace()
    forged.insert(thing, { name: 'forged' })
    await space.call('write_snapshot', {
      p_space: space.id,
      p_seq: 2,
      p_state: toBase64(Y.encodeStateAsUpdateV2(forged.doc)),
    })
    await round(log)
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
    expect(await snapshots(space.id)).toEqual([{ epoch: 0, seq: 3, by_worker: true }])
  })

  test('that cannot be read are made again from the one before', async () => {
    const space = await withRows(2)
    await round(log)
    space.space.insert(thing, { name: 'more' })
    await space.push()
    await round(log)
    await backend().sql("update space_snapshot set state = 'broken' where space_id = $1 and seq = 3", [
      space.id,
    ])
    space.space.insert(thing, { name: 'still more' })
    await space.push()
    await round(log)
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })
})

describe('the log', () => {
  test('loses only what is past its time, up to a snapshot of the worker', async () => {
    const space = await withRows(5)
    const never = eager({
      snapshotEvery: { entries: 1_000, bytes: 1 << 30 },
      checkpointEveryMs: Number.MAX_SAFE_INTEGER,
    })
    await age(space.id, 2, 29)
    await round(log, never)
    expect(await logged(space.id)).toEqual([1, 2, 3, 4, 5])
    await space.call('write_snapshot', {
      p_space: space.id,
      p_seq: 5,
      p_state: toBase64(new Uint8Array([1])),
    })
    await age(space.id, 2, 31)
    expect(await log.purge(space.id, 86_400_000)).toBe(0)
    // Past its time and in no snapshot: so one is written first, however little there is to merge.
    expect(await roundFor(space.id, log, never)).toMatchObject({
      entriesPurged: 0,
      document: { entriesMerged: 5 },
    })
    // History could not go on from between two snapshots.
    await age(space.id, 4, 31)
    expect(await round(log, never)).toEqual([])
    expect(await logged(space.id)).toEqual([1, 2, 3, 4, 5])
    await age(space.id, 5, 31)
    space.space.insert(thing, { name: 'new' })
    await space.push()
    expect(await roundFor(space.id, log, never)).toMatchObject({ entriesPurged: 5, document: undefined })
    expect(await logged(space.id)).toEqual([6])
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })

  test('never has holes, though transactions may commit in another order than they began', async () => {
    const space = await withRows(4)
    await round(log)
    await age(space.id, 4, 31)
    await backend().sql('update space_update set created_at = now() where space_id = $1 and seq = 2', [
      space.id,
    ])
    expect(await log.purge(space.id, 86_400_000)).toBe(0)
    expect(await logged(space.id)).toEqual([1, 2, 3, 4])
  })

  test('is purged only for a length of time that is one', async () => {
    const space = await withRows(1)
    await round(log)
    const { error } = await serviceClient(backend()).rpc('purge_log', { p_space: space.id, p_seconds: null })
    expect(error?.details).toBe('malformed')
    expect(await logged(space.id)).toEqual([1])
  })
})

describe('trouble', () => {
  test('a poisoned update is left out and reported; what comes before and after it counts', async () => {
    const space = await withRows(2)
    await space.pushUpdate(new TextEncoder().encode('no update'))
    space.space.insert(thing, { name: 'after' })
    await space.push()
    const { document } = await roundFor(space.id, log)
    expect(document).toMatchObject({ entriesMerged: 4 })
    expect(document?.poisoned).toEqual([
      { seq: 3, client: space.client, n: 3, reason: expect.stringContaining('not a Yjs update') },
    ])
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })

  test('a space that fails does not stop the others, and stays as it was', async () => {
    const [broken, ...others] = [await withRows(3), await withRows(1), await withRows(1)]
    await backend().sql('delete from space_update where space_id = $1 and seq = 2', [broken.id])
    const results = await round(log)
    const states = new Map(results.map((result) => [result.space, result]))
    expect(states.get(broken.id)).toMatchObject({ state: 'failed', error: expect.any(LogGapError) })
    for (const { id } of others) expect(states.get(id)).toMatchObject({ state: 'done' })
    expect(await logged(broken.id)).toEqual([1, 3])
    expect(await snapshots(broken.id)).toEqual([])
    await backend().sql('delete from space where id = $1', [broken.id])
  })

  test('a document full of tables, which would take hours to encode, is left alone', async () => {
    const space = await LoggedSpace.create(aoife)
    space.space.doc.transact(() => {
      for (let table = 0; table <= 1_000; table++) space.space.doc.getMap(`t${table}`).set('x', 1)
    })
    await space.push()
    const result = (await round(log)).find((each) => each.space === space.id)
    expect(result).toMatchObject({ state: 'failed', error: { code: 'too_many_tables' } })
    expect(await logged(space.id)).toEqual([1, 2])
    await backend().sql('delete from space where id = $1', [space.id])
  })

  test('a space that is deleted meanwhile is no trouble', async () => {
    const space = await withRows(1)
    const result = await roundFor(space.id, {
      ...delegate(log),
      base: async (id, before) => {
        if (id === space.id) await backend().sql('delete from space where id = $1', [id])
        return log.base(id, before)
      },
    })
    expect(result).toMatchObject({ state: 'done', document: undefined })
  })

  test('a log that another worker has purged meanwhile is read again from its snapshot', async () => {
    const space = await withRows(4)
    await round(log)
    space.space.insert(thing, { name: 'more' })
    await space.push()
    let meanwhile = true
    const result = await roundFor(space.id, {
      ...delegate(log),
      tail: async (id, epoch, after) => {
        if (id === space.id && meanwhile) {
          meanwhile = false
          space.space.insert(thing, { name: newRowId() })
          await space.push()
          await round(log)
          await log.purge(space.id, 0)
        }
        return log.tail(id, epoch, after)
      },
    })
    expect(result.document).toBeDefined()
    expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
  })

  test('two workers at once do what one would have done', async () => {
    const spaces = [await withRows(4), await withRows(4), await withRows(4)]
    for (const space of spaces) {
      space.overwrite(200)
      await space.push()
    }
    const policy = eager({ epochWhen: { ratio: 1.5, minBytes: 0 } })
    const rounds = await Promise.all([round(log, policy), round(workerLog(backend()), policy)])
    expect(rounds.flat().filter(({ state }) => state === 'failed')).toEqual([])
    for (const space of spaces) {
      expect(projectedRows(await space.onNewDevice(1))).toEqual(projectedRows(space.space))
      expect((await snapshots(space.id)).at(-1)).toEqual({ epoch: 1, seq: 5, by_worker: true })
    }
  })
})

test('an edit is in the snapshot though what it builds on comes later', async () => {
  const space = await LoggedSpace.create(aoife)
  const writer = openSpace({ id: space.id })
  const updates = updatesOf(writer)
  const id = writer.insert(thing, { name: 'first' })
  writer.update(thing, id, { name: 'second' })
  const [first, second] = updates
  if (!first || !second) throw new Error('two updates expected')
  await space.pushUpdate(second)
  await round(log)
  await space.pushUpdate(first)
  await round(log)
  expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(writer))
})
