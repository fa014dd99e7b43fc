import type { Tabs } from 'segue/supabase'
import { joinTabs } from '../../src/sync/device/join-tabs.ts'
import type { TabChannel } from '../../src/sync/device/tab-channel.ts'
import type { Chance } from './chance.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** How long a message between two tabs takes at most, in ms. */
const MESSAGE_MS = 40

interface Ear {
  readonly tab: Owner
  readonly channel: string
  readonly listener: (message: unknown) => void
  /** Messages arrive in the order in which they were sent. */
  lastArrival: number
}

/** What the tabs of one device share: a lock that one of them holds, and channels that carry what they say. */
export class SimTabs {
  readonly #scheduler: Scheduler
  readonly #chance: Chance
  readonly #ears = new Set<Ear>()
  readonly #queue: { readonly tab: Owner; readonly lead: () => void }[] = []

  constructor(scheduler: Scheduler, chance: Chance) {
    this.#scheduler = scheduler
    this.#chance = chance
  }

  /** One tab's view of all. */
  join(tab: Owner): Tabs {
    return joinTabs(this.channel('tabs', tab), {
      request: (lead) =>
        this.#scheduler.soon(this.#chance.delay(0, 20), tab, () => {
          this.#queue.push({ tab, lead })
          if (this.#queue.length === 1) lead()
        }),
      release: () => this.leave(tab),
    })
  }

  channel(name: string, tab: Owner): TabChannel {
    const own = new Set<Ear>()
    let isClosed = false
    return {
      post: (message) => {
        if (isClosed) throw new DOMException('The channel is closed.', 'InvalidStateError')
        const copy: unknown = structuredClone(message)
        for (const ear of this.#ears) if (ear.channel === name && !own.has(ear)) this.#deliver(ear, copy)
      },
      onMessage: (listener) => {
        const ear = { tab, channel: name, listener, lastArrival: 0 }
        own.add(ear)
        this.#ears.add(ear)
      },
      close: () => {
        isClosed = true
        for (const ear of own) this.#ears.delete(ear)
      },
    }
  }

  /** A tab is gone, or gives up the lead: the next one takes it. */
  leave(tab: Owner): void {
    const at = this.#queue.findIndex((waiting) => waiting.tab === tab)
    if (at === -1) return
    this.#queue.splice(at, 1)
    const [next] = this.#queue
    if (at === 0 && next) this.#scheduler.after(this.#chance.delay(0, 50), next.tab, next.lead)
  }

  /** A tab has died: it hears nothing any more. */
  crash(tab: Owner): void {
    for (const ear of this.#ears) if (ear.tab === tab) this.#ears.delete(ear)
    this.leave(tab)
  }

  #deliver(ear: Ear, message: unknown): void {
    const now = this.#scheduler.now()
    ear.lastArrival = Math.max(ear.lastArrival, now + this.#chance.delay(0.1, MESSAGE_MS))
    this.#scheduler.after(ear.lastArrival - now, ear.tab, () => {
      if (this.#ears.has(ear)) ear.listener(message)
    })
  }
}
