import { asc, eq } from 'drizzle-orm'
import { conflict, type Mirror, verify } from 'segue/bridge'
import { orderKeyAt, orderKeysBetween, type Space, type SpaceId } from 'segue/crdt'
import { note, playlist, playlistTune, tag, tune } from 'segue/tables'
import type { Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import { describe, expect, it } from 'vitest'
import { device, type Someone, Switch, someone } from '../setup/people.ts'

/** Two people who share a playlist with tunes A to E. */
async function sharedPlaylist() {
  const [aoife, brendan] = await Promise.all([someone('aoife'), someone('brendan')])
  const networks = { aoife: new Switch(), brendan: new Switch() }
  const [first, second] = await Promise.all([
    device(aoife, { connectivity: networks.aoife }),
    device(brendan, { connectivity: networks.brendan }),
  ])
  const list = await first.createSpace({ kind: 'playlist', name: 'Session' })
  const positions = orderKeysBetween(null, null, 5)
  list.transact(() => {
    list.insert(playlist, { id: list.id, userRef: aoife.userId, name: 'Session' })
    for (const [index, title] of ['A', 'B', 'C', 'D', 'E'].entries()) {
      list.insert(tune, { id: title, title })
      list.insert(playlistTune, { playlistRef: list.id, tuneRef: title, position: positions[index] ?? '' })
    }
  })
  await first.sync?.sync()
  await join(first, second, list.id)
  await settled([first, second], list.id)
  return { aoife, brendan, first, second, networks, id: list.id }
}

async function join(
  owner: Segue,
  guest: Segue,
  id: SpaceId,
  role: 'editor' | 'viewer' = 'editor',
): Promise<void> {
  const invite = await owner.members?.invite(id, role)
  await guest.members?.acceptInvite(invite?.token ?? '')
  await guest.refreshSpaces()
}

function open(segue: Segue, id: SpaceId): Space {
  const space = segue.space(id)
  if (!space) throw new Error('not open')
  return space
}

const titles = (segue: Segue, id: SpaceId) =>
  segue.db
    .select({ title: tune.title })
    .from(playlistTune)
    .innerJoin(tune, eq(tune.id, playlistTune.tuneRef))
    .where(eq(playlistTune.spaceId, id))
    .orderBy(asc(playlistTune.position), asc(playlistTune.id))
    .all()
    .map(({ title }) => title)

const rowsOf = (mirror: Mirror, id: SpaceId) =>
  ['tune', 'playlist', 'playlist_tune', 'note', 'tag', 'segue_trash'].map((table) =>
    mirror.query(`select * from ${table} where space_id = ?`, [id]),
  )

/** Waits until every device has pushed and merged everything and shows the same rows; checks each mirror. */
async function settled(devices: Segue[], id: SpaceId): Promise<void> {
  const [reference, ...others] = devices
  if (!reference) return
  for (const { sync } of devices) await sync?.sync()
  for (const { sync } of devices) await sync?.sync()
  for (const other of others) {
    await expect
      .poll(() => rowsOf(other.mirror, id), { timeout: 10_000 })
      .toEqual(rowsOf(reference.mirror, id))
  }
  const sql = await initSqlJs()
  for (const { mirror } of devices) expect(verify(sql, mirror)).toEqual([])
}

async function move(segue: Segue, id: SpaceId, title: string, index: number): Promise<void> {
  const space = open(segue, id)
  const others = segue.db
    .select({ position: playlistTune.position, id: playlistTune.tuneRef })
    .from(playlistTune)
    .where(eq(playlistTune.spaceId, id))
    .orderBy(asc(playlistTune.position), asc(playlistTune.id))
    .all()
    .filter((row) => row.id !== title)
  space.update(playlistTune, `${id}:${title}`, {
    position: orderKeyAt(
      others.map(({ position }) => position),
      index,
    ),
  })
}

describe('two people', () => {
  it("an edit appears on the other's screen without anybody syncing", async () => {
    const { first, second, id } = await sharedPlaylist()
    await expect.poll(() => second.sync?.status.state, { timeout: 10_000 }).toBe('synced')
    open(first, id).update(tune, 'A', { title: 'A reel' })
    await expect.poll(() => titles(second, id), { timeout: 3_000 }).toContain('A reel')
  })

  it('edits made offline on both sides merge when they come back, in either order', async () => {
    for (const order of [
      ['aoife', 'brendan'],
      ['brendan', 'aoife'],
    ] as const) {
      const { first, second, networks, id, aoife } = await sharedPlaylist()
      await Promise.all([first.sync?.stopRealtime(), second.sync?.stopRealtime()])
      networks.aoife.set(false)
      networks.brendan.set(false)
      open(first, id).update(tune, 'A', { title: 'A (Aoife)' })
      open(first, id).insert(note, { tuneRef: 'B', userRef: aoife.userId, noteText: 'written offline' })
      open(first, id).remove(playlistTune, `${id}:C`)
      await move(first, id, 'E', 0)
      open(second, id).update(tune, 'B', { title: 'B (Brendan)', mode: 'D major' })
      open(second, id).update(playlistTune, `${id}:C`, { goal: 'fluency' })
      open(second, id).insert(tag, { userRef: 'b', tuneRef: 'A', tagText: 'slow' })
      await move(second, id, 'D', 0)
      for (const who of order) networks[who].set(true)
      await settled([first, second], id)
      expect(titles(first, id)).toHaveLength(4)
      expect(titles(first, id)).toEqual(expect.arrayContaining(['A (Aoife)', 'B (Brendan)', 'D', 'E']))
      expect(
        first.mirror.query(
          "select goal_of from (select json_extract(row, '$.goal') goal_of from segue_trash)",
        ),
      ).toEqual([{ goal_of: 'fluency' }])
    }
  })

  it('the same tune added by both at once is one row that keeps what each wrote', async () => {
    const { first, second, networks, id } = await sharedPlaylist()
    networks.aoife.set(false)
    networks.brendan.set(false)
    await Promise.all([first.sync?.stopRealtime(), second.sync?.stopRealtime()])
    const add = (segue: Segue, more: { goal?: 'fluency'; learned?: string }) => {
      const space = open(segue, id)
      space.transact(() => {
        space.insert(tune, { id: 'F', title: 'F' })
        space.insert(playlistTune, { playlistRef: id, tuneRef: 'F', position: orderKeyAt([], 0), ...more })
      })
    }
    add(first, { goal: 'fluency' })
    add(second, { learned: '2026-01-01T00:00:00.000Z' })
    networks.aoife.set(true)
    networks.brendan.set(true)
    await settled([first, second], id)
    expect(open(first, id).get(playlistTune, `${id}:F`)).toMatchObject({
      goal: 'fluency',
      learned: '2026-01-01T00:00:00.000Z',
    })
  })

  it('a third, new device sees the same after 200 interleaved edits', async () => {
    const { first, second, id, aoife } = await sharedPlaylist()
    const people = [first, second]
    for (let n = 0; n < 200; n++) {
      const segue = people[n % 2] ?? first
      const letter = 'ABCDE'[n % 5] ?? 'A'
      if (n % 7 === 0) await move(segue, id, letter, n % 4)
      else if (n % 11 === 0) open(segue, id).insert(note, { tuneRef: letter, noteText: `note ${n}` })
      else open(segue, id).update(tune, letter, { [n % 2 ? 'title' : 'incipit']: `edit ${n}` })
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await settled(people, id)
    const third = await device(aoife)
    await third.refreshSpaces()
    await settled([first, second, third], id)
    expect(open(third, id).get(tune, 'A')).toEqual(open(first, id).get(tune, 'A'))
  })
})

describe('rights', () => {
  it("a viewer's edit is refused, explained, kept, and can be dropped", async () => {
    const { first, id } = await sharedPlaylist()
    const viewer = await device(await someone('viewer'))
    await join(first, viewer, id, 'viewer')
    await viewer.sync?.sync()
    open(viewer, id).update(tune, 'A', { title: 'vandalised' })
    await expect.poll(() => viewer.status).toMatchObject({ state: 'error', code: 'forbidden', pending: 1 })
    expect(viewer.spaces.find((space) => space.id === id)).toMatchObject({
      role: 'viewer',
      problem: { code: 'forbidden' },
    })
    await first.sync?.sync()
    expect(titles(first, id)).toContain('A')
    await viewer.discardRefused(id)
    await viewer.sync?.sync()
    expect(titles(viewer, id)).toEqual(titles(first, id))
    await expect.poll(() => viewer.status.state).toBe('synced')
  })

  it('somebody who was removed is told so', async () => {
    const { first, second, id, brendan } = await sharedPlaylist()
    await first.members?.remove(id, brendan.userId)
    await second.sync?.sync()
    const list = () => second.spaces.find((space) => space.id === id)
    await expect.poll(() => list()?.problem).toMatchObject({ code: 'not_a_member' })
    expect(list()?.revokedAt).toBeDefined()
    // What is on the device is still there to be looked at and copied, but goes nowhere.
    expect(titles(second, id)).toContain('A')
    open(second, id).update(tune, 'A', { title: 'mine alone' })
    await second.sync?.sync()
    expect(list()?.pending).toBe(1)
  })

  it('somebody who comes back sees the list as it is now', async () => {
    const { first, second, id, brendan } = await sharedPlaylist()
    await first.members?.remove(id, brendan.userId)
    await second.refreshSpaces()
    expect(second.spaces.find((space) => space.id === id)?.revokedAt).toBeDefined()
    open(first, id).update(tune, 'A', { title: 'A without you' })
    await first.sync?.sync()
    await join(first, second, id)
    expect(second.spaces.find((space) => space.id === id)?.revokedAt).toBeUndefined()
    await settled([first, second], id)
    expect(titles(second, id)).toContain('A without you')
  })

  it('without a session edits go on, wait, and the status says to sign in', async () => {
    const person: Someone = await someone('lapsed')
    const segue = await device(person)
    const library = await segue.openLibrary()
    await segue.sync?.sync()
    await person.supabase.auth.signOut({ scope: 'local' })
    library.insert(tune, { title: 'still here' })
    await segue.sync?.sync()
    expect(segue.status).toMatchObject({ state: 'error', code: 'signed_out', pending: 1 })
    await person.supabase.auth.signInWithPassword({ email: person.email, password: 'correct horse' })
    expect(await segue.sync?.sync()).toMatchObject({ success: true, itemsFailed: 0 })
    expect(segue.status.state).toBe('synced')
  })
})

describe('the service', () => {
  it('results count what went up and what came down', async () => {
    const { first, second, id, networks } = await sharedPlaylist()
    await second.sync?.stopRealtime()
    networks.brendan.set(false)
    open(first, id).update(tune, 'A', { title: 'one' })
    expect(await first.sync?.syncUp()).toMatchObject({
      success: true,
      itemsSynced: 1,
      itemsFailed: 0,
      conflicts: 0,
      errors: [],
    })
    expect(await second.sync?.syncDown()).toMatchObject({ success: true, itemsSynced: 1 })
    expect(titles(second, id)).toContain('one')
  })

  it('results count what was changed on two devices at the same time, and listeners hear of it', async () => {
    const { first, second, id, networks, aoife, brendan } = await sharedPlaylist()
    const heard = [first, second].map((segue) => {
      const told = { counted: 0, conflicts: [] as unknown[] }
      segue.sync?.onSyncComplete(({ conflicts }) => {
        told.counted += conflicts
      })
      segue.onConflict(({ conflicts }) => told.conflicts.push(...conflicts))
      return told
    })
    networks.aoife.set(false)
    networks.brendan.set(false)
    await Promise.all([first.sync?.stopRealtime(), second.sync?.stopRealtime()])
    open(first, id).update(tune, 'A', { mode: 'D major' })
    // Of two that were written in one millisecond either may be the later one.
    await new Promise((resolve) => setTimeout(resolve, 5))
    open(second, id).update(tune, 'A', { mode: 'E dorian', composer: 'nobody else wrote this' })
    networks.aoife.set(true)
    networks.brendan.set(true)
    await settled([first, second], id)
    const expected = {
      rowId: 'A',
      conflict: {
        column: 'mode',
        kept: { value: 'E dorian', userId: brendan.userId },
        lost: { value: 'D major', userId: aoife.userId },
      },
    }
    for (const told of heard) {
      expect(told.counted).toBe(1)
      expect(told.conflicts).toMatchObject([expected])
    }
    open(first, id).resolveConflict(tune, 'A', { mode: 'D major' })
    await settled([first, second], id)
    expect(heard.map(({ counted }) => counted)).toEqual([1, 1])
    expect(second.db.select().from(conflict).all()).toMatchObject([{ settledBy: aoife.userId }])
  })

  it('a library made offline goes into the one the person already has', async () => {
    const person = await someone('twice')
    const laptop = await device(person)
    ;(await laptop.openLibrary()).insert(tune, { title: 'on the laptop' })
    await laptop.sync?.sync()
    const network = new Switch()
    network.set(false)
    const phone = await device(person, { connectivity: network })
    ;(await phone.openLibrary()).insert(tune, { title: 'on the phone' })
    network.set(true)
    const seen = (segue: Segue) =>
      segue.db
        .select({ title: tune.title })
        .from(tune)
        .orderBy(tune.title)
        .all()
        .map((row) => row.title)
    await expect.poll(() => seen(phone), { timeout: 10_000 }).toEqual(['on the laptop', 'on the phone'])
    await expect
      .poll(
        async () => {
          await laptop.sync?.sync()
          return seen(laptop)
        },
        { timeout: 10_000 },
      )
      .toEqual(['on the laptop', 'on the phone'])
    expect(phone.spaces).toHaveLength(1)
  })
})
