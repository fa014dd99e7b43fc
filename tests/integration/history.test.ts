import { createClient } from '@supabase/supabase-js'
import type { Space, SpaceId } from 'segue/crdt'
import { playlist, tune } from 'segue/tables'
import type { Segue } from 'segue/vue'
import { describe, expect, inject, it } from 'vitest'
import { compact, DEFAULT_POLICY, SupabaseLog, type WorkerLog } from '../../supabase/worker/index.ts'
import { device, Switch, someone } from '../setup/people.ts'

/** Aoife's list, which Brendan may edit and Vera may look at. */
async function sharedList() {
  const [aoife, brendan, vera] = await Promise.all(['aoife', 'brendan', 'vera'].map((name) => someone(name)))
  if (!aoife || !brendan || !vera) throw new Error('nobody there')
  const network = new Switch()
  const first = await device(aoife, { connectivity: network })
  const [second, third] = [await device(brendan), await device(vera)]
  const list = await first.createSpace({ kind: 'playlist', name: 'Session' })
  list.insert(playlist, { id: list.id, userRef: aoife.userId, name: 'Session' })
  await first.sync?.sync()
  for (const [guest, role] of [
    [second, 'editor'],
    [third, 'viewer'],
  ] as const) {
    const invite = await first.members?.invite(list.id, role)
    await guest.members?.acceptInvite(invite?.token ?? '')
    await guest.refreshSpaces()
    await guest.sync?.sync()
  }
  return { aoife, brendan, first, second, third, network, id: list.id }
}

function open(segue: Segue, id: SpaceId): Space {
  const space = segue.space(id)
  if (!space) throw new Error('not open')
  return space
}

const titles = (space: Space) =>
  [...space.rowIds(space.schema.shape(tune))].flatMap((id) => space.get(tune, id)?.title ?? []).sort()

/** One round of the worker for one space. */
async function compactOne(id: SpaceId, epochs: boolean): Promise<void> {
  const { url, serviceKey } = inject('backend')
  const log = new SupabaseLog(createClient(url, serviceKey, { auth: { persistSession: false } }))
  const only: WorkerLog = {
    due: async (_, after) => (after ? [] : [{ id, merge: true }]),
    base: log.base.bind(log),
    tail: log.tail.bind(log),
    writeSnapshot: log.writeSnapshot.bind(log),
    beginEpoch: log.beginEpoch.bind(log),
    purge: log.purge.bind(log),
    thin: log.thin.bind(log),
  }
  const epochWhen = { ratio: epochs ? 0 : Number.POSITIVE_INFINITY, minBytes: 0 }
  const policy = { ...DEFAULT_POLICY, epochWhen }
  const [result] = await Array.fromAsync(compact({ log: only, policy, now: () => new Date() }))
  expect(result).toMatchObject({ state: 'done' })
}

describe('the history of a space', () => {
  it('says who has changed what, and the space is what it was when somebody restores it', async () => {
    const { aoife, brendan, first, second, id } = await sharedList()
    const kept = open(first, id).insert(tune, { title: 'Kept', composer: 'Ed Reavy' })
    await first.sync?.sync()
    await second.sync?.sync()
    open(second, id).update(tune, kept, { title: 'Renamed' })
    open(second, id).insert(tune, { title: 'Added' })
    await second.sync?.sync()
    await first.sync?.sync()

    const history = first.history(id)
    const shares: number[] = []
    const [latest, before] = await history.moments({ onProgress: (share) => shares.push(share) })
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(latest?.author).toBe(brendan.userId)
    expect(before?.author).toBe(aoife.userId)
    expect(latest?.changes).toMatchObject([
      { kind: 'changed', table: 'tune', cells: [{ property: 'title', before: 'Kept', after: 'Renamed' }] },
      { kind: 'added', table: 'tune', after: { title: 'Added' } },
    ])
    expect(before?.changes.map(({ kind, table }) => `${kind} ${table}`)).toEqual([
      'added tune',
      'added playlist',
    ])
    expect(await history.moments({ before })).toEqual([])

    const then = await history.at(before ?? { epoch: 0, seq: 0 })
    expect(titles(then)).toEqual(['Kept'])
    expect(history.restore(then)).toEqual({ changed: 1, broughtBack: 0, removed: 1, left: 0 })
    await first.sync?.sync()
    await second.sync?.sync()
    expect(titles(open(second, id))).toEqual(['Kept'])
    first.undo.undo()
    await first.sync?.sync()
    await second.sync?.sync()
    expect(titles(open(second, id))).toEqual(['Added', 'Renamed'])
  })

  it('of one row goes back to its beginning, through epochs too, and one value of it can be restored', async () => {
    const { first, second, id } = await sharedList()
    const kept = open(first, id).insert(tune, { title: 'One' })
    open(first, id).insert(tune, { title: 'Other' })
    await first.sync?.sync()
    await second.sync?.sync()
    open(second, id).update(tune, kept, { title: 'Two', mode: 'D dorian' })
    await second.sync?.sync()
    await compactOne(id, true)
    await first.sync?.sync()
    await first.refreshSpaces()
    await expect.poll(() => first.spaces.find((each) => each.id === id)?.epoch).toBe(1)
    await expect.poll(() => open(first, id).get(tune, kept)?.title).toBe('Two')
    open(first, id).update(tune, kept, { title: 'Three' })
    await first.sync?.sync()
    const history = first.history(id)
    const rows = await history.ofRow(tune, kept)
    expect(rows.map(({ change, moment }) => [moment.epoch, change.kind])).toEqual([
      [1, 'changed'],
      [0, 'changed'],
      [0, 'added'],
    ])
    expect(rows[0]?.change).toMatchObject({ cells: [{ property: 'title', before: 'Two', after: 'Three' }] })
    const then = await history.at({ epoch: 0, seq: rows[2]?.moment.seq ?? 0 })
    history.restoreRow(tune, kept, then, ['title'])
    expect(open(first, id).get(tune, kept)).toMatchObject({ title: 'One', mode: 'D dorian' })
  })

  it('is open to viewers, who cannot restore, and to nobody after they have left', async () => {
    const { first, third, id } = await sharedList()
    open(first, id).insert(tune, { title: 'One' })
    await first.sync?.sync()
    await third.sync?.sync()
    const history = third.history(id)
    const [latest] = await history.moments()
    expect(latest?.changes.length).toBeGreaterThan(0)
    const then = await history.at(latest ?? { epoch: 0, seq: 0 })
    expect(() => history.restore(then)).toThrow(expect.objectContaining({ code: 'forbidden' }))
    await first.members?.remove(id, third.profile)
    await expect(history.moments()).rejects.toMatchObject({ code: 'not_a_member' })
    await expect(history.at({ epoch: 0, seq: 1 })).rejects.toMatchObject({ code: 'not_a_member' })
  })

  it('needs the network, says so, and says what is not kept any more', async () => {
    const { first, network, id } = await sharedList()
    const history = first.history(id)
    await expect(history.at({ epoch: 7, seq: 1 })).rejects.toMatchObject({ code: 'history_gone' })
    network.set(false)
    await expect(history.moments()).rejects.toMatchObject({ code: 'history_offline' })
    await expect(history.at({ epoch: 0, seq: 1 })).rejects.toMatchObject({ code: 'history_offline' })
    const own = await first.createSpace({ kind: 'playlist', name: 'New' })
    await expect(first.history(own.id).moments()).rejects.toMatchObject({ code: 'no_history' })
  })
})
