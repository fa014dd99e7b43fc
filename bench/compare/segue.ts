import { Mirror } from 'segue/bridge'
import { defineSchema, newSpaceId, Space, type SpaceId, segueTable } from 'segue/crdt'
import initSqlJs from 'sql.js'
import * as Y from 'yjs'
import { browserDevice, type Device } from '../../src/sync/device/index.ts'
import { columns } from '../item.ts'
import type { Peer, Store } from './peer.ts'
import { QUERY, type Row } from './rows.ts'

const item = segueTable('item', columns(), { indexes: [['b']] })
const schema = defineSchema({ item })
const sql = await initSqlJs()
const spaceIds = new Map<string, SpaceId>()

/** A space, its mirror, and its store on the device with the outbox: all that an app has but the network. */
export const segue: Peer = {
  name: 'segue',
  title: 'Segue',
  async open(name) {
    const id = spaceIds.get(name) ?? newSpaceId()
    spaceIds.set(name, id)
    const device = browserDevice('segue', name, (problem) => {
      if (problem) throw new Error('IndexedDB has refused something.', { cause: problem })
    })
    const space = newSpace(id)
    const stored = device.openStore(space, 0)
    await stored.loaded
    return new SegueStore(space, { stored, leave: () => device.tabs.close() })
  },
}

const newSpace = (id: SpaceId) => new Space({ id, schema, author: { userId: 'somebody', device: 'bench' } })

interface OnDevice {
  readonly stored: ReturnType<Device['openStore']>
  leave(): void
}

class SegueStore implements Store {
  readonly #space: Space
  readonly #mirror = new Mirror(sql, schema)
  readonly #device: OnDevice | undefined

  constructor(space: Space, device?: OnDevice) {
    this.#space = space
    this.#device = device
    this.#mirror.attach(space)
  }

  insert(rows: readonly Row[]): void {
    this.#space.transact(() => {
      for (const row of rows) this.#space.insert(item, row)
    })
  }

  edit(id: string, value: number): void {
    this.#space.update(item, id, { a: value })
  }

  query(): Row[] {
    return this.#mirror.query(QUERY) as unknown as Row[]
  }

  read(id: string): unknown {
    return this.#mirror.query('SELECT a FROM item WHERE space_id = ? AND id = ?', [this.#space.id, id])[0]?.a
  }

  async durable(): Promise<void> {
    const isStored = await this.#device?.stored.isStored()
    if (isStored === false) throw new Error('The device has not taken everything.')
  }

  async close(): Promise<void> {
    this.#mirror.destroy()
    await this.#device?.stored.destroy()
    this.#device?.leave()
    this.#space.destroy()
  }

  async fork(): Promise<SegueStore> {
    const space = newSpace(this.#space.id)
    Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(this.#space.doc))
    return new SegueStore(space)
  }

  exchange(other: SegueStore): void {
    const [mine, theirs] = [this.#space.doc, other.#space.doc]
    const lacking = Y.encodeStateAsUpdate(mine, Y.encodeStateVector(theirs))
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs, Y.encodeStateVector(mine)))
    Y.applyUpdate(theirs, lacking)
  }
}
