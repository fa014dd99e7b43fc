import type { Client } from './client.ts'
import { FAIR } from './sim-remote.ts'
import type { SimTab } from './sim-tab.ts'
import { discard } from './steps.ts'
import type { World } from './world.ts'

/** How long it may take until everything is in step again once all faults are over, in ms. */
const PATIENCE_MS = 10 * 60_000
const GLANCE_MS = 5_000
/** A reading comes after 30 s at most, and finds what a tab has stored and did not live to tell of. */
const REST_MS = 40_000

/** Ends every fault, and lets time pass until everybody is in step. @returns what is not, when patience is over */
export async function settle(world: World): Promise<string[]> {
  const { scheduler } = world
  const until = scheduler.now() + PATIENCE_MS
  for (const client of world.clients) heal(client)
  let open: string[] = []
  let restedFor = 0
  while (scheduler.now() < until) {
    await scheduler.runUntil(scheduler.now() + GLANCE_MS)
    for (const client of world.clients) for (const tab of client.open) dropRefused(world, client, tab)
    open = world.clients.flatMap((client) => client.open.flatMap((tab) => unsettled(world, client, tab)))
    restedFor = open.length === 0 ? restedFor + 1 : 0
    if (restedFor * GLANCE_MS === REST_MS) return []
  }
  return open
}

function heal(client: Client): void {
  client.setOnline(true)
  Object.assign(client, { signedIn: true, httpCutUntil: 0, realtimeCutUntil: 0, skew: 0, weather: FAIR })
  client.storage.full = false
  if (client.open.length === 0) client.openTab()
}

/** What may not be written to any more goes the way the app offers. */
function dropRefused(world: World, client: Client, tab: SimTab): void {
  for (const { id, pending } of tab.segue?.spaces ?? []) {
    const isViewer = world.roleOf(id, client.caller.userId) === 'viewer'
    if (isViewer && pending > 0 && tab.segue?.sync?.leads) discard(world, client, tab, id)
  }
}

function unsettled(world: World, client: Client, tab: SimTab): string[] {
  const { segue } = tab
  if (!segue) return [`${tab.name} is not open yet`]
  if (tab.frozenUntil > world.scheduler.now()) return [`${tab.name} is frozen`]
  if (segue.status.state === 'error') return [`${tab.name} reports ${segue.status.code}`]
  const held = new Set<string>(segue.spaces.filter(({ revokedAt }) => !revokedAt).map(({ id }) => id))
  const missing = [...world.roles].flatMap(([id, members]) =>
    members.has(client.caller.userId) && !held.has(id) ? [`${tab.name} does not have ${id}`] : [],
  )
  const others = segue.spaces.flatMap(({ id, pending, sync, revokedAt }) => {
    const where = `${tab.name} (${world.roleOf(id, client.caller.userId) ?? 'nobody'} of ${id})`
    if (revokedAt !== undefined) return []
    if (pending > 0) return [`${where} has ${pending} pending edits: ${JSON.stringify(sync?.problems)}`]
    if (!sync?.merged || sync.problems.length > 0) return [`${where} is not merged: ${JSON.stringify(sync)}`]
    if (!sync.connected) return [`${where} is not connected`]
    const store = [...tab.stores.values()].findLast(({ space }) => space === segue.space(id))?.store
    if (store && store.epoch < (world.epochOf.get(id) ?? 0)) return [`${where} is in an old epoch`]
    if (store && segue.sync?.leads && store.cursor < (world.heads.get(id) ?? 0)) return [`${where} is behind`]
    if (store && segue.sync?.leads && store.unlogged.length > 0) return [`${where} has unlogged edits`]
    return []
  })
  return [...missing, ...others]
}
