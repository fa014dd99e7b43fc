import { DuplicateRowError, type Space } from 'segue/crdt'
import type { Chance } from './chance.ts'
import type { Deed, Edit } from './ledger.ts'
import type { Version } from './schemas.ts'

/** Values that are found nowhere else in a history. */
export class Marks {
  #last = 0

  next(): number {
    return ++this.#last
  }

  /** One character, so that nobody's typing can fall into the middle of it. */
  character(): string {
    return String.fromCodePoint(0x4e00 + (this.next() % 20_000))
  }
}

export interface Editor {
  readonly space: Space
  readonly version: Version
  readonly chance: Chance
  readonly marks: Marks
}

type Made = Pick<Edit, 'table' | 'rowId'> & { readonly deed: Deed }

/** Makes one edit that a person might make, if there is something to make it on. */
export function makeEdit(editor: Editor): Made[] {
  const { space, version, chance, marks } = editor
  const { item, pair, newer } = version
  const ids = [...space.rowIds(space.schema.shape(item))].sort()
  const live = ids.filter((id) => space.get(item, id) !== undefined)
  const rowId = chance.pick(live)
  const kinds = [
    'insert',
    'insert',
    'count',
    'count',
    'type',
    'type',
    'type',
    'erase',
    'remove',
    'restore',
    'pair',
    'new',
  ]
  const kind = rowId === undefined ? 'insert' : chance.pick(kinds)
  const on = (deed: Deed, id = rowId ?? '', table = 'item'): Made[] => [{ table, rowId: id, deed }]
  switch (kind) {
    case 'count':
      return setCell(editor, rowId ?? '')
    case 'type':
      return typeText(editor, rowId ?? '')
    case 'erase':
      return eraseText(editor, rowId ?? '')
    case 'remove':
      space.remove(item, rowId ?? '')
      return on({ kind: 'remove' })
    case 'restore': {
      const removed = chance.pick(ids.filter((id) => !live.includes(id)))
      if (removed === undefined) return []
      space.restore(item, removed)
      return on({ kind: 'restore' }, removed)
    }
    case 'pair': {
      const [leftRef = '', rightRef = ''] = [chance.pick(['a', 'b']), chance.pick(['x', 'y'])]
      try {
        const id = space.insert(pair, { leftRef, rightRef, label: `label ${marks.next()}` })
        return on({ kind: 'insert' }, id, 'pair')
      } catch (error) {
        if (!(error instanceof DuplicateRowError)) throw error
        return []
      }
    }
    case 'new':
      if (newer)
        return on({ kind: 'insert' }, space.insert(newer.novelty, { name: `new ${marks.next()}` }), 'novelty')
      break
  }
  return on({ kind: 'insert' }, space.insert(item, { name: `item ${marks.next()}` }))
}

function setCell({ space, version, chance, marks }: Editor, rowId: string): Made[] {
  const value = marks.next()
  const { newer, item } = version
  if (newer && chance.happens(0.4)) {
    const before = space.get(newer.item, rowId)?.extra ?? null
    space.update(newer.item, rowId, { extra: value })
    return [{ table: 'item', rowId, deed: { kind: 'set', column: 'extra', value, before } }]
  }
  const before = space.get(item, rowId)?.count ?? null
  space.update(item, rowId, { count: value })
  return [{ table: 'item', rowId, deed: { kind: 'set', column: 'count', value, before } }]
}

function typeText({ space, version, chance, marks }: Editor, rowId: string): Made[] {
  const text = space.text(version.item, rowId, 'notes')
  const character = marks.character()
  text.doc?.transact(() => text.insert(chance.below(text.length + 1), character), space)
  return [{ table: 'item', rowId, deed: { kind: 'type', character } }]
}

function eraseText({ space, version, chance }: Editor, rowId: string): Made[] {
  const text = space.text(version.item, rowId, 'notes')
  if (text.length === 0) return []
  const at = chance.below(text.length)
  const character = text.toString().charAt(at)
  text.doc?.transact(() => text.delete(at, 1), space)
  return [{ table: 'item', rowId, deed: { kind: 'erase', character } }]
}
