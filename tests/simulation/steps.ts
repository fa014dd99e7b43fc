import { toSpaceId } from 'segue/crdt'
import type { CompactionPolicy } from '../../supabase/worker/index.ts'
import { Chance } from './chance.ts'
import type { Client } from './client.ts'
import { makeEdit } from './edits.ts'
import type { Step } from './history.ts'
import type { Edit } from './ledger.ts'
import type { SimTab } from './sim-tab.ts'
import type { World } from './world.ts'

const HOUR = 3_600_000

type Act = (world: World, chance: Chance, much: number) => unknown

interface Place {
  readonly client: Client
  readonly tab: SimTab
}

/** What each step does. Each draws from a chance of its own, so that leaving one out does not change another. */
const ACTS: Record<Step['do'], Act> = {
  edit: (world, chance, much) => {
    const place = anyTab(world, chance)
    if (!place) return
    const many = 1 + Math.round((much / 60_000) * 6)
    editInTab(world, place, chance, many)
  },
  'open tab': (world, chance) => {
    const client = chance.pick(world.clients)
    if (client && client.open.length < (world.epochsBegin ? 1 : 4)) client.openTab()
  },
  'close tab': (world, chance) => onTab(world, chance, ({ client, tab }) => client.closeTab(tab)),
  'crash tab': (world, chance) => onTab(world, chance, ({ client, tab }) => client.crashTab(tab)),
  'crash device': (world, chance) => chance.pick(world.clients)?.crash(),
  'lose power': (world, chance) => {
    const client = chance.pick(world.clients)
    client?.crash()
    client?.storage.losePower()
  },
  offline: (world, chance, much) => {
    const client = chance.pick(world.clients)
    if (!client) return
    client.setOnline(false)
    world.scheduler.after(much, undefined, () => client.setOnline(true))
  },
  'cut http': (world, chance, much) => {
    const client = chance.pick(world.clients)
    if (client) client.httpCutUntil = world.scheduler.now() + much
  },
  'cut realtime': (world, chance, much) => {
    const client = chance.pick(world.clients)
    if (client) client.realtimeCutUntil = world.scheduler.now() + much
  },
  'fill disk': (world, chance, much) => {
    const client = chance.pick(world.clients)
    if (!client) return
    client.storage.full = true
    world.scheduler.after(much / 4, undefined, () => {
      client.storage.full = false
    })
  },
  'move clock': (world, chance) => {
    const client = chance.pick(world.clients)
    if (client) client.skew = Math.round((chance.next() - 0.5) * (chance.happens(0.3) ? 48 * HOUR : 60_000))
  },
  'sign out': (world, chance, much) => {
    const client = chance.pick(world.clients)
    if (!client) return
    client.signedIn = false
    world.scheduler.after(much, undefined, () => {
      client.signedIn = true
    })
  },
  'freeze tab': (world, chance, much) =>
    onTab(world, chance, ({ tab }) => {
      tab.frozenUntil = world.scheduler.now() + much
    }),
  kick: (world, chance) => {
    const client = chance.pick(world.clients)
    const everybody = chance.happens(0.3)
    world.realtime.kick(({ options }) => everybody || options.line === client)
  },
  role: async (world, chance) => {
    const [owner, ...others] = world.people
    const person = chance.pick(others)
    const role = chance.pick(['editor', 'editor', 'viewer'])
    if (!owner || !person) return
    await world.act(owner, 'set_member_role', { p_space: world.shared, p_user: person.userId, p_role: role })
  },
  'remove member': async (world, chance) => {
    const [owner, ...others] = world.people
    const person = chance.pick(others)
    if (!owner || !person) return
    await world.act(owner, 'remove_member', { p_space: world.shared, p_user: person.userId })
  },
  invite: async (world, chance) => {
    const person = chance.pick(world.people.slice(1))
    if (person) await world.invite(person, chance.pick(['editor', 'editor', 'viewer']) ?? 'editor')
  },
  compact: (world, chance) => world.compact(policy(chance, world.epochsBegin)),
  'new playlist': (world, chance) =>
    onTab(world, chance, ({ tab }) => {
      const id = toSpaceId(chance.uuid())
      tab.segue
        ?.createSpace({ id, kind: 'playlist', name: 'another' })
        .catch((error: unknown) => world.failed(error))
    }),
  discard: (world, chance) =>
    onTab(world, chance, ({ client, tab }) => {
      const space = tab.segue?.spaces.find(({ problem }) => problem?.code === 'forbidden')
      if (space) discard(world, client, tab, space.id)
    }),
  sync: (world, chance) =>
    onTab(world, chance, ({ tab: { segue } }) => {
      void segue?.sync?.sync()
      for (const { id } of segue?.spaces ?? []) segue?.readAhead(id)
    }),
}

export const take = (world: World, step: Step): unknown =>
  ACTS[step.do](world, new Chance(step.pick), step.much)

/** Somebody drops what the server has refused. */
export function discard(world: World, client: Client, tab: SimTab, spaceId: string): void {
  const id = toSpaceId(spaceId)
  tab.segue?.discardRefused(id).catch((error: unknown) => world.failed(error))
  for (const edit of world.ledger.edits) {
    if (edit.device === client.name && edit.space === spaceId && !edit.logged) edit.dropped = true
  }
}

function editInTab(world: World, { client, tab }: Place, chance: Chance, many: number): void {
  const info = chance.pick(tab.segue?.spaces.filter(({ revokedAt }) => revokedAt === undefined) ?? [])
  const space = info && tab.segue?.space(info.id)
  if (!info || !space) return
  // Most people do not try what the app does not offer them.
  if (info.role === 'viewer' && !chance.happens(0.2)) return
  const editor = { space, version: tab.version, chance, marks: world.marks }
  const at = { space: info.id, device: client.name, userId: client.caller.userId }
  const state = { durable: false, logged: false, dropped: false }
  const transaction = (times: number) => {
    const edits: Edit[] = []
    const take = (update: Uint8Array) => world.ledger.made(update, edits)
    space.doc.on('update', take)
    space.transact(() => {
      for (let time = 0; time < times; time++) {
        for (const made of makeEdit(editor)) edits.push({ ...made, ...at, ...state })
      }
    })
    space.doc.off('update', take)
  }
  if (chance.happens(0.3)) transaction(many)
  else for (let edit = 0; edit < many; edit++) transaction(1)
}

function policy(chance: Chance, epochsBegin: boolean): Partial<CompactionPolicy> {
  const never = { ratio: Number.POSITIVE_INFINITY, minBytes: 0 }
  const always = { ratio: 0, minBytes: 0 }
  const startsEpoch = epochsBegin && chance.happens(0.7)
  return {
    snapshotEvery: { entries: 1 + chance.below(5), bytes: 1 << 20 },
    epochWhen: startsEpoch ? always : never,
    logRetentionMs: !epochsBegin && chance.happens(0.4) ? 0 : 30 * 24 * HOUR,
  }
}

function anyTab(world: World, chance: Chance): Place | undefined {
  const places = world.clients.flatMap((client) =>
    client.open
      .filter(({ segue, frozenUntil }) => segue && frozenUntil <= world.scheduler.now())
      .map((tab) => ({ client, tab })),
  )
  return chance.pick(places)
}

function onTab(world: World, chance: Chance, act: (place: Place) => void): void {
  const place = anyTab(world, chance)
  if (place) act(place)
}
