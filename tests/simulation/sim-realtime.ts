import type { Channel, ChannelListener } from 'segue/supabase'
import type { Chance } from './chance.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import type { Line } from './sim-remote.ts'

/** Until a client notices that its line is dead, in ms: a heartbeat is missing. */
const HEARTBEAT_MS = 30_000
/** Until the server looks again at somebody's rights, in ms. */
const RIGHTS_MS = 20_000
const REJOIN_MS = 5_000

export interface ChannelOptions {
  readonly topic: string
  readonly listener: ChannelListener
  readonly tab: Owner
  readonly line: Line
  readonly chance: Chance
}

/** The role of a person on a topic, as the policies see it; nothing for somebody who may not listen. */
type RoleOn = (userId: string, topic: string) => string | undefined

/**
 * A Realtime server: it loses, doubles, reorders and delays broadcasts, closes channels, and learns late of what
 * somebody may do.
 */
export class SimRealtime {
  readonly #scheduler: Scheduler
  readonly #roleOn: RoleOn
  readonly #onFault: () => void
  readonly #channels = new Set<SimChannel>()

  constructor(scheduler: Scheduler, roleOn: RoleOn, onFault: () => void) {
    this.#scheduler = scheduler
    this.#roleOn = roleOn
    this.#onFault = onFault
  }

  open(options: ChannelOptions): Channel {
    const channel = new SimChannel(options, this.#scheduler, this)
    this.#channels.add(channel)
    return channel
  }

  roleOf({ line, topic }: ChannelOptions): string | undefined {
    return this.#roleOn(line.caller.userId, topic)
  }

  leave(channel: SimChannel): void {
    this.#channels.delete(channel)
  }

  /** Closes channels, as for a deployment or a rate limit. */
  kick(chosen: (channel: SimChannel) => boolean): void {
    for (const channel of [...this.#channels]) if (chosen(channel)) channel.drop('closed by the server')
  }

  /** Somebody's rights have changed; the server notices some time later. */
  rightsChanged(userId: string): void {
    for (const channel of [...this.#channels]) {
      if (channel.options.line.caller.userId === userId) channel.lookAgainSoon(RIGHTS_MS)
    }
  }

  broadcast(from: SimChannel, bytes: Uint8Array): void {
    const { topic, chance, line } = from.options
    for (const to of this.#channels) {
      if (to === from || to.options.topic !== topic || !to.isMember) continue
      const isLost = chance.happens(line.weather.broadcastLost)
      const copies = isLost ? 0 : chance.happens(line.weather.broadcastDoubled) ? 2 : 1
      if (copies !== 1) this.#onFault()
      for (let copy = 0; copy < copies; copy++) {
        this.#scheduler.after(chance.delay(1, line.weather.latency * 4), undefined, () => to.arrive(bytes))
      }
    }
  }
}

class SimChannel implements Channel {
  readonly options: ChannelOptions
  readonly #scheduler: Scheduler
  readonly #server: SimRealtime
  /** What the client believes. */
  #joined = false
  /** What the server believes. */
  isMember = false
  #maySpeak = false
  #rejoins = false
  #closed = false

  constructor(options: ChannelOptions, scheduler: Scheduler, server: SimRealtime) {
    this.options = options
    this.#scheduler = scheduler
    this.#server = server
    this.#join()
  }

  get joined(): boolean {
    return this.#joined
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#joined || this.#closed) return false
    const copy = bytes.slice()
    const { chance, line } = this.options
    this.#scheduler.after(chance.delay(1, line.weather.latency), undefined, () => {
      if (this.#isCut || !this.isMember || !this.#maySpeak) return
      this.#server.broadcast(this, copy)
    })
    return true
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#joined = false
    this.isMember = false
    this.#server.leave(this)
  }

  arrive(bytes: Uint8Array): void {
    if (this.#isCut || !this.isMember) return
    const { listener, tab } = this.options
    this.#later(0, () => {
      if (this.#joined && tab.alive) listener.onMessage(bytes)
    })
  }

  /** The server closes the channel; the client joins again after a while. */
  drop(reason: string): void {
    this.isMember = false
    this.#later(this.#isCut ? HEARTBEAT_MS : 5, () => this.#left(reason))
  }

  lookAgainSoon(ms: number): void {
    this.#scheduler.after(this.options.chance.delay(0, ms), undefined, () => {
      if (!this.isMember) return
      const role = this.#server.roleOf(this.options)
      this.#maySpeak = role === 'owner' || role === 'editor'
      if (role === undefined) this.drop('Unauthorized')
    })
  }

  get #isCut(): boolean {
    const { line, tab } = this.options
    return !tab.alive || !line.online || line.realtimeCutUntil > this.#scheduler.now()
  }

  #join(): void {
    const { line, chance, listener } = this.options
    this.#later(chance.delay(1, line.weather.join), () => {
      this.#rejoins = false
      const role = this.#isCut || !line.signedIn ? undefined : this.#server.roleOf(this.options)
      if (role === undefined) return this.#left('no answer, or not allowed')
      this.isMember = true
      this.#maySpeak = role !== 'viewer'
      this.#joined = true
      this.#watch()
      listener.onJoined()
    })
  }

  /** Looks whether the line is still there. */
  #watch(): void {
    this.#later(this.options.chance.delay(1_000, HEARTBEAT_MS), () => {
      if (!this.#joined) return
      if (this.#isCut || !this.isMember) this.#left('heartbeat timeout')
      else this.#watch()
    })
  }

  #left(reason: string): void {
    if (this.#rejoins) return
    this.#rejoins = true
    this.isMember = false
    this.#joined = false
    this.options.listener.onLeft(reason)
    this.#later(this.options.chance.delay(200, REJOIN_MS), () => this.#join())
  }

  #later(ms: number, run: () => void): void {
    this.#scheduler.after(ms, this.options.tab, () => {
      if (!this.#closed) run()
    })
  }
}
