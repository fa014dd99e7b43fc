import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeSnapshot, newSpaceId, Space, type SpaceId } from 'segue/crdt'
import { type Log, supabaseRemote } from 'segue/supabase'
import { tune, tuneSchema } from 'segue/tables'
import type { Segue } from 'segue/vue'
import type { Backend } from './backend.ts'
import { rounded } from './numbers.ts'
import { leave } from './pair.ts'
import { device, Network, type Person, person, settled, shown } from './people.ts'

const ROWS = 100
/** Entries in one push, as the server takes them. */
const BATCH = 100

/** A space whose log is written directly: one entry for each transaction. */
class Written {
  readonly space: Space
  readonly #log: Log
  readonly #client = randomUUID()
  #n = 0
  bytes = 0

  private constructor(log: Log, id: SpaceId) {
    this.#log = log
    this.space = new Space({ id, schema: tuneSchema })
  }

  static async create({ supabase }: Person): Promise<Written> {
    const { log } = supabaseRemote(supabase)
    return new Written(log, await log.createSpace(newSpaceId(), 'playlist', 'Written'))
  }

  async write(count: number, edit: (n: number) => void): Promise<void> {
    const updates: Uint8Array[] = []
    const keep = (update: Uint8Array) => updates.push(update)
    this.space.doc.on('update', keep)
    for (let n = 0; n < count; n++) this.space.transact(() => edit(n))
    this.space.doc.off('update', keep)
    this.bytes = updates.reduce((sum, update) => sum + update.byteLength, 0)
    while (updates.length > 0) {
      const entries = updates.splice(0, BATCH).map((update) => this.entry(update))
      await this.#log.push(this.space.id, 0, this.#client, entries)
    }
  }

  async snapshot(): Promise<number> {
    const state = encodeSnapshot(this.space)
    await this.#log.writeSnapshot(this.space.id, { epoch: 0, seq: this.#n, state })
    return state.byteLength
  }

  private entry(update: Uint8Array) {
    return { client: this.#client, n: ++this.#n, update }
  }
}

const countTunes = (segue: Segue) => segue.mirror.query('select count(*) as n from tune')[0]?.n
const hasTitle = (segue: Segue, title: string) =>
  segue.mirror.query('select 1 from tune where title = ?', [title]).length > 0

/** A device comes back after others have written so many updates. */
export async function catchUp(address: Backend, missed: readonly number[]) {
  const who = await person(address)
  const written = await Written.create(who)
  await written.write(1, () => {
    for (let n = 0; n < ROWS; n++) written.space.insert(tune, { id: `t${n}`, title: `Tune ${n}` })
  })
  const network = new Network()
  const segue = await device(who, network)
  await shown(segue, () => countTunes(segue) === ROWS)
  await settled(segue, written.space.id)
  const results = []
  for (const count of missed) {
    network.set(false)
    await segue.sync?.stopRealtime()
    await pause(500)
    await written.write(count, (n) =>
      written.space.update(tune, `t${n % ROWS}`, { title: `Edit ${n} of ${count}` }),
    )
    who.wire.reset()
    const started = performance.now()
    network.set(true)
    segue.sync?.startRealtime()
    await shown(segue, () => count === 0 || hasTitle(segue, `Edit ${count - 1} of ${count}`))
    await settled(segue, written.space.id)
    const ms = performance.now() - started
    // The log is read once more after the channel was joined.
    await pause(1_000)
    const { sent, received } = who.wire
    results.push({
      missed: count,
      ...rounded({
        ms,
        updateBytes: count === 0 ? 0 : written.bytes,
        requests: sent.bodies,
        bodyBytesUp: sent.bodyBytes,
        bodyBytesDown: received.bodyBytes,
        frameBytesUp: sent.frameBytes,
        frameBytesDown: received.frameBytes,
      }),
    })
  }
  await leave(segue, who)
  return results
}

/** A device that has nothing opens a space with many rows, of which there is a snapshot. */
export async function newDevice(address: Backend, rows: number) {
  const who = await person(address)
  const written = await Written.create(who)
  await written.write(rows / BATCH, (n) => {
    for (let row = 0; row < BATCH; row++) {
      written.space.insert(tune, { title: `The ${n * BATCH + row}th tune`, type: 'reel', mode: 'D major' })
    }
  })
  // Writing has kept this process busy; here it gets to see which idle connections have been closed meanwhile.
  await pause(1_000)
  const snapshotBytes = await written.snapshot()
  who.wire.reset()
  const started = performance.now()
  const segue = await device(who)
  await shown(segue, () => countTunes(segue) === rows)
  const ms = performance.now() - started
  await settled(segue, written.space.id)
  const { sent, received } = who.wire
  const figures = rounded({
    ...{ rows, ms, snapshotBytes, requests: sent.bodies },
    bodyBytesUp: sent.bodyBytes,
    bodyBytesDown: received.bodyBytes,
  })
  await leave(segue, who)
  return figures
}
