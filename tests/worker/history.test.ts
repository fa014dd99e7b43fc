import { fromBase64 } from 'lib0/buffer'
import { applySnapshot, applyUpdates, Space } from 'segue/crdt'
import { beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_POLICY, type WorkerLog } from '../../supabase/worker/index.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { projectedRows, updatesOf } from '../helpers/spaces.ts'
import { type Someone, someone } from '../setup/people.ts'
import { ALWAYS, delegate, eager, LoggedSpace, ownBackend, round, roundFor, workerLog } from './scene.ts'

const DAY = 86_400_000
const backend = ownBackend()
let aoife: Someone
let log: WorkerLog

beforeEach(async () => {
  aoife = await someone('aoife', backend())
  log = workerLog(backend())
})

interface Moment {
  readonly epoch: number
  readonly from: number | null
  readonly seq: number
  readonly author: string | null
  readonly since: number
  readonly until: number
  readonly edits: number
}

const moments = (space: LoggedSpace, before: number | null = null, limit = 50) =>
  space.call('space_moments', { p_space: space.id, p_before: before, p_limit: limit }) as Promise<Moment[]>

/** The worker's log, as if there were no other space. */
const only = ({ id }: LoggedSpace): WorkerLog => ({
  ...delegate(log),
  due: async (policy, after) => (await log.due(policy, after)).filter((due) => due.id === id),
})

/** Everything in the log grows older by so many days. */
const pass = async (id: string, days: number) => {
  for (const [table, column] of [
    ['space_update', 'created_at'],
    ['space_snapshot', 'created_at'],
    ['space_snapshot', 'logged_at'],
  ])
    await backend().sql(
      `update ${table} set ${column} = ${column} - $2 * interval '1 day' where space_id = $1`,
      [id, days],
    )
}

const checkpoints = async (id: string) =>
  (
    await backend().sql<{ seq: number }>(
      'select seq::int from space_snapshot where space_id = $1 and by_worker order by seq, epoch',
      [id],
    )
  ).map(({ seq }) => seq)

/** The space at a moment, from a checkpoint and the log after it. */
async function at(space: LoggedSpace, { epoch, seq }: Pick<Moment, 'epoch' | 'seq'>): Promise<Space> {
  const past = new Space({ id: space.id, schema: sampleSchema })
  const base = await space.call('read_checkpoint', { p_space: space.id, p_epoch: epoch, p_at: seq })
  let since = 0
  if (isRecord(base)) {
    applySnapshot(past, fromBase64(String(base.part)), 'past')
    since = Number(base.seq)
  }
  const page = await space.call('pull_updates', { p_space: space.id, p_since: since, p_epoch: epoch })
  const rows = isRecord(page) && Array.isArray(page.updates) ? page.updates.filter(isRecord) : []
  const updates = rows.filter((row) => Number(row.seq) <= seq)
  if (updates.length !== seq - since) throw new Error('The log has a hole.')
  applyUpdates(
    past,
    updates.map(({ update }) => fromBase64(String(update))),
    'past',
  )
  return past
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const names = (space: Space) =>
  projectedRows(space).map(([, row]) => (row.state === 'live' ? row.cells[0] : row.state))

async function edit(space: LoggedSpace, name: string, document = space.space): Promise<void> {
  const updates = updatesOf(document)
  document.insert(thing, { name })
  for (const update of updates) await space.pushUpdate(update)
}

describe('moments', () => {
  test('are edits of one person without a pause, newest first, a page at a time', async () => {
    const space = await LoggedSpace.create(aoife)
    for (const name of ['a', 'b', 'c']) await edit(space, name)
    await pass(space.id, 1)
    for (const name of ['d', 'e']) await edit(space, name)
    const brendan = await someone('brendan', backend())
    await backend().sql('update space_update set author_id = $2 where space_id = $1 and seq = 5', [
      space.id,
      brendan.userId,
    ])
    const found = await moments(space)
    expect(found).toMatchObject([
      { epoch: 0, from: 4, seq: 5, author: brendan.userId, edits: 1 },
      { epoch: 0, from: 3, seq: 4, author: aoife.userId, edits: 1 },
      { epoch: 0, from: 0, seq: 3, author: aoife.userId, edits: 3 },
    ])
    expect(Math.abs(Number(found[2]?.until) + DAY - Date.now())).toBeLessThan(60_000)
    expect(await moments(space, null, 2)).toEqual(found.slice(0, 2))
    expect(await moments(space, 4)).toEqual(found.slice(2))
    expect(await moments(space, 1)).toEqual([])
    expect(names(await at(space, { epoch: 0, seq: 3 })).sort()).toEqual(['a', 'b', 'c'])
  })

  test('of a long log come in parts, and none is left out', async () => {
    const space = await LoggedSpace.create(aoife)
    await edit(space, 'a')
    await backend().sql(
      `insert into space_update (space_id, seq, client_id, n, author_id, epoch, update, created_at)
       select space_id, seq + step, client_id, n + step, author_id, epoch, update,
         created_at + (step / 3000) * interval '1 hour'
       from space_update, generate_series(1, 11999) step where space_id = $1`,
      [space.id],
    )
    const all: Moment[] = []
    for (let before: number | null = null; before === null || before > 1; ) {
      const page = await moments(space, before)
      all.push(...page)
      before = Number(page.at(-1)?.from) + 1
    }
    expect(all[0]?.seq).toBe(12_000)
    expect(all.at(-1)?.from).toBe(0)
    for (const [index, moment] of all.slice(1).entries()) expect(moment.seq).toBe(all[index]?.from)
    expect(all.reduce((sum, { edits }) => sum + edits, 0)).toBe(12_000)
  })
})

describe('what is kept', () => {
  test('every moment can be read as it was, through checkpoints, purges and epochs', async () => {
    const space = await LoggedSpace.create(aoife)
    const states: { names: unknown[]; moment: Moment }[] = []
    const policy = { ...DEFAULT_POLICY, logRetentionMs: 7 * DAY }
    const own = only(space)
    let purged = 0
    let document = space.space
    for (let day = 0; day < 24; day++) {
      if (day > 0) await pass(space.id, 1)
      await edit(space, `day ${day}`, document)
      if (day === 12) {
        const result = await roundFor(space.id, own, { ...policy, ...eager({ epochWhen: ALWAYS }) })
        expect(result.document?.epochStarted).toBe(1)
        space.epoch = 1
        document = await space.onNewDevice()
      } else if (day % 3 === 0) {
        const [result] = await round(own, policy)
        if (result?.state === 'done') purged += result.entriesPurged
      }
      const [newest] = await moments(space)
      if (newest?.from != null) states.push({ names: names(document).sort(), moment: newest })
    }
    expect(purged).toBeGreaterThan(5)
    const listed = await moments(space, null, 200)
    expect(listed.length).toBeGreaterThan(12)
    for (const moment of listed) {
      const state = states.find((each) => each.moment.seq === moment.seq)
      expect(names(await at(space, moment)).sort()).toEqual(state?.names)
    }
    expect(listed.filter(({ from }) => from === null).length).toBeGreaterThan(1)
  })

  test('checkpoints get fewer with age, and end', async () => {
    const space = await LoggedSpace.create(aoife)
    await edit(space, 'a')
    await roundFor(space.id, log)
    // Four a day for 400 days.
    await backend().sql(
      `insert into space_snapshot (space_id, epoch, seq, state, by_worker, logged_at)
       select space_id, epoch, step, state, true, now() - (1600 - step) * interval '6 hours'
       from space_snapshot, generate_series(2, 1600) step where space_id = $1`,
      [space.id],
    )
    await backend().sql('delete from space_update where space_id = $1', [space.id])
    await backend().sql('update space set head_seq = 1600 where id = $1', [space.id])
    await log.thin(space.id, DEFAULT_POLICY.history)
    const kept = (await checkpoints(space.id)).map((seq) => (1_600 - seq) / 4)
    const within = (from: number, to: number) => kept.filter((days) => from < days && days <= to).length
    expect(within(-1, 0.9)).toBe(4)
    expect([29, 30, 31]).toContain(within(1, 30))
    expect([47, 48, 49]).toContain(within(31, 364))
    expect(within(366, 400)).toBe(0)
    expect(await moments(space, null, 200)).toHaveLength(kept.length)
  })

  test('no more than fits, the newest first', async () => {
    const space = await LoggedSpace.create(aoife)
    for (let index = 0; index < 6; index++) {
      await edit(space, 'x'.repeat(1_000))
      await round(only(space), eager({ logRetentionMs: 1 }))
      await pass(space.id, 2)
    }
    expect(await checkpoints(space.id)).toEqual([1, 2, 3, 4, 5, 6])
    const history = { ...DEFAULT_POLICY.history, maxBytes: 15_000 }
    await log.thin(space.id, history)
    // 6, 5 and 4 thousand bytes.
    expect(await checkpoints(space.id)).toEqual([5, 6])
    await log.thin(space.id, { ...history, maxBytes: 0 })
    expect(await checkpoints(space.id)).toEqual([5, 6])
  })

  test('a checkpoint is made of what a day has brought, however little', async () => {
    const space = await LoggedSpace.create(aoife)
    await edit(space, 'a')
    expect(await round(only(space), DEFAULT_POLICY)).toEqual([])
    await pass(space.id, 1.1)
    expect(await roundFor(space.id, log, DEFAULT_POLICY)).toMatchObject({ document: { entriesMerged: 1 } })
    expect(await round(only(space), DEFAULT_POLICY)).toEqual([])
  })
})

test('a snapshot of a member is no checkpoint', async () => {
  const space = await LoggedSpace.create(aoife)
  await edit(space, 'a')
  await space.call('write_snapshot', { p_space: space.id, p_seq: 1, p_state: 'AAEC' })
  expect(await space.call('read_checkpoint', { p_space: space.id, p_epoch: 0, p_at: 9 })).toBeNull()
  await backend().sql('delete from space_update where space_id = $1', [space.id])
  expect(await moments(space)).toEqual([])
})
