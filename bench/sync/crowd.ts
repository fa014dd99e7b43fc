import { setTimeout as pause } from 'node:timers/promises'
import type { SpaceId } from 'segue/crdt'
import { tune } from 'segue/tables'
import type { Segue } from 'segue/vue'
import * as Y from 'yjs'
import type { Backend } from './backend.ts'
import { rounded } from './numbers.ts'
import { leave } from './pair.ts'
import { admit, device, opened, type Person, person, settled, until } from './people.ts'

const ROWS = 100
const EDITS_PER_SECOND = 5
const WITHIN_MS = 60_000

interface Member {
  readonly who: Person
  readonly segue: Segue
}

/** Many people write in one space at once; how long after the last edit until all hold the same? */
export async function crowd(address: Backend, size: number, seconds: number) {
  const members = await gather(address, size)
  const { id, list } = await share(members)
  for (const { who } of members) who.wire.reset()
  const [cpuBefore, ownBefore, started] = [await address.cpuSeconds(), process.cpuUsage(), performance.now()]
  const edits = await Promise.all(members.map((member, index) => write(member, id, { index, size, seconds })))
  const lastEdit = performance.now()
  const stateOf = ({ segue }: Member) =>
    Buffer.from(Y.encodeStateVector(opened(segue, id).doc)).toString('hex')
  const isSame = () => new Set(members.map(stateOf)).size === 1
  await until(
    () => members.every(({ segue }) => segue.sync?.stateOf(id)?.pending === 0) && isSame(),
    WITHIN_MS,
  )
  const convergeMs = performance.now() - lastEdit
  const own = process.cpuUsage(ownBefore)
  const cpu = (await address.cpuSeconds()) - cpuBefore
  const elapsed = (performance.now() - started) / 1_000
  const rows = ({ segue }: Member) =>
    JSON.stringify(segue.mirror.query('select * from tune where space_id = ? order by id', [id]))
  const sameRows = new Set(members.map(rows)).size === 1
  const broadcasts = members.reduce((sum, { who }) => sum + who.wire.sent.broadcasts, 0)
  const requests = members.reduce((sum, { who }) => sum + who.wire.sent.bodies, 0)
  for (const { segue, who } of members) await leave(segue, who)
  return {
    ...{ clients: size, seconds, edits: edits.reduce((sum, count) => sum + count, 0), sameRows },
    ...rounded({
      convergeMs,
      longestPauseMs: list.longestPause(),
      broadcasts,
      requestsPerSecond: requests / elapsed,
      backendCpu: cpu / elapsed,
      clientsCpu: (own.user + own.system) / 1e6 / elapsed,
    }),
  }
}

async function gather(address: Backend, size: number): Promise<Member[]> {
  const members: Member[] = []
  for (let n = 0; n < size; n++) {
    const who = await person(address)
    members.push({ who, segue: await device(who) })
  }
  return members
}

async function share(members: readonly Member[]) {
  const [owner, ...guests] = members
  if (!owner) throw new Error('Nobody is there.')
  const list = await owner.segue.createSpace({ kind: 'playlist', name: 'Crowd' })
  list.transact(() => {
    for (let n = 0; n < ROWS; n++) list.insert(tune, { id: `t${n}`, title: `Tune ${n}` })
  })
  await owner.segue.sync?.sync()
  for (const { segue } of guests) await admit(owner.segue, segue, list.id)
  for (const { segue } of members) await settled(segue, list.id)
  return { id: list.id, list: { longestPause: pauses() } }
}

/** How long this process was kept from anything else at a stretch: here all devices share it. */
function pauses(): () => number {
  let last = performance.now()
  let longest = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - TICK_MS)
    last = now
  }, TICK_MS)
  return () => {
    clearInterval(timer)
    return longest
  }
}

const TICK_MS = 20

async function write(
  { segue }: Member,
  id: SpaceId,
  { index, size, seconds }: { index: number; size: number; seconds: number },
): Promise<number> {
  const apart = 1_000 / EDITS_PER_SECOND
  const started = performance.now() + (apart * index) / size
  const count = seconds * EDITS_PER_SECOND
  for (let n = 0; n < count; n++) {
    await pause(Math.max(0, started + n * apart - performance.now()))
    opened(segue, id).update(tune, `t${(n * 7 + index * 13) % ROWS}`, { title: `${n} by ${index}` })
  }
  return count
}
