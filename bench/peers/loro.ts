import { LoroDoc, LoroMap, type VersionVector } from 'loro-crdt'
import { ByteLog } from '../compare/byte-log.ts'
import type { Peer, Store } from '../compare/peer.ts'
import { answerOf, type Row } from '../compare/rows.ts'

/** Maps in a map, a snapshot and then updates in IndexedDB, queries by looking at every row. */
const loro: Peer = {
  name: 'loro',
  title: 'Loro',
  async open(name) {
    const log = await ByteLog.open(name)
    const chunks = await log.readAll()
    const doc = new LoroDoc()
    if (chunks.length > 0) doc.importBatch(chunks)
    return new LoroStore(doc, log)
  },
}
export default loro

class LoroStore implements Store {
  readonly #doc: LoroDoc
  readonly #table: LoroMap
  readonly #log: ByteLog | undefined
  #stored: VersionVector

  constructor(doc: LoroDoc, log?: ByteLog) {
    this.#doc = doc
    this.#table = doc.getMap('item')
    this.#log = log
    this.#stored = doc.version()
  }

  insert(rows: readonly Row[]): void {
    for (const { id, ...cells } of rows) {
      const row = this.#table.setContainer(id, new LoroMap())
      for (const [name, cell] of Object.entries(cells)) row.set(name, cell)
    }
    this.#doc.commit()
  }

  edit(id: string, value: number): void {
    this.#row(id)?.set('a', value)
    this.#doc.commit()
  }

  query(): Row[] {
    const found: Row[] = []
    // Reading one cell of each row is several times quicker than turning all of them into JSON.
    for (const [id, row] of this.#table.entries()) {
      if (row instanceof LoroMap && row.get('b') === 3) found.push({ id, ...row.toJSON() } as Row)
    }
    return answerOf(found)
  }

  read(id: string): unknown {
    return this.#row(id)?.get('a')
  }

  async durable(): Promise<void> {
    const isFirst = this.#stored.length() === 0
    const bytes = this.#doc.export(isFirst ? { mode: 'snapshot' } : { mode: 'update', from: this.#stored })
    this.#stored = this.#doc.version()
    await this.#log?.append([bytes])
  }

  async close(): Promise<void> {
    await this.#log?.close()
    this.#doc.free()
  }

  async fork(): Promise<LoroStore> {
    return new LoroStore(this.#doc.fork())
  }

  exchange(other: LoroStore): void {
    const mine = this.#doc.export({ mode: 'update', from: other.#doc.version() })
    const theirs = other.#doc.export({ mode: 'update', from: this.#doc.version() })
    this.#doc.import(theirs)
    other.#doc.import(mine)
  }

  #row(id: string): LoroMap | undefined {
    const row = this.#table.get(id)
    return row instanceof LoroMap ? row : undefined
  }
}
