import { createClient } from '@supabase/supabase-js'
import type { SpaceId } from 'segue/crdt'
import { note, tune } from 'segue/tables'
import type { Segue } from 'segue/vue'
import { describe, expect, inject, it } from 'vitest'
import { compact, DEFAULT_POLICY, SupabaseLog } from '../../supabase/worker/index.ts'
import { device, Switch, someone } from '../setup/people.ts'

/** The worker begins a new epoch of one space, as it does for a document that is mostly history. */
async function beginEpoch(id: SpaceId): Promise<void> {
  const { url, serviceKey } = inject('backend')
  const log = new SupabaseLog(createClient(url, serviceKey, { auth: { persistSession: false } }))
  const policy = {
    ...DEFAULT_POLICY,
    snapshotEvery: { entries: 1, bytes: 1 },
    epochWhen: { ratio: 0, minBytes: 0 },
  }
  const only = {
    due: async (_policy: unknown, after?: SpaceId) => (after ? [] : [{ id, merge: true }]),
    base: log.base.bind(log),
    tail: log.tail.bind(log),
    writeSnapshot: log.writeSnapshot.bind(log),
    beginEpoch: log.beginEpoch.bind(log),
    purge: log.purge.bind(log),
    thin: log.thin.bind(log),
  }
  const [result] = await Array.fromAsync(compact({ log: only, policy, now: () => new Date() }))
  expect(result).toMatchObject({ state: 'done', document: { epochStarted: 1 } })
}

const titles = ({ db }: Segue) =>
  db
    .select({ title: tune.title })
    .from(tune)
    .orderBy(tune.title)
    .all()
    .map(({ title }) => title)

const synced = (...devices: Segue[]) =>
  Promise.all(
    devices.map((segue) =>
      expect
        .poll(
          async () => {
            await segue.sync?.sync()
            return segue.status.state
          },
          { timeout: 10_000 },
        )
        .toBe('synced'),
    ),
  )

describe('a new epoch', () => {
  it('reaches a device that is online, and one that was away with unsent edits loses none', async () => {
    const person = await someone('epochal')
    const network = new Switch()
    const laptop = await device(person)
    const library = await laptop.openLibrary()
    const kesh = library.insert(tune, { title: 'The Kesh' })
    library.insert(note, { tuneRef: kesh, userRef: person.userId, noteText: 'one two' })
    await laptop.sync?.sync()
    const phone = await device(person, { connectivity: network })
    await phone.openLibrary()
    await synced(phone)

    network.set(false)
    await phone.sync?.stopRealtime()
    const away = phone.space(library.id)
    const [written] = phone.db.select().from(note).all()
    away?.update(tune, kesh, { mode: 'G major' })
    away?.update(note, written?.id ?? '', { noteText: 'one two three' })
    away?.insert(tune, { title: 'made offline' })
    library.update(tune, kesh, { title: 'The Kesh jig' })
    library.update(note, written?.id ?? '', { noteText: 'zero one two' })
    await synced(laptop)

    await beginEpoch(library.id)
    await synced(laptop)
    await expect.poll(() => laptop.space(library.id) !== library).toBe(true)
    laptop.space(library.id)?.insert(tune, { title: 'of the new epoch' })
    await synced(laptop)

    network.set(true)
    phone.sync?.startRealtime()
    const expected = ['The Kesh jig', 'made offline', 'of the new epoch']
    await synced(phone)
    await expect.poll(() => titles(phone), { timeout: 10_000 }).toEqual(expected)
    await synced(phone, laptop)
    await expect.poll(() => titles(laptop), { timeout: 10_000 }).toEqual(expected)
    for (const each of [phone, laptop]) {
      expect(each.space(library.id)?.get(tune, kesh)).toMatchObject({
        mode: 'G major',
        title: 'The Kesh jig',
      })
      expect(each.db.select().from(note).all()).toMatchObject([{ noteText: 'zero one two three' }])
    }

    const tablet = await device(person)
    await tablet.openLibrary()
    await synced(tablet)
    expect(titles(tablet)).toEqual(expected)
  })
})
