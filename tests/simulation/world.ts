import { fromBase64 } from 'lib0/buffer'
import { type SpaceId, toSpaceId } from 'segue/crdt'
import { type CompactionPolicy, compact, DEFAULT_POLICY } from '../../supabase/worker/index.ts'
import type { Chance } from './chance.ts'
import { Client } from './client.ts'
import { Marks } from './edits.ts'
import type { History } from './history.ts'
import { Ledger } from './ledger.ts'
import type { Scheduler } from './scheduler.ts'
import { NEWER, OLDER } from './schemas.ts'
import { type Args, type Caller, type Server, ServerRefusal } from './server.ts'
import { SimRealtime } from './sim-realtime.ts'
import { FAIR, type Weather } from './sim-remote.ts'
import { simWorkerLog } from './sim-worker.ts'
import { Trace } from './trace.ts'

/** What went wrong in a history. */
export interface Violation {
  /** `lost` and `diverged` are what must never be; `failed` is any other broken promise. */
  readonly kind: 'lost' | 'diverged' | 'failed'
  readonly says: string
}

type Person = Exclude<Caller, 'worker'>
type Places = readonly { readonly seq: number }[]

/** Everybody and everything of one history. */
export class World {
  readonly scheduler: Scheduler
  readonly server: Server
  readonly realtime: SimRealtime
  readonly people: readonly Person[]
  readonly clients: readonly Client[]
  readonly ledger = new Ledger()
  readonly marks = new Marks()
  readonly violations: Violation[] = []
  readonly trace = new Trace()
  /** Who is what where, by space and person. */
  readonly roles = new Map<string, Map<string, string>>()
  /** The space that everybody shares. */
  readonly shared: SpaceId
  /** How far the log of each space has come. */
  readonly heads = new Map<string, number>()
  /** The epoch that each space is in. */
  readonly epochOf = new Map<string, number>()
  readonly libraries = new Set<string>()
  /** Something has been purged from the log before its usual time. */
  purged = false
  epochs = 0
  readonly epochsBegin: boolean
  /** Everything is started anew before the end. */
  readonly restarts: boolean
  faults = 0
  calls = 0
  readonly #chance: Chance
  readonly #start: number

  constructor(history: History, scheduler: Scheduler, chance: Chance, server: Server) {
    this.scheduler = scheduler
    this.#start = scheduler.now()
    this.server = server
    this.#chance = chance.fork('world')
    this.epochsBegin = history.epochs
    this.restarts = history.libraries || history.seed % 3 === 0
    this.shared = toSpaceId(this.#chance.uuid())
    this.realtime = new SimRealtime(
      scheduler,
      (userId, topic) => this.roles.get(topic.slice('space:'.length))?.get(userId),
      () => this.fault(),
    )
    this.people = Array.from({ length: history.people }, (_, index) => {
      const userId = this.#chance.uuid()
      return { userId, email: `person-${index}@example.org` }
    })
    this.clients = history.devices.flatMap(({ person, newer }, index) => {
      const caller = this.people[person]
      if (!caller) return []
      const name = `device ${index}`
      const client = new Client({
        ...{ name, caller, scheduler, server, realtime: this.realtime },
        chance: chance.fork(name),
        version: newer ? NEWER : OLDER,
        hasLibrary: history.libraries,
        onDurable: (update, isDurable) => this.ledger.stored(update, isDurable),
        onFailure: (error) => this.failed(error),
        onEffect: (by, call, args, answer) => this.#onEffect(by, call, args, answer),
        onFault: () => this.fault(),
      })
      client.weather = weatherOf(history.storminess)
      return client
    })
  }

  fault(): void {
    this.faults += 1
  }

  failed(error: unknown): void {
    const says =
      error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error)
    this.violations.push({ kind: 'failed', says })
  }

  roleOf(space: string, userId: string): string | undefined {
    return this.roles.get(space)?.get(userId)
  }

  /** Calls a function as somebody, over a perfect line. What the server refuses is refused. */
  async act(caller: Caller, name: string, args: Args): Promise<unknown> {
    try {
      const answer = await this.server.call(caller, name, args)
      this.#onEffect(caller, name, args, answer)
      return answer
    } catch (error) {
      if (!(error instanceof ServerRefusal)) throw error
      return undefined
    }
  }

  /** Makes a person a member, or more of one. */
  async invite(person: Person, role: string, space: SpaceId = this.shared): Promise<void> {
    const [owner] = this.people
    if (!owner) return
    const invite = await this.act(owner, 'invite_to_space', { p_space: space, p_role: role })
    if (typeof invite !== 'object' || invite === null || !('token' in invite)) return
    await this.act(person, 'accept_invite', { p_token: invite.token })
  }

  /** Starts a round of the worker, which goes on beside everything else. */
  compact(policy: Partial<CompactionPolicy>): void {
    const chance = this.#chance.fork(`round ${this.scheduler.ran}`)
    const log = simWorkerLog((name, args) =>
      this.scheduler.soon(chance.delay(1, 80), undefined, async () => {
        const answer = await this.server.call('worker', name, args)
        if (name === 'begin_epoch' && answer !== null) {
          this.epochs += 1
          this.epochOf.set(String(args.p_space), Number(answer))
        }
        if (name === 'purge_log' && Number(answer) > 0) this.purged = true
        return answer
      }),
    )
    const round = async () => {
      const options = {
        log,
        policy: { ...DEFAULT_POLICY, ...policy },
        now: () => new Date(this.scheduler.now()),
      }
      for await (const result of compact(options)) if (result.state === 'failed') this.failed(result.error)
    }
    round().catch((error: unknown) => this.failed(error))
  }

  #onEffect(caller: Caller, name: string, args: Args, answer: unknown): void {
    this.calls += 1
    if (caller === 'worker') return
    this.trace.note(this.scheduler.now() - this.#start, caller.email, name)
    const space = String(args.p_space)
    const members = this.roles.get(space)
    switch (name) {
      case 'create_space':
        if (args.p_kind === 'library') this.libraries.add(String(answer))
        if (!this.roles.has(String(answer)))
          this.roles.set(String(answer), new Map([[caller.userId, 'owner']]))
        return
      case 'accept_invite': {
        const { spaceId, role } = answer as { spaceId: string; role: string }
        this.roles.get(spaceId)?.set(caller.userId, role)
        this.realtime.rightsChanged(caller.userId)
        return
      }
      case 'set_member_role':
        if (members?.has(String(args.p_user))) members.set(String(args.p_user), String(args.p_role))
        this.realtime.rightsChanged(String(args.p_user))
        return
      case 'remove_member':
        members?.delete(String(args.p_user))
        this.realtime.rightsChanged(String(args.p_user))
        return
      case 'push_updates':
        this.#onPush(caller, space, args, answer as Places)
        return
      case 'exchange_updates':
        this.#onPush(caller, space, args, (answer as { places: Places }).places)
    }
  }

  #onPush(caller: Person, space: string, args: Args, places: Places): void {
    for (const { seq } of places) this.heads.set(space, Math.max(seq, this.heads.get(space) ?? 0))
    const role = this.roleOf(space, caller.userId)
    if (role !== 'owner' && role !== 'editor') {
      this.violations.push({ kind: 'failed', says: `${role ?? 'nobody'} has written to ${space}` })
    }
    const updates = args.p_updates as { update: string }[]
    // Not their bytes: the time of day takes up more or fewer of them.
    this.trace.note(updates.length)
    for (const { update } of updates) this.ledger.logged(fromBase64(update))
  }
}

function weatherOf(storminess: number): Weather {
  return {
    latency: FAIR.latency + storminess * 2_000,
    requestLost: storminess * 0.25,
    answerLost: storminess * 0.25,
    broadcastLost: storminess * 0.5,
    broadcastDoubled: storminess * 0.3,
    join: FAIR.join + storminess * 10_000,
  }
}
