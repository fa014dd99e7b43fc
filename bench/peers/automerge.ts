import * as Automerge from '@automerge/automerge'
import { ByteLog } from '../compare/byte-log.ts'
import type { Peer, Store } from '../compare/peer.ts'
import { answerOf, type Row } from '../compare/rows.ts'

type Document = { item: Record<string, Record<string, unknown>> }

/** Maps in a map, texts as registers, its chunks in IndexedDB, queries by looking at every row. */
const automerge: Peer = {
  name: 'automerge',
  title: 'Automerge',
  async open(name) {
    const log = await ByteLog.open(name)
    const chunks = await log.readAll()
    let doc = Automerge.from<Document>({ item: {} })
    const [first, ...later] = chunks
    if (first) doc = Automerge.load(first)
    for (const chunk of later) doc = Automerge.loadIncremental(doc, chunk)
    return new AutomergeStore(doc, log)
  },
}
export default automerge

const register = (cell: unknown) => (typeof cell === 'string' ? new Automerge.ImmutableString(cell) : cell)
const plain = (cell: unknown) => (Automerge.isImmutableString(cell) ? cell.toString() : cell)
const mapped = (row: object, change: (cell: unknown) => unknown) =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, change(cell)]))

class AutomergeStore implements Store {
  #doc: Automerge.Doc<Document>
  readonly #log: ByteLog | undefined

  constructor(doc: Automerge.Doc<Document>, log?: ByteLog) {
    this.#doc = doc
    this.#log = log
  }

  insert(rows: readonly Row[]): void {
    this.#doc = Automerge.change(this.#doc, ({ item }) => {
      for (const { id, ...cells } of rows) item[id] = mapped(cells, register)
    })
  }

  edit(id: string, value: number): void {
    this.#doc = Automerge.change(this.#doc, ({ item }) => {
      const row = item[id]
      if (row) row.a = value
    })
  }

  query(): Row[] {
    const found = Object.entries(this.#doc.item).filter(([, row]) => row.b === 3)
    return answerOf(found.map(([id, row]) => ({ id, ...mapped(row, plain) }) as Row))
  }

  read(id: string): unknown {
    return this.#doc.item[id]?.a
  }

  async durable(): Promise<void> {
    await this.#log?.append([Automerge.saveIncremental(this.#doc)])
  }

  async close(): Promise<void> {
    await this.#log?.close()
    Automerge.free(this.#doc)
  }

  async fork(): Promise<AutomergeStore> {
    return new AutomergeStore(Automerge.clone(this.#doc))
  }

  exchange(other: AutomergeStore): void {
    this.#doc = Automerge.merge(this.#doc, other.#doc)
    other.#doc = Automerge.merge(other.#doc, this.#doc)
  }
}
