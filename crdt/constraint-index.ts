import type { ForeignKey, Schema, TableShape, UniqueKey } from './schema/index.ts'

/** A row that may be shown, as far as constraints look at it. */
export class ConstrainedRow {
  readonly shape: TableShape
  readonly rowId: string
  /** When it was created; never, as far as anybody knows, is later than any time. */
  readonly createdAt: number
  /** What each foreign key holds. */
  readonly parents: readonly (string | null)[]
  /** What the columns of each unique key hold together; null where one of them does. */
  readonly keys: readonly (string | null)[]
  /** Why it is hidden, null when it is not; undefined until somebody asks. */
  reason: string | null | undefined
  /** The row that it is hidden behind, because both have one key. */
  behind: ConstrainedRow | undefined
  /** What was last told of it: why it is hidden, or which of its columns read null. */
  told: string | undefined

  constructor(
    shape: TableShape,
    rowId: string,
    createdAt: number,
    parents: ConstrainedRow['parents'],
    keys: ConstrainedRow['keys'],
  ) {
    this.shape = shape
    this.rowId = rowId
    this.createdAt = createdAt
    this.parents = parents
    this.keys = keys
  }

  isLike(other: ConstrainedRow): boolean {
    return (
      this.createdAt === other.createdAt &&
      this.parents.every((parent, index) => parent === other.parents[index]) &&
      this.keys.every((key, index) => key === other.keys[index])
    )
  }
}

/** Rows that share a unique key, the oldest first. */
class Group {
  readonly #members = new Set<ConstrainedRow>()
  #sorted: readonly ConstrainedRow[] | undefined

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  add(row: ConstrainedRow): void {
    this.#members.add(row)
    this.#sorted = undefined
  }

  delete(row: ConstrainedRow): void {
    this.#members.delete(row)
    this.#sorted = undefined
  }

  get rows(): readonly ConstrainedRow[] {
    this.#sorted ??= [...this.#members].sort(
      (a, b) => a.createdAt - b.createdAt || (a.rowId < b.rowId ? -1 : 1),
    )
    return this.#sorted
  }
}

const NO_ROWS: ReadonlySet<ConstrainedRow> = new Set()

/** Finds the rows that refer to a row, and those that share a key with one. Only of tables that constraints look at. */
export class ConstraintIndex {
  readonly #rows = new Map<string, Map<string, ConstrainedRow>>()
  readonly #children = new Map<ForeignKey, Map<string, Set<ConstrainedRow>>>()
  readonly #groups = new Map<UniqueKey, Map<string, Group>>()
  /** Foreign keys that lead to a table. */
  readonly #leadingTo = new Map<string, ForeignKey[]>()

  constructor({ shapes }: Schema) {
    for (const { name, foreignKeys, unique, checks } of shapes) {
      if (foreignKeys.length + unique.length + checks.length > 0) this.#rows.set(name, new Map())
      for (const key of foreignKeys) {
        this.#rows.set(key.target, new Map())
        this.#children.set(key, new Map())
        this.#leadingTo.set(key.target, [...(this.#leadingTo.get(key.target) ?? []), key])
      }
      for (const key of unique) this.#groups.set(key, new Map())
    }
  }

  /** Whether constraints look at the rows of a table. */
  covers({ name }: TableShape): boolean {
    return this.#rows.has(name)
  }

  find(table: string, rowId: string): ConstrainedRow | undefined {
    return this.#rows.get(table)?.get(rowId)
  }

  add(row: ConstrainedRow): void {
    const { shape, rowId, parents, keys } = row
    this.#rows.get(shape.name)?.set(rowId, row)
    shape.foreignKeys.forEach((key, index) => {
      const parent = parents[index]
      if (parent != null) upsert(this.#children.get(key), parent, () => new Set()).add(row)
    })
    shape.unique.forEach((unique, index) => {
      const key = keys[index]
      if (key != null) upsert(this.#groups.get(unique), key, () => new Group()).add(row)
    })
  }

  delete(row: ConstrainedRow): void {
    const { shape, rowId, parents, keys } = row
    this.#rows.get(shape.name)?.delete(rowId)
    shape.foreignKeys.forEach((key, index) => {
      const parent = parents[index] ?? ''
      const siblings = this.#children.get(key)?.get(parent)
      siblings?.delete(row)
      if (siblings?.size === 0) this.#children.get(key)?.delete(parent)
    })
    shape.unique.forEach((unique, index) => {
      const key = keys[index] ?? ''
      const group = this.#groups.get(unique)?.get(key)
      group?.delete(row)
      if (group?.isEmpty) this.#groups.get(unique)?.delete(key)
    })
  }

  /** The rows that refer to a row, by the keys with which they do. */
  *childrenOf(table: string, rowId: string): Generator<[ForeignKey, ReadonlySet<ConstrainedRow>]> {
    for (const key of this.#leadingTo.get(table) ?? [])
      yield [key, this.#children.get(key)?.get(rowId) ?? NO_ROWS]
  }

  /** The rows that have the same key, the oldest first. */
  sharing(unique: UniqueKey, key: string | null | undefined): readonly ConstrainedRow[] {
    return key == null ? [] : (this.#groups.get(unique)?.get(key)?.rows ?? [])
  }
}

function upsert<K, V>(map: Map<K, V> | undefined, key: K, make: () => V): V {
  const known = map?.get(key)
  if (known !== undefined) return known
  const made = make()
  map?.set(key, made)
  return made
}
