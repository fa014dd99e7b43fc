import { newSpaceId, Space, type SpaceId } from 'segue/crdt'
import type { Channel, ChannelListener, Clock, LogEntry, LogPage, OutboxEntry, Remote } from 'segue/supabase'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { MemorySpaceStore } from '../../src/sync/device/memory-store.ts'
import { SpaceProvider } from '../../supabase/client/space-provider.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { VirtualClock } from '../helpers/virtual-clock.ts'

const REQUEST_MS = 300
const BROADCAST_MS = 50
const MESSAGES_PER_SECOND = 100

/** A server that answers late, and counts. */
class Server {
  readonly log: LogEntry[] = []
  readonly #listeners = new Set<ChannelListener>()
  readonly #clock: VirtualClock
  requests = 0
  /** Messages as Realtime counts them: each once, and for everybody it is delivered to. */
  messages = 0

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  get remote(): Remote {
    const page = (since: number, limit: number): LogPage => ({
      ...{ head: this.log.length, epoch: 0, role: 'editor' },
      entries: this.log.slice(since, since + limit),
    })
    const push = (client: string, entries: readonly OutboxEntry[]) => {
      const places = new Map<number, number>()
      for (const { n, update } of entries) {
        const found = this.log.find((logged) => logged.client === client && logged.n === n)
        if (!found) this.log.push({ client, n, update, seq: this.log.length + 1 })
        places.set(n, found?.seq ?? this.log.length)
      }
      return places
    }
    return {
      log: {
        createSpace: (id) => this.#answer(() => id),
        mySpaces: () => this.#answer(() => []),
        readSnapshot: () => this.#answer(() => undefined),
        writeSnapshot: () => this.#answer(() => undefined),
        push: (_space, _epoch, client, entries) => this.#answer(() => push(client, entries)),
        pull: (_space, _epoch, since, limit) => this.#answer(() => page(since, limit)),
        exchange: (_space, _epoch, client, entries, since) =>
          this.#answer(() => ({ places: push(client, entries), page: page(since, 500) })),
      },
      openChannel: (_topic, listener) => this.#join(listener),
    }
  }

  async #answer<T>(work: () => T): Promise<T> {
    this.requests++
    await this.#clock.pause(REQUEST_MS / 2)
    const answer = work()
    await this.#clock.pause(REQUEST_MS / 2)
    return answer
  }

  #join(listener: ChannelListener): Channel {
    const send = (bytes: Uint8Array) => {
      this.messages += this.#listeners.size
      this.#clock.after(BROADCAST_MS, () => {
        for (const other of this.#listeners) if (other !== listener) other.onMessage(bytes)
      })
      return true
    }
    this.#clock.after(BROADCAST_MS, () => {
      this.#listeners.add(listener)
      listener.onJoined()
    })
    return { joined: true, send, close: async () => void this.#listeners.delete(listener) }
  }
}

class Crowd {
  readonly clock: VirtualClock
  readonly server: Server
  readonly members: readonly ReturnType<typeof memberOf>[]

  constructor(size: number, seed: number) {
    this.clock = new VirtualClock(seed)
    this.server = new Server(this.clock)
    const id = newSpaceId()
    this.members = Array.from({ length: size }, () => memberOf(this, id))
  }

  /** Everybody writes so often, for so long. */
  async write(editsPerSecond: number, seconds: number): Promise<void> {
    const apart = 1_000 / editsPerSecond / this.members.length
    for (let n = 0; n < seconds * editsPerSecond; n++) {
      for (const [index, { space }] of this.members.entries()) {
        space.doc.getMap('rows').set(`row ${(n * 7 + index) % 100}`, `${n} by ${index}`)
        await this.clock.advance(apart)
      }
    }
  }

  get isSame(): boolean {
    const states = this.members.map(({ space }) => Y.encodeStateVector(space.doc).toString())
    return new Set(states).size === 1 && this.members.every(({ store }) => store.pending.length === 0)
  }

  /** How long until everybody holds the same, in ms. */
  async converge(): Promise<number> {
    const started = this.clock.now()
    while (!this.isSame && this.clock.now() < started + 60_000) await this.clock.advance(50)
    return this.clock.now() - started
  }
}

function memberOf({ clock, server }: Pick<Crowd, 'server'> & { clock: Clock }, id: SpaceId) {
  const space = new Space({ id, schema: sampleSchema })
  const store = new MemorySpaceStore({ space, epoch: 0, clock })
  const provider = new SpaceProvider({
    ...{ space, store, clock, remote: server.remote, batchSize: 100, messagesPerSecond: MESSAGES_PER_SECOND },
    onChange: () => {},
    onRegistered: () => {},
    onRole: () => {},
    onNewEpoch: () => {},
    onStray: () => {},
  })
  provider.startRealtime()
  return { space, store, provider }
}

describe('fifty people who write at once', () => {
  it('all hold the same five seconds after the last edit, within what a server takes', {
    timeout: 120_000,
  }, async () => {
    const crowd = new Crowd(50, 1)
    const { server } = crowd
    // Until then everybody has come, and knows that there are many.
    await crowd.write(5, 12)
    const { requests, messages } = server
    await crowd.write(5, 6)
    expect((server.requests - requests) / 6).toBeLessThan(30)
    expect((server.messages - messages) / 6).toBeLessThan(MESSAGES_PER_SECOND)
    expect(await crowd.converge()).toBeLessThan(5_000)
  })

  it('leave the server alone once they are done, and hear of the next edit', {
    timeout: 120_000,
  }, async () => {
    const crowd = new Crowd(50, 4)
    const { clock, server } = crowd
    await crowd.write(5, 6)
    await crowd.converge()
    await clock.advance(5_000)
    const { requests } = server
    await clock.advance(10_000)
    expect(server.requests).toBe(requests)
    crowd.members[7]?.space.doc.getMap('rows').set('row 1', 'one more')
    expect(await crowd.converge()).toBeLessThan(5_000)
  })
})

describe('somebody whose large document is closed', () => {
  it('reads it a moment at a time for an edit that comes in, which the log brings too', async () => {
    const clock = new VirtualClock(1)
    const server = new Server(clock)
    const id = newSpaceId()
    /** On which every look at it takes longer than a moment. */
    let looks = 0
    const slow: Clock = {
      now: () => clock.now() + 20 * looks++,
      random: () => clock.random(),
      after: (ms, run) => clock.after(ms, run),
    }
    const [writer, reader] = [memberOf({ clock, server }, id), memberOf({ clock: slow, server }, id)]
    writer.space.transact(() => {
      for (let n = 0; n < 2_000; n++) writer.space.insert(thing, { name: `row ${n}` })
    })
    await clock.advance(10_000)
    const names = () =>
      [...reader.space.rowIds(sampleSchema.shape(thing))].map((row) => reader.space.get(thing, row)?.name)
    expect(names()).toHaveLength(2_000)
    const closing = reader.space.closing()
    while (!closing.next().done) {}

    writer.space.insert(thing, { name: 'one more' })
    await clock.advance(400)
    expect([reader.space.isLoaded, reader.store.unlogged]).toEqual([false, []])
    await clock.advance(10_000)
    expect(reader.space.isLoaded).toBe(true)
    expect(names()).toContain('one more')
    await Promise.all([writer.provider.destroy(), reader.provider.destroy()])
  })
})
