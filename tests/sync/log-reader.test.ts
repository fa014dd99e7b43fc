import { toBase64 } from 'lib0/buffer'
import { LogApi, systemClock } from 'segue/supabase'
import { expect, test } from 'vitest'
import { MemorySpaceStore } from '../../src/sync/device/memory-store.ts'
import { broadcastName } from '../../supabase/client/edit-message.ts'
import { LogReader } from '../../supabase/client/log-reader.ts'
import { SendBudget } from '../../supabase/client/send-budget.ts'
import { Traffic } from '../../supabase/client/traffic.ts'
import { compact, DEFAULT_POLICY } from '../../supabase/worker/index.ts'
import { thing } from '../helpers/sample-schema.ts'
import { openSpace, projectedRows } from '../helpers/spaces.ts'
import { ModelServer } from '../simulation/model-server.ts'
import { simWorkerLog } from '../simulation/sim-worker.ts'

const person = { userId: '11111111-1111-4111-8111-111111111111', email: 'aoife@example.org' }

test('edits that wait are found in the log though it has been summed up, by whatever name a peer has pushed them', async () => {
  const server = new ModelServer(() => Date.now())
  const space = openSpace()
  const store = new MemorySpaceStore({ space, epoch: 0, clock: systemClock })
  await server.call(person, 'create_space', { p_id: space.id, p_kind: 'playlist', p_name: 'Session' })
  space.insert(thing, { name: 'a', notes: 'words' })
  const entries = await store.seal()
  for (const { update } of entries) {
    const { client, n } = broadcastName(update)
    const p_updates = [{ n, update: toBase64(update) }]
    await server.call(person, 'push_updates', { p_space: space.id, p_epoch: 0, p_client: client, p_updates })
  }
  const worker = simWorkerLog((name, args) => server.call('worker', name, args))
  const policy = { ...DEFAULT_POLICY, snapshotEvery: { entries: 1, bytes: 1 } }
  await Array.fromAsync(compact({ log: worker, policy, now: () => new Date() }))

  const log = new LogApi((name, args = {}) => server.call(person, name, args))
  const readerOf = (own: typeof store, its: typeof space) =>
    new LogReader({
      ...{ space: its, store: own, clock: systemClock, log, traffic: new Traffic(), origin: 'log' },
      budget: new SendBudget(systemClock, 100),
      onRole: () => {},
      onProgress: () => {},
    })
  const { signal } = new AbortController()
  expect(await readerOf(store, space).read(signal)).toMatchObject({ taken: 1 })
  expect([store.pending, store.cursor]).toEqual([[], 1])

  const fresh = openSpace({ id: space.id })
  const other = new MemorySpaceStore({ space: fresh, epoch: 0, clock: systemClock })
  expect(await readerOf(other, fresh).read(signal)).toMatchObject({ taken: 0 })
  expect([projectedRows(fresh), other.cursor]).toEqual([projectedRows(space), 1])
})
