import { type Broadcast, broadcastFrame } from './frames.ts'
import { Presence, type PresenceDiff } from './presence.ts'

/** One client's membership of one channel, as its room sees it. */
export interface RoomMember {
  readonly hears: { readonly broadcast: boolean; readonly presence: boolean }
  deliver(frame: Uint8Array): void
  deliverPresence(diff: PresenceDiff): void
}

/** Everybody on one topic. Public and private channels of the same name are different rooms. */
export class Room {
  readonly topic: string
  readonly presence = new Presence()
  readonly members = new Set<RoomMember>()

  constructor(topic: string) {
    this.topic = topic
  }

  /** Passes a broadcast on to everybody who may hear it, but for one. */
  broadcast(broadcast: Broadcast, except?: RoomMember): void {
    const frame = broadcastFrame(this.topic, broadcast)
    for (const member of this.members) {
      if (member !== except && member.hears.broadcast) member.deliver(frame)
    }
  }

  tellPresence(diff: PresenceDiff | undefined): void {
    if (!diff) return
    for (const member of this.members) if (member.hears.presence) member.deliverPresence(diff)
  }
}

/** All rooms that have somebody in them. */
export class Hub {
  readonly #rooms = new Map<string, Room>()

  /** @param topic  as on the wire, with `realtime:` */
  room(topic: string, isPrivate: boolean): Room {
    const name = `${isPrivate ? 'private' : 'public'} ${topic}`
    const found = this.#rooms.get(name)
    if (found) return found
    const room = new Room(topic)
    this.#rooms.set(name, room)
    return room
  }

  /** The room of a topic if anybody is in it. */
  find(topic: string, isPrivate: boolean): Room | undefined {
    return this.#rooms.get(`${isPrivate ? 'private' : 'public'} ${topic}`)
  }

  leave(room: Room, member: RoomMember): void {
    room.members.delete(member)
    room.tellPresence(room.presence.untrack(member))
    if (room.members.size > 0) return
    for (const [name, candidate] of this.#rooms) if (candidate === room) this.#rooms.delete(name)
  }
}
