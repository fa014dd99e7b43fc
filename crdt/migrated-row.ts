import * as Y from 'yjs'
import { columnOf } from './cells.ts'
import { REMOVED_AT } from './projection.ts'
import type { RowMap } from './row-parts.ts'
import { type MigrationShape, migratedPrefix } from './schema/index.ts'

/** How the cells of a new row are named in the old row that keeps them. */
export class MigratedKeys {
  readonly #prefix: string
  readonly #stored = new Map<string, string>()
  readonly #moved = new Map<string, string>()

  constructor({ id, moved }: MigrationShape, name: string) {
    this.#prefix = migratedPrefix(id, name)
    for (const [target, source] of moved) {
      this.#stored.set(target.storedAs, source.storedAs)
      this.#moved.set(source.storedAs, target.storedAs)
    }
  }

  /** The key in the old row. */
  stored(key: string): string {
    const column = columnOf(key)
    const moved = column === REMOVED_AT ? undefined : this.#stored.get(column)
    return moved === undefined ? this.#prefix + key : moved + key.slice(column.length)
  }

  /** The key in the new row; nothing for what is not its own. */
  own(stored: string): string | undefined {
    if (stored.startsWith(this.#prefix)) return stored.slice(this.#prefix.length)
    const column = columnOf(stored)
    const moved = this.#moved.get(column)
    return moved === undefined ? undefined : moved + stored.slice(column.length)
  }
}

/** A part of an old row, seen as a part of the new row that a migration reads in it. */
export class MigratedRow implements RowMap {
  readonly #source: RowMap
  readonly #keys: MigratedKeys

  constructor(source: RowMap, keys: MigratedKeys) {
    this.#source = source
    this.#keys = keys
  }

  get _map(): ReadonlyMap<string, Y.Item> {
    const entries = new Map<string, Y.Item>()
    for (const [stored, item] of this.#source._map) {
      const key = this.#keys.own(stored)
      if (key !== undefined) entries.set(key, item)
    }
    return entries
  }

  get _item(): Y.Item | null {
    return this.#source._item
  }

  get doc(): Y.Doc | null {
    return this.#source.doc
  }

  get(key: string): unknown {
    return this.#source.get(this.#keys.stored(key))
  }

  has(key: string): boolean {
    return this.#source.has(this.#keys.stored(key))
  }

  set(key: string, value: unknown): unknown {
    return this.#source.set(this.#keys.stored(key), value)
  }

  delete(key: string): void {
    this.#source.delete(this.#keys.stored(key))
  }

  *keys(): IterableIterator<string> {
    for (const [key, item] of this._map) if (!item.deleted) yield key
  }

  /** Where a key really lies. */
  place(key: string): [Y.Map<unknown>, string] {
    return placeOf(this.#source, this.#keys.stored(key))
  }
}

/** The map of the document, and the key in it, that a key of a part of a row stands for. */
export function placeOf(part: RowMap, key: string): [Y.Map<unknown>, string] {
  if (part instanceof Y.Map) return [part, key]
  if (part instanceof MigratedRow) return part.place(key)
  throw new TypeError('This is no part of a row of a document.')
}
