import { createEvolu, type Evolu, FiniteNumber, Id, id, nullOr, SimpleName, String1000 } from '@evolu/common'
import { evoluWebDeps } from '@evolu/web'
import type { Peer, Store } from '../compare/peer.ts'
import type { Row } from '../compare/rows.ts'
import { COLUMNS } from './sql-store.ts'

const text = nullOr(String1000)
const number = nullOr(FiniteNumber)
const schema = {
  item: {
    id: id('Item'),
    ...{ title: text, key: text, kind: text, source: text, day: text },
    ...{ a: number, b: number, c: number, d: number, e: number },
  },
}

/**
 * A table with an index on `b` and a log for the server, in a file of the page's own (OPFS) behind a worker. It answers
 * a query from its cache when nothing has changed.
 */
const evolu: Peer = {
  name: 'evolu',
  title: 'Evolu',
  staysOpen: true,
  async open(name) {
    const opened = createEvolu(evoluWebDeps)(schema, {
      name: SimpleName.orThrow(name),
      transports: [],
      indexes: (create) => [create('item_by_b').on('item').column('b')],
    })
    await opened.appOwner
    return new EvoluStore(opened)
  },
}
export default evolu

class EvoluStore implements Store {
  readonly #evolu: Evolu<typeof schema>
  readonly #query

  constructor(opened: Evolu<typeof schema>) {
    this.#evolu = opened
    this.#query = opened.createQuery((db) =>
      db
        .selectFrom('item')
        .select(['id', ...COLUMNS])
        .where('b', '=', 3 as never)
        .orderBy('c', 'desc')
        .orderBy('a')
        .limit(50),
    )
  }

  insert(rows: readonly Row[]): Promise<void> {
    return new Promise((resolve) => {
      for (const [place, row] of rows.entries()) {
        const onComplete = place === rows.length - 1 ? { onComplete: resolve } : {}
        mustBeTaken(this.#evolu.upsert('item', { ...row, id: idOf(row.id) }, onComplete))
      }
    })
  }

  edit(rowId: string, value: number): Promise<void> {
    return new Promise((resolve) => {
      mustBeTaken(this.#evolu.update('item', { id: idOf(rowId), a: value }, { onComplete: resolve }))
    })
  }

  async query(): Promise<Row[]> {
    const rows = await this.#evolu.loadQuery(this.#query)
    return rows.map((row) => ({ ...row, id: uuidOf(row.id) }) as Row)
  }

  async read(rowId: string): Promise<unknown> {
    const one = this.#evolu.createQuery((db) =>
      db.selectFrom('item').select('a').where('id', '=', idOf(rowId)),
    )
    const [row] = await this.#evolu.loadQuery(one)
    return row?.a
  }

  async durable(): Promise<void> {}

  async storedBytes(): Promise<number> {
    return (await this.#evolu.exportDatabase()).byteLength
  }

  /** Its worker ends with the page. */
  async close(): Promise<void> {}
}

function mustBeTaken({ ok }: { ok: boolean }): void {
  if (!ok) throw new Error('Evolu has refused a row.')
}

/** Ids of sixteen bytes, which Evolu writes in Base64 and others as UUIDs. */
const idOf = (uuid: string) =>
  Id.orThrow(
    Uint8Array.fromHex(uuid.replaceAll('-', '')).toBase64({ alphabet: 'base64url', omitPadding: true }),
  ) as typeof schema.item.id.Type

const uuidOf = (written: string): string =>
  Uint8Array.fromBase64(written, { alphabet: 'base64url' })
    .toHex()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
