import * as Y from 'yjs'
import { placeOf } from './migrated-row.ts'
import type { RowMap } from './row-parts.ts'

/** Random client numbers are below this. */
const RANDOM_CLIENTS = 2 ** 32

/**
 * Puts an empty map under a key of a table, as everybody does who puts it there for the same item of an older
 * document: the same client number, so that all of them are one, and no one's takes the place of another's.
 */
export function deriveRow(onto: Y.Doc, table: string, key: string, origin: Y.ID): void {
  const scratch = new Y.Doc()
  scratch.clientID = derivedClient(origin, key)
  scratch.getMap(table).set(key, new Y.Map())
  Y.applyUpdate(onto, Y.encodeStateAsUpdate(scratch))
}

/** The same for an empty text under a column of a row. */
export function deriveText(onto: Y.Doc, part: RowMap, name: string, origin: Y.ID): void {
  const [row, column] = placeOf(part, name)
  const place = row._item?.id
  if (!place) return
  const client = derivedClient(origin, `${place.client}/${place.clock}`)
  if (Y.getState(onto.store, client) > 0) return
  const content = new Y.ContentType(new Y.Text())
  Y.transact(onto, (transaction) => {
    new Y.Item(Y.createID(client, 0), null, null, null, null, row, column, content).integrate(transaction, 0)
  })
}

/**
 * Puts a text with some content into a row, as everybody does who makes it of the same item.
 *
 * @returns  nothing if it was there before, and is no more
 */
export function deriveFilledText(
  part: RowMap,
  { origin, content, keyOf }: { origin: Y.ID; content: string; keyOf: (client: number) => string },
): Y.Text | undefined {
  const { doc, _item: place } = part
  if (!doc || !place) return undefined
  const from = `${origin.client}/${origin.clock}`
  const client = RANDOM_CLIENTS + hash(`text of ${from} in ${place.id.client}/${place.id.clock} ${keyOf(0)}`)
  if (Y.getState(doc.store, client) > 0) return undefined
  const text = new Y.Text()
  Y.transact(doc, (transaction) => {
    const insert = (clock: number, into: Y.Item['parent'], key: string | null, what: Y.Item['content']) =>
      new Y.Item(Y.createID(client, clock), null, null, null, null, into, key, what).integrate(transaction, 0)
    insert(0, ...placeOf(part, keyOf(client)), new Y.ContentType(text))
    if (content !== '') insert(1, text, null, new Y.ContentString(content))
  })
  return text
}

/** A client number that only this item in this place leads to; one that was made so already stays what it is. */
function derivedClient({ client, clock }: Y.ID, place: string): number {
  return client >= RANDOM_CLIENTS ? client : RANDOM_CLIENTS + hash(`${client}/${clock} ${place}`)
}

/** 52 bits that look random. */
function hash(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (const character of text) {
    const code = character.charCodeAt(0)
    a = Math.imul(a ^ code, 2_654_435_761)
    b = Math.imul(b ^ code, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return (b & 0xfffff) * RANDOM_CLIENTS + (a >>> 0)
}
