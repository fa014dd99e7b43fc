import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { deriveRow, deriveText } from '../../crdt/derived-type.ts'

const at = (client: number, clock: number) => Y.createID(client, clock)
const rowOf = (doc: Y.Doc) => doc.getMap('thing').get('r') as Y.Map<unknown>

/** Two devices that put the same row into a document of a new epoch, each for the item it knows. */
function devices(...origins: readonly Y.ID[]) {
  return origins.map((origin) => {
    const doc = new Y.Doc()
    deriveRow(doc, 'thing', 'r', origin)
    return doc
  })
}

function exchange(...docs: readonly Y.Doc[]): void {
  for (const from of docs) for (const to of docs) Y.applyUpdate(to, Y.encodeStateAsUpdate(from))
}

describe('a row that several devices carry over', () => {
  test('is one row, with the cells of all of them', () => {
    const [a, b] = devices(at(7, 3), at(7, 3))
    if (!a || !b) return
    rowOf(a).set('name', 'from a')
    rowOf(b).set('count', 1)
    exchange(a, b)
    expect(rowOf(a).toJSON()).toEqual({ name: 'from a', count: 1 })
    expect(rowOf(b).toJSON()).toEqual(rowOf(a).toJSON())
  })

  test('stays as it is when it is carried over once more', () => {
    const [a] = devices(at(7, 3))
    if (!a) return
    rowOf(a).set('name', 'kept')
    deriveRow(a, 'thing', 'r', at(7, 3))
    expect(rowOf(a).toJSON()).toEqual({ name: 'kept' })
  })

  test('is the same one in the epoch after', () => {
    const [a] = devices(at(7, 3))
    const id = a && rowOf(a)._item?.id
    if (!id) throw new Error('The row is there.')
    const [b] = devices(id)
    expect(b && rowOf(b)._item?.id).toEqual(id)
  })

  test('is another one for another item', () => {
    const clients = devices(at(7, 3), at(7, 4), at(8, 3)).map((doc) => rowOf(doc)._item?.id.client)
    expect(new Set(clients).size).toBe(3)
    for (const client of clients) expect(Number.isSafeInteger(client)).toBe(true)
  })
})

describe('a text that several devices carry over', () => {
  test('is one text, with the typing of all of them', () => {
    const [a, b] = devices(at(7, 3), at(7, 3))
    if (!a || !b) return
    for (const doc of [a, b]) deriveText(doc, rowOf(doc), 'notes', at(7, 5))
    ;(rowOf(a).get('notes') as Y.Text).insert(0, 'a')
    ;(rowOf(b).get('notes') as Y.Text).insert(0, 'b')
    exchange(a, b)
    expect([...String(rowOf(a).get('notes'))].sort()).toEqual(['a', 'b'])
    expect(String(rowOf(b).get('notes'))).toBe(String(rowOf(a).get('notes')))
  })

  test('stays as it is when it is carried over once more', () => {
    const [a] = devices(at(7, 3))
    if (!a) return
    deriveText(a, rowOf(a), 'notes', at(7, 5))
    ;(rowOf(a).get('notes') as Y.Text).insert(0, 'kept')
    deriveText(a, rowOf(a), 'notes', at(7, 5))
    expect(String(rowOf(a).get('notes'))).toBe('kept')
  })
})
