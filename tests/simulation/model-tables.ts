import { ServerRefusal } from './server.ts'

export interface LogRow {
  readonly seq: number
  readonly client: string
  readonly n: number
  readonly author: string
  readonly epoch: number
  /** Base64, as it came. */
  readonly update: string
  readonly createdAt: number
}

export interface SnapshotRow {
  readonly epoch: number
  readonly seq: number
  /** Base64, as it came. */
  readonly state: string
  readonly byWorker: boolean
  readonly waitingSince: string | null
  readonly createdAt: number
}

export interface SpaceRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  ownerId: string
  epoch: number
  epochSeq: number
  epochStartedAt: number
  head: number
  readonly createdAt: number
  readonly members: Map<string, string>
  log: LogRow[]
  /** Newest first. */
  snapshots: SnapshotRow[]
}

export interface InviteRow {
  readonly space: string
  readonly role: string
  used: boolean
}

/** Bytes that base64 text stands for. */
export const bytesOf = (text: string): number =>
  (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)

/** Whether a place is before another, first by epoch. */
export const isBefore = (a: { epoch: number; seq: number }, b: { epoch: number; seq: number }): boolean =>
  a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq)

export const newestOfWorker = ({ snapshots }: SpaceRow): SnapshotRow | undefined =>
  snapshots.find(({ byWorker }) => byWorker)

export function addSnapshot(space: SpaceRow, added: SnapshotRow): void {
  const others = space.snapshots.filter(({ epoch, seq }) => epoch !== added.epoch || seq !== added.seq)
  space.snapshots = [...others, added].sort((a, b) => (isBefore(a, b) ? 1 : -1))
}

/** Keeps the newest two of members, or of the worker. */
export function keepNewestTwo(space: SpaceRow, ofWorker: boolean): void {
  const kept = space.snapshots.filter(({ byWorker }) => byWorker === ofWorker).slice(0, 2)
  space.snapshots = space.snapshots.filter((each) => each.byWorker !== ofWorker || kept.includes(each))
}

export function tidySnapshots(space: SpaceRow): void {
  keepNewestTwo(space, true)
  const newest = newestOfWorker(space)
  if (!newest) return
  space.snapshots = space.snapshots.filter((each) => each.byWorker || !isBefore(each, newest))
}

/** A page as `pull_updates` and `compaction_tail` cut it: so many rows, about so many bytes, but at least one. */
export function pageOf(space: SpaceRow, epoch: number, after: number, limit: number) {
  const page: LogRow[] = []
  let bytes = 0
  for (const row of space.log) {
    if (row.epoch !== epoch || row.seq <= after) continue
    if (page.length >= limit || bytes >= 786_432) break
    page.push(row)
    bytes += bytesOf(row.update)
  }
  return page.map(({ seq, client, n, author, update }) => ({ seq, client, n, author, update }))
}

/** A page as `pull_updates` answers it. */
export interface PlainPage {
  readonly head: number
  readonly epoch: number
  readonly role: string | undefined
  readonly updates: readonly { seq: number; client: string; n: number; update: string }[]
}

/** The same as `pull_log` answers it. Every run is of one entry: that is less dense, and says no less. */
export function packed({ updates, ...page }: PlainPage) {
  const [first] = updates
  if (!first) return page
  const bytes = updates.map(({ update }) => Buffer.from(update, 'base64'))
  const clients = [...new Set(updates.map(({ client }) => client))]
  return {
    ...{ ...page, first: first.seq, clients },
    runs: updates.flatMap(({ client, n }) => [clients.indexOf(client), n, 1]),
    lengths: bytes.map(({ byteLength }) => byteLength),
    updates: Buffer.concat(bytes).toString('base64'),
  }
}

export function requireRole(space: SpaceRow | undefined, userId: string, ...roles: string[]): SpaceRow {
  const role = space?.members.get(userId)
  if (!space || role === undefined) throw new ServerRefusal('not_a_member')
  if (!roles.includes(role)) throw new ServerRefusal('forbidden')
  return space
}
