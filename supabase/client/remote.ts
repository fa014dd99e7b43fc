import type { SpaceId } from 'segue/crdt'

export const ROLES = ['owner', 'editor', 'viewer'] as const
/** What a member may do: owners also share, editors write, viewers read. */
export type Role = (typeof ROLES)[number]

export const SPACE_KINDS = ['library', 'playlist'] as const
export type SpaceKind = (typeof SPACE_KINDS)[number]

/** A space as the server lists it for a member. */
export interface ListedSpace {
  readonly id: SpaceId
  readonly kind: SpaceKind
  readonly name: string
  readonly role: Role
  readonly ownerId: string
  readonly epoch: number
}

/** An edit that waits for the log. (`client`, `n`) names it for ever, so that pushing it twice is harmless. */
export interface OutboxEntry {
  /** UUID of the replica that made it. */
  readonly client: string
  /** Position among the replica's entries, from 1. */
  readonly n: number
  /** Yjs v1 update. */
  readonly update: Uint8Array
}

/** A log row: an entry with its place. */
export interface LogEntry extends OutboxEntry {
  /** Place in the space's log, from 1, without gaps. */
  readonly seq: number
}

export interface LogPage {
  /** Highest place in the log at the time of the answer. */
  readonly head: number
  /** The epoch the space is in now. The entries are of the epoch that was asked for. */
  readonly epoch: number
  readonly role: Role
  readonly entries: readonly LogEntry[]
}

export interface Exchange {
  /** Of what was pushed, by its `n`. */
  readonly places: ReadonlyMap<number, number>
  readonly page: LogPage
}

export interface Snapshot {
  readonly epoch: number
  /** The snapshot holds the log up to this place. */
  readonly seq: number
  /** Yjs v2 encoding of the document. */
  readonly state: Uint8Array
}

/**
 * The durable side of spaces: registration, log and snapshots.
 *
 * Every method throws {@link SignedOutError} without a session, {@link RefusedError} when the server said no, and
 * {@link TransportError} when nothing is known about the outcome.
 */
export interface Log {
  /** Registers a space; returns its id, or that of the library the person has already. Idempotent. */
  createSpace(id: SpaceId, kind: SpaceKind, name: string): Promise<SpaceId>

  /** The spaces the person is a member of. */
  mySpaces(): Promise<ListedSpace[]>

  /**
   * Appends entries of one replica and resolves, once they are durable, with the place of each.
   *
   * @param epoch    the epoch the entries were made in
   * @param entries  at most 100, oldest first
   * @throws {RefusedError}  `forbidden`, `not_a_member`, `too_large`, `malformed`, `old_epoch`; none was appended
   */
  push(
    space: SpaceId,
    epoch: number,
    client: string,
    entries: readonly OutboxEntry[],
  ): Promise<ReadonlyMap<number, number>>

  /** A {@link push} that also brings what is new in the log after `since`, what was pushed included. */
  exchange(
    space: SpaceId,
    epoch: number,
    client: string,
    entries: readonly OutboxEntry[],
    since: number,
  ): Promise<Exchange>

  /** Entries of one epoch after `since`, oldest first; one page. Compacted ones leave a gap at its start. */
  pull(space: SpaceId, epoch: number, since: number, limit: number): Promise<LogPage>

  /** The newest snapshot of the current epoch, or the newest before a place in the log. Progress is from 0 to 1. */
  readSnapshot(
    space: SpaceId,
    options?: { before?: number | undefined; onProgress?: ((share: number) => void) | undefined },
  ): Promise<Snapshot | undefined>

  /** Offers a snapshot. It is kept if it is newer than the newest and of the current epoch. */
  writeSnapshot(space: SpaceId, snapshot: Snapshot): Promise<void>
}

/** The live side of a space: a topic on which bytes are broadcast to whoever listens. */
export interface Channel {
  readonly joined: boolean
  /** @returns false when it was not sent; true says nothing about its arrival */
  send(bytes: Uint8Array): boolean
  /** Leaves the topic. May be called twice. */
  close(): Promise<void>
}

export interface ChannelListener {
  readonly onMessage: (bytes: Uint8Array) => void
  /** After every join: whatever was sent meanwhile has been missed. */
  readonly onJoined: () => void
  readonly onLeft: (reason: string) => void
}

/** A server, as far as syncing needs it. */
export interface Remote {
  readonly log: Log
  /** Joins a topic and stays on it until closed. One owner a topic. */
  openChannel(topic: string, listener: ChannelListener): Channel
}
