import { createClient } from '@supabase/supabase-js'
import { LogApi, RefusedError, type Remote } from 'segue/supabase'
import { Segue } from 'segue/vue'
import { afterEach, expect, test } from 'vitest'
import { type CatalogEntry, catalogInIndexedDb } from '../../src/sync/device/catalog.ts'
import { browserDevice } from '../../src/sync/device/index.ts'
import { compact, DEFAULT_POLICY } from '../../supabase/worker/index.ts'
import { databaseName } from '../helpers/device.ts'
import { sql } from '../helpers/mirrors.ts'
import { namesIn } from '../helpers/person.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { ModelServer } from '../simulation/model-server.ts'
import { ServerRefusal } from '../simulation/server.ts'
import { simWorkerLog } from '../simulation/sim-worker.ts'

const person = { userId: '11111111-1111-4111-8111-111111111111', email: 'aoife@example.org' }
/** Never asked: the remote stands in for it. */
const supabase = createClient('http://nowhere.invalid', 'no key', {
  auth: { persistSession: false, autoRefreshToken: false },
})

const opened: Segue[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((segue) => segue.destroy()))
})

/** A person's device and a server, whose answers to one function can be held back. */
function scene() {
  const name = databaseName()
  const server = new ModelServer(() => Date.now())
  let held: { readonly function: string; readonly until: Promise<void>; reached: () => void } | undefined
  const log = new LogApi(async (called, args = {}) => {
    const hold = held?.function === called ? held : undefined
    if (hold) held = undefined
    hold?.reached()
    await hold?.until
    try {
      return await server.call(person, called, args)
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error
      throw new RefusedError(error.detail, error.message, error.hint)
    }
  })
  const remote: Remote = {
    log,
    openChannel: () => ({ joined: false, send: () => false, close: async () => {} }),
  }
  return {
    /** Holds back the next answer of a function: `reached` resolves once it is asked for, `release` lets it go. */
    hold(called: string) {
      const release = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      held = { function: called, until: release.promise, reached: reached.resolve }
      return { reached: reached.promise, release: release.resolve }
    },
    async beginEpoch() {
      const always = { ratio: 0, minBytes: 0 }
      const policy = { ...DEFAULT_POLICY, snapshotEvery: { entries: 1, bytes: 1 }, epochWhen: always }
      const worker = simWorkerLog((called, args) => server.call('worker', called, args))
      await Array.fromAsync(compact({ log: worker, policy, now: () => new Date() }))
    },
    catalog: () => catalogInIndexedDb(`${name}/${person.userId}`),
    async open() {
      const segue = await Segue.open({
        ...{ schema: sampleSchema, profile: person.userId, sql },
        device: (onHealth) => browserDevice(name, person.userId, onHealth),
        remote: { supabase, connectivity: { online: true, onChange: () => () => {} }, remote },
      })
      opened.push(segue)
      return segue
    },
  }
}

const synced = (segue: Segue) => expect.poll(() => segue.status.state, { timeout: 10_000 }).toBe('synced')

test('edits that are dropped while a switch of epochs is under way do not come back, and nothing else goes', async () => {
  const { hold, beginEpoch, open } = scene()
  const segue = await open()
  const { id } = await segue.createSpace({ kind: 'playlist', name: 'Session' })
  segue.space(id)?.insert(thing, { name: 'kept' })
  await segue.sync?.sync()
  await beginEpoch()
  const snapshot = hold('read_snapshot')
  segue.space(id)?.insert(thing, { name: 'dropped' })
  await snapshot.reached
  await segue.discardRefused(id)
  await expect.poll(() => segue.spaces[0]?.epoch, { timeout: 10_000 }).toBe(1)
  snapshot.release()
  await synced(segue)
  segue.space(id)?.insert(thing, { name: 'new' })
  await segue.sync?.sync()
  await segue.destroy()

  const again = await open()
  await synced(again)
  expect(namesIn(again)).toEqual(['kept', 'new'])
})

test('an edit made just before the app is closed in the middle of a switch is there afterwards', async () => {
  const found: string[][] = []
  const moments = Array.from({ length: 24 }, (_, index) => index)
  for (const moment of moments) {
    const { hold, beginEpoch, open } = scene()
    const segue = await open()
    const { id } = await segue.createSpace({ kind: 'playlist', name: 'Session' })
    segue.space(id)?.insert(thing, { name: 'early' })
    await segue.sync?.sync()
    await beginEpoch()
    const snapshot = hold('read_snapshot')
    void segue.sync?.sync()
    await snapshot.reached
    snapshot.release()
    for (let turn = 0; turn < moment; turn++) await new Promise((resolve) => setImmediate(resolve))
    segue.space(id)?.insert(thing, { name: 'late' })
    await segue.destroy()
    const again = await open()
    await synced(again)
    found.push(namesIn(again))
    await again.destroy()
  }
  expect(found).toEqual(moments.map(() => ['early', 'late']))
}, 60_000)

test('an edit of the old document by somebody who has not let go of it yet comes along', async () => {
  const { beginEpoch, open } = scene()
  const segue = await open()
  const old = await segue.createSpace({ kind: 'playlist', name: 'Session' })
  old.insert(thing, { name: 'early' })
  await segue.sync?.sync()
  await beginEpoch()
  const stop = segue.observe(() => {
    if (segue.space(old.id) === old) return
    stop()
    old.insert(thing, { name: 'late' })
  })
  await segue.sync?.sync()
  await expect.poll(() => namesIn(segue), { timeout: 10_000 }).toEqual(['early', 'late'])
  expect(segue.space(old.id)).not.toBe(old)
})

test('a tab that writes of a space as it knew it, in the old epoch, does not take the new one back', async () => {
  const { beginEpoch, open, catalog } = scene()
  const segue = await open()
  const { id } = await segue.createSpace({ kind: 'playlist', name: 'Session' })
  segue.space(id)?.insert(thing, { name: 'a' })
  await segue.sync?.sync()
  const stored = await catalog()
  const [before] = await stored.all()
  await beginEpoch()
  await segue.sync?.sync()
  await expect.poll(() => segue.spaces[0]?.epoch, { timeout: 10_000 }).toBe(1)
  const current = segue.space(id)
  await stored.write(id, { ...(before as CatalogEntry) })
  await segue.sync?.sync()
  await expect.poll(stored.all, { timeout: 10_000 }).toMatchObject([{ id, epoch: 1 }])
  expect([segue.space(id), segue.spaces[0]?.epoch]).toEqual([current, 1])
  stored.close()
})
