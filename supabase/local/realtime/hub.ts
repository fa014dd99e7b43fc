import { type Broadcast, Delivery } from './frames.ts'
import { Presence, type PresenceDiff } from './presence.ts'

/** One client's membership of one channel, as its room sees it. */
export interface RoomMember {
  readonly hears: { readonly broadcast: boolean; readonly presence: boolean }
  deliver(delivery: Delivery): void
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
    const delivery = new Delivery(this.topic, broadcast)
    for (const member of this.members) {
      if (member !== except && member.hears.broadcast) member.deliver(delivery)
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

  /** Lets somebody in. @param topic  as on the wire, with `realtime:` */
  enter(topic: string, isPrivate: boolean, member: RoomMember): Room {
    const name = nameOf(topic, isPrivate)
    const room = this.#rooms.get(name) ?? new Room(topic)
    this.#rooms.set(name, room)
    room.members.add(member)
    return room
  }

  /** The room of a topic if anybody is in it. */
  find(topic: string, isPrivate: boolean): Room | undefined {
    return this.#rooms.get(nameOf(topic, isPrivate))
  }

  leave(topic: string, isPrivate: boolean, member: RoomMember): void {
    const room = this.find(topic, isPrivate)
    if (!room?.members.delete(member)) return
    room.tellPresence(room.presence.untrack(member))
    if (room.members.size === 0) this.#rooms.delete(nameOf(topic, isPrivate))
  }
}

const nameOf = (topic: string, isPrivate: boolean) => `${isPrivate ? 'private' : 'public'} ${topic}`
