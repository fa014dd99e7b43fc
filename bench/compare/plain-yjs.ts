import * as Y from 'yjs'
import { ByteLog } from './byte-log.ts'
import type { Peer, Store } from './peer.ts'
import { answerOf, type Row } from './rows.ts'

/** Nested Y.Maps, their updates in IndexedDB, queries by looking at every row. */
const plainYjs: Peer = {
  name: 'yjs',
  title: 'plain Yjs',
  async open(name) {
    const log = await ByteLog.open(name)
    const store = new YjsStore(new Y.Doc(), log)
    store.load(await log.readAll())
    return store
  },
}
export default plainYjs

class YjsStore implements Store {
  readonly #doc: Y.Doc
  readonly #table: Y.Map<Y.Map<unknown>>
  readonly #log: ByteLog | undefined
  #unwritten: Uint8Array[] = []

  constructor(doc: Y.Doc, log?: ByteLog) {
    this.#doc = doc
    this.#table = doc.getMap('item')
    this.#log = log
    doc.on('update', (update, origin) => {
      if (log && origin !== this) this.#unwritten.push(update)
    })
  }

  load(updates: readonly Uint8Array[]): void {
    this.#doc.transact(() => {
      for (const update of updates) Y.applyUpdate(this.#doc, update, this)
    }, this)
  }

  insert(rows: readonly Row[]): void {
    this.#doc.transact(() => {
      for (const { id, ...cells } of rows) this.#table.set(id, new Y.Map(Object.entries(cells)))
    })
  }

  edit(id: string, value: number): void {
    this.#table.get(id)?.set('a', value)
  }

  query(): Row[] {
    const found: Row[] = []
    for (const [id, row] of this.#table) {
      if (row.get('b') === 3) found.push({ id, ...row.toJSON() } as Row)
    }
    return answerOf(found)
  }

  read(id: string): unknown {
    return this.#table.get(id)?.get('a')
  }

  async durable(): Promise<void> {
    const updates = this.#unwritten
    this.#unwritten = []
    await this.#log?.append(updates)
  }

  async close(): Promise<void> {
    await this.#log?.close()
    this.#doc.destroy()
  }

  async fork(): Promise<YjsStore> {
    const fork = new YjsStore(new Y.Doc())
    fork.load([Y.encodeStateAsUpdate(this.#doc)])
    return fork
  }

  exchange(other: YjsStore): void {
    const [mine, theirs] = [this.#doc, other.#doc]
    const lacking = Y.encodeStateAsUpdate(mine, Y.encodeStateVector(theirs))
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs, Y.encodeStateVector(mine)))
    Y.applyUpdate(theirs, lacking)
  }
}
