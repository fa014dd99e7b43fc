import type { Space } from 'segue/crdt'
import { memoryDevice, Segue, type SegueOptions } from 'segue/vue'
import * as Y from 'yjs'
import { browserDevice, type OwnedSpaceStore } from '../../src/sync/device/index.ts'
import type { Peer, Store } from './peer.ts'
import { QUERY, type Row } from './rows.ts'
import { item, schema } from './segue-schema.ts'
import { sql } from './sqlite.ts'

/** An app that is opened without a server: spaces, mirror, outbox, undo, and a store in IndexedDB. */
const segue: Peer = {
  name: 'segue',
  title: 'Segue',
  async open(name) {
    let stored: OwnedSpaceStore | undefined
    const opened = await openSegue(name, (onHealth) => {
      const device = browserDevice('segue', name, onHealth)
      return {
        ...device,
        openStore(space, epoch, mirrored) {
          stored = device.openStore(space, epoch, mirrored)
          return stored
        },
      }
    })
    return new SegueStore(opened, opened.library ?? (await opened.openLibrary()), stored)
  },
}
export default segue

const openSegue = (profile: string, device: SegueOptions['device']) =>
  Segue.open({ schema, profile, sql, device })

class SegueStore implements Store {
  readonly #segue: Segue
  readonly #space: Space
  readonly #stored: OwnedSpaceStore | undefined

  constructor(segue: Segue, space: Space, stored?: OwnedSpaceStore) {
    this.#segue = segue
    this.#space = space
    this.#stored = stored
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
    return this.#segue.mirror.query(QUERY) as unknown as Row[]
  }

  read(id: string): unknown {
    const cell = 'SELECT a FROM item WHERE space_id = ? AND id = ?'
    return this.#segue.mirror.query(cell, [this.#space.id, id])[0]?.a
  }

  async durable(): Promise<void> {
    await this.#segue.ready
    const isStored = await this.#stored?.isStored()
    if (isStored === false) throw new Error('The device has not taken everything.')
  }

  /** As after a quiet moment: with an image of the database on the device. */
  async close(): Promise<void> {
    await this.#segue.ready
    if (this.#stored && !(await this.#segue.storeImage()))
      throw new Error('There is no image of the database.')
    await this.#segue.destroy()
  }

  async show(host: HTMLElement, queries: number): Promise<() => void> {
    const { mountList } = await import('./list/mount-list.ts')
    return mountList(this.#segue, host, queries)
  }

  async fork(): Promise<SegueStore> {
    const { id, doc } = this.#space
    const segue = await openSegue('another', memoryDevice)
    const space = await segue.createSpace({ id, kind: 'library', name: 'The same library' })
    Y.applyUpdate(space.doc, Y.encodeStateAsUpdate(doc))
    return new SegueStore(segue, space)
  }

  exchange(other: SegueStore): void {
    const [mine, theirs] = [this.#space.doc, other.#space.doc]
    const lacking = Y.encodeStateAsUpdate(mine, Y.encodeStateVector(theirs))
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs, Y.encodeStateVector(mine)))
    Y.applyUpdate(theirs, lacking)
  }
}
