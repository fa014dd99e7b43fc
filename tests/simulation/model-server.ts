import {
  addSnapshot,
  bytesOf,
  type InviteRow,
  keepNewestTwo,
  newestOfWorker,
  type PlainPage,
  packed,
  pageOf,
  requireRole,
  type SpaceRow,
  tidySnapshots,
} from './model-tables.ts'
import { type Args, type Caller, type Server, ServerRefusal } from './server.ts'

const ANYBODY = ['owner', 'editor', 'viewer']
const WRITERS = ['owner', 'editor']

const text = (args: Args, key: string): string => String(args[key])
const number = (args: Args, key: string): number => Number(args[key])

/**
 * What the functions of the migrations do, in memory: thousands of times as fast as Postgres in WASM. A property test
 * holds it to the migrations.
 */
export class ModelServer implements Server {
  readonly #spaces = new Map<string, SpaceRow>()
  readonly #invites = new Map<string, InviteRow>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async addUser(): Promise<void> {}

  async clear(): Promise<void> {}

  async call(caller: Caller, name: string, args: Args): Promise<unknown> {
    const run = caller === 'worker' ? this.#forWorker(name, args) : this.#forPerson(caller.userId, name, args)
    return run ?? null
  }

  #forPerson(me: string, name: string, args: Args): unknown {
    const space = this.#spaces.get(text(args, 'p_space'))
    switch (name) {
      case 'create_space':
        return this.#createSpace(me, args)
      case 'my_spaces':
        return this.#mySpaces(me)
      case 'push_updates':
        return this.#push(requireRole(space, me, ...WRITERS), me, args)
      case 'exchange_updates':
        return {
          places: this.#push(requireRole(space, me, ...WRITERS), me, args),
          page: packed(this.#pull(requireRole(space, me, ...ANYBODY), me, { ...args, p_limit: 500 })),
        }
      case 'pull_updates':
        return this.#pull(requireRole(space, me, ...ANYBODY), me, args)
      case 'pull_log':
        return packed(this.#pull(requireRole(space, me, ...ANYBODY), me, args))
      case 'read_snapshot':
        return this.#readSnapshot(requireRole(space, me, ...ANYBODY), args)
      case 'write_snapshot':
        return this.#writeSnapshot(requireRole(space, me, ...WRITERS), args)
      case 'invite_to_space': {
        const token = `token ${this.#invites.size}`
        const role = text(args, 'p_role')
        this.#invites.set(token, { space: requireRole(space, me, 'owner').id, role, used: false })
        return { id: token, token }
      }
      case 'accept_invite':
        return this.#accept(me, text(args, 'p_token'))
      case 'set_member_role':
        return this.#changeMember(requireRole(space, me, 'owner'), text(args, 'p_user'), text(args, 'p_role'))
      case 'remove_member': {
        const user = text(args, 'p_user')
        return this.#changeMember(
          requireRole(space, me, ...(user === me ? ANYBODY : ['owner'])),
          user,
          undefined,
        )
      }
      default:
        throw new Error(`The model has no function ${name}.`)
    }
  }

  #forWorker(name: string, args: Args): unknown {
    if (name === 'spaces_to_compact') return this.#due(args)
    const space = this.#spaces.get(text(args, 'p_space'))
    switch (name) {
      case 'compaction_base':
        return (
          space && baseOf(space, args.p_before === null ? Number.POSITIVE_INFINITY : number(args, 'p_before'))
        )
      case 'compaction_tail':
        return space ? pageOf(space, number(args, 'p_epoch'), number(args, 'p_after'), 1_000) : []
      case 'write_worker_snapshot':
        return space ? this.#writeWorkerSnapshot(space, args) : false
      case 'begin_epoch':
        return space && this.#beginEpoch(space, args)
      case 'purge_log':
        return space ? this.#purge(space, number(args, 'p_seconds') * 1_000) : 0
      default:
        throw new Error(`The model has no function ${name}.`)
    }
  }

  #createSpace(me: string, args: Args): string {
    const id = text(args, 'p_id')
    const kind = text(args, 'p_kind')
    if (kind === 'library') {
      for (const space of this.#spaces.values()) {
        if (space.kind === 'library' && space.ownerId === me) return space.id
      }
    }
    const known = this.#spaces.get(id)
    if (known && known.ownerId !== me) throw new ServerRefusal('space_taken')
    if (!known) {
      const createdAt = this.#now()
      this.#spaces.set(id, {
        ...{ id, kind, name: text(args, 'p_name'), ownerId: me, epoch: 0, epochSeq: 0, head: 0 },
        ...{ createdAt, epochStartedAt: createdAt, members: new Map(), log: [], snapshots: [] },
      })
    }
    const { members } = this.#spaces.get(id) ?? { members: new Map<string, string>() }
    if (!members.has(me)) members.set(me, 'owner')
    return id
  }

  #mySpaces(me: string): unknown {
    return [...this.#spaces.values()]
      .filter(({ members }) => members.has(me))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map(({ id, kind, name, members, head, epoch, ownerId }) => ({
        ...{ id, kind, name, role: members.get(me), headSeq: head, epoch, ownerId },
      }))
  }

  #push(space: SpaceRow, me: string, args: Args): unknown {
    const client = text(args, 'p_client')
    const updates = args.p_updates as { n: number; update: string }[]
    const isCurrent = number(args, 'p_epoch') === space.epoch
    const known = new Map<number, number>()
    for (const row of space.log) if (row.client === client) known.set(row.n, row.seq)
    // All or nothing.
    if (!isCurrent && updates.some(({ n }) => !known.has(n))) throw new ServerRefusal('old_epoch')
    return updates.map(({ n, update }) => {
      const place = known.get(n)
      if (place !== undefined) return { n, seq: place }
      const seq = ++space.head
      known.set(n, seq)
      const { epoch } = space
      space.log.push({ seq, client, n, author: me, epoch, update, createdAt: this.#now() })
      return { n, seq }
    })
  }

  #pull(space: SpaceRow, me: string, args: Args): PlainPage {
    const { head, epoch, members } = space
    const updates = pageOf(space, number(args, 'p_epoch'), number(args, 'p_since'), number(args, 'p_limit'))
    return { head, epoch, role: members.get(me), updates }
  }

  #readSnapshot(space: SpaceRow, args: Args): unknown {
    const before = args.p_before === null ? Number.POSITIVE_INFINITY : number(args, 'p_before')
    const found = space.snapshots.find(({ epoch, seq }) => epoch === space.epoch && seq < before)
    if (!found) return undefined
    const { seq, epoch, state } = found
    // One part: documents of histories are smaller than that.
    return { seq, epoch, size: bytesOf(state), part: state }
  }

  #writeSnapshot(space: SpaceRow, args: Args): void {
    const seq = number(args, 'p_seq')
    const epoch = number(args, 'p_epoch')
    if (seq < 1 || seq > space.head) throw new ServerRefusal('malformed')
    if (epoch !== space.epoch) return
    if (space.snapshots.some((newer) => newer.epoch === epoch && newer.seq >= seq)) return
    const state = text(args, 'p_state')
    addSnapshot(space, { epoch, seq, state, byWorker: false, waitingSince: null, createdAt: this.#now() })
    keepNewestTwo(space, false)
  }

  #accept(me: string, token: string): unknown {
    const invite = this.#invites.get(token)
    const space = invite && this.#spaces.get(invite.space)
    if (!invite || !space) throw new ServerRefusal('unknown_invite')
    const role = space.members.get(me)
    const isUpgrade = invite.role === 'editor' && role === 'viewer' && !invite.used
    if (role !== undefined && !isUpgrade) return { spaceId: space.id, role }
    if (invite.used) throw new ServerRefusal('invite_used')
    invite.used = true
    space.members.set(me, invite.role)
    return { spaceId: space.id, role: invite.role }
  }

  #changeMember(space: SpaceRow, user: string, role: string | undefined): void {
    const current = space.members.get(user)
    if (current === 'owner') throw new ServerRefusal('owner_stays')
    if (current === undefined) return
    if (role === undefined) space.members.delete(user)
    else space.members.set(user, role)
  }

  #due(args: Args): unknown {
    const after = args.p_after === null ? '' : text(args, 'p_after')
    const logKeptSince = this.#now() - number(args, 'p_log_seconds') * 1_000
    const trashSince = this.#now() - number(args, 'p_trash_seconds') * 1_000
    const due: { id: string; merge: boolean }[] = []
    for (const space of [...this.#spaces.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (space.head === 0 || space.id <= after) continue
      const base = space.snapshots.find(({ epoch, byWorker }) => byWorker && epoch === space.epoch)
      const merged = base?.seq ?? space.epochSeq
      const tail = space.log.filter(({ seq }) => seq > merged)
      const bytes = tail.reduce((sum, { update }) => sum + bytesOf(update), 0)
      const merge =
        space.head - merged >= number(args, 'p_entries') ||
        (base !== undefined && base.createdAt < trashSince) ||
        (tail.length > 0 && bytes >= number(args, 'p_bytes')) ||
        tail.some(({ createdAt }) => createdAt < logKeptSince)
      const [oldest] = space.log
      const isPurgeable =
        oldest !== undefined && oldest.seq <= this.#purgeableTo(space, number(args, 'p_log_seconds') * 1_000)
      if (merge || isPurgeable) due.push({ id: space.id, merge })
    }
    return due.slice(0, 500)
  }

  #writeWorkerSnapshot(space: SpaceRow, args: Args): boolean {
    const epoch = number(args, 'p_epoch')
    const seq = number(args, 'p_seq')
    if (epoch !== space.epoch || seq < Math.max(space.epochSeq, 1) || seq > space.head) return false
    const newest = newestOfWorker(space)
    if (newest?.epoch === epoch && newest.seq > seq) return false
    const waitingSince = args.p_waiting_since === null ? null : text(args, 'p_waiting_since')
    const createdAt = this.#now()
    addSnapshot(space, { epoch, seq, state: text(args, 'p_state'), byWorker: true, waitingSince, createdAt })
    tidySnapshots(space)
    return true
  }

  #beginEpoch(space: SpaceRow, args: Args): number | undefined {
    const head = number(args, 'p_head')
    if (number(args, 'p_epoch') !== space.epoch || head !== space.head || head === 0) return undefined
    const createdAt = this.#now()
    space.epoch += 1
    space.epochSeq = head
    space.epochStartedAt = createdAt
    const { epoch } = space
    const state = text(args, 'p_state')
    addSnapshot(space, { epoch, seq: head, state, byWorker: true, waitingSince: null, createdAt })
    tidySnapshots(space)
    return epoch
  }

  /** Only at a checkpoint, from which the log goes on. */
  #purgeableTo(space: SpaceRow, retentionMs: number): number {
    const since = this.#now() - retentionMs
    const young = space.log.find(({ createdAt }) => createdAt >= since)?.seq ?? Number.POSITIVE_INFINITY
    const cuts = space.snapshots.filter(({ byWorker, seq }) => byWorker && seq < young)
    return Math.max(0, ...cuts.map(({ seq }) => seq))
  }

  #purge(space: SpaceRow, retentionMs: number): number {
    const cut = this.#purgeableTo(space, retentionMs)
    const left = space.log.filter(({ seq }) => seq > cut)
    const deleted = space.log.length - left.length
    space.log = left
    return deleted
  }
}

function baseOf(space: SpaceRow, before: number): unknown {
  const { epoch, epochSeq, epochStartedAt } = space
  const found = space.snapshots.find((each) => each.byWorker && each.epoch === epoch && each.seq < before)
  const { seq, state, waitingSince } = found ?? {}
  const snapshot = found ? { seq, state, waitingSince } : null
  return { epoch, epochSeq, epochStartedAt: new Date(epochStartedAt).toISOString(), snapshot }
}
