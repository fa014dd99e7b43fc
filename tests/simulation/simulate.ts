import './seeded-process.ts'
import { Chance } from './chance.ts'
import { check } from './check.ts'
import type { History } from './history.ts'
import { ModelServer } from './model-server.ts'
import { Scheduler } from './scheduler.ts'
import { withSource } from './seeded-process.ts'
import type { Server } from './server.ts'
import { take } from './steps.ts'
import { type Violation, World } from './world.ts'

export interface Outcome {
  readonly violations: readonly Violation[]
  /** Edits made, and functions called on the server. */
  readonly operations: number
  readonly faults: number
  /** What has happened, in a number: the same history has the same one. */
  readonly trace: string
  readonly epochs: number
}

const START = Date.parse('2030-01-01T00:00:00Z')
const DAY = 86_400_000
let histories = 0

const FAULTS: ReadonlySet<string> = new Set([
  ...[
    'close tab',
    'crash tab',
    'crash device',
    'lose power',
    'offline',
    'cut http',
    'cut realtime',
    'fill disk',
  ],
  ...['move clock', 'sign out', 'freeze tab', 'kick', 'role', 'remove member'],
])

/** Makes the server of a history, given its clock. */
export type MakeServer = (now: () => number) => Server

/** Lives through a history, and says what went wrong. */
export async function simulate(
  history: History,
  makeServer: MakeServer = (now) => new ModelServer(now),
): Promise<Outcome> {
  // Time only goes forward in a process: ids made from it must not repeat.
  const scheduler = new Scheduler(START + ++histories * DAY)
  const chance = new Chance(history.seed)
  const source = { chance: chance.fork('process'), now: () => Math.floor(scheduler.now()) }
  return withSource(source, async () => {
    const world = new World(history, scheduler, chance, makeServer(source.now))
    const onRejection = (error: unknown) => world.failed(error)
    process.on('unhandledRejection', onRejection)
    let violations: readonly Violation[] = world.violations
    try {
      await begin(world, history)
      for (const step of history.steps) {
        await scheduler.runUntil(scheduler.now() + step.gap)
        if (FAULTS.has(step.do)) world.fault()
        await take(world, step)
      }
      violations = await check(world)
    } catch (error) {
      world.failed(error)
    } finally {
      process.off('unhandledRejection', onRejection)
      for (const client of world.clients) client.free()
      await world.server.clear()
    }
    return {
      violations,
      operations: world.ledger.edits.length + world.calls,
      faults: world.faults,
      epochs: world.epochs,
      trace: `${scheduler.ran}/${world.calls}/${world.ledger.edits.length}/${world.trace}`,
    }
  })
}

/** The owner has shared a space with everybody, and everybody has opened the app. */
async function begin(world: World, history: History): Promise<void> {
  for (const { userId, email } of world.people) await world.server.addUser(userId, email)
  const [owner, ...others] = world.people
  if (!owner) return
  await world.act(owner, 'create_space', { p_id: world.shared, p_kind: 'playlist', p_name: 'Session' })
  for (const [index, person] of others.entries())
    await world.invite(person, index === 2 ? 'viewer' : 'editor')
  world.clients.forEach((client, index) => {
    for (let tab = 0; tab < (history.devices[index]?.tabs ?? 1); tab++) client.openTab()
  })
}
