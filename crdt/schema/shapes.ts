import type { CellValue } from './cell-value.ts'
import type { ConflictRule } from './conflict-rule.ts'

/** What a cell holds, and so how it is checked, merged and stored. */
export type ColumnKind =
  | 'text'
  | 'integer'
  | 'real'
  | 'boolean'
  | 'enum'
  | 'richText'
  | 'orderKey'
  | 'instant'
  | 'localDate'
  | 'counter'
  | 'bigWhole'
  | 'stringSet'
  | 'json'

/** A column as the row store and the mirror see it. */
export interface ColumnShape {
  /** Name of the TypeScript property: `titleSort`. */
  readonly property: string
  /** Name in SQL: `title_sort`. */
  readonly name: string
  /** Key in the row's Y.Map: the name that the column had first. */
  readonly storedAs: string
  readonly kind: ColumnKind
  /** Declared type in SQLite: `TEXT`, `INTEGER`, `RICH_TEXT`… */
  readonly sqlType: string
  readonly notNull: boolean
  readonly defaultValue: CellValue
  readonly enumValues: readonly string[]
  /** Which of several values stands that were written at the same time. */
  readonly conflicts: ConflictRule
}

/** A column that holds the id of a row of the same space. */
export interface ForeignKey {
  readonly column: ColumnShape
  /** SQL name of the table it refers to. */
  readonly target: string
  /**
   * What becomes of the row while the one it refers to is not shown: it is hidden, or reads null. `restrict` is a
   * cascade that moreover refuses to remove the other row here.
   */
  readonly onDelete: 'cascade' | 'restrict' | 'set null'
}

/** Columns whose values no two shown rows of a space share; nulls are never shared. */
export interface UniqueKey {
  readonly columns: readonly ColumnShape[]
}

/** What is true of every shown row. A function of its values alone. */
export interface Check {
  readonly name: string
  readonly holds: (row: Readonly<Record<string, CellValue>>) => boolean
}

/** A table as the row store and the mirror see it. */
export interface TableShape {
  /** Name in SQL. */
  readonly name: string
  /** Name of the root in the document: the name that the table had first. */
  readonly storedAs: string
  /** All columns but those that every table has, in the order of their declaration. */
  readonly columns: readonly ColumnShape[]
  readonly byProperty: ReadonlyMap<string, ColumnShape>
  /** Properties whose values make up the row's id, when the id is a natural key. */
  readonly keyProperties: readonly string[]
  /** SQL names of columns that queries look up often. */
  readonly indexes: readonly (readonly string[])[]
  /** SQL names of columns that lists of one space are sorted by. */
  readonly orders: readonly (readonly string[])[]
  /** Columns whose words a row is found by; none where a table is not searched. */
  readonly search: readonly ColumnShape[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly unique: readonly UniqueKey[]
  readonly checks: readonly Check[]
}

/** A row that a migration makes of another. */
export interface MigratedRow {
  /** Tells several rows apart that come from one. Part of the row's id: the same for the same thing, always. */
  readonly name?: string
  /** Plain values by property, as long as nobody has written others. */
  readonly values?: Readonly<Record<string, unknown>>
}

/** A migration as a space sees it. */
export interface MigrationShape {
  readonly id: string
  readonly from: TableShape
  readonly to: TableShape
  /** New columns whose cells are those of old ones. */
  readonly moved: ReadonlyMap<ColumnShape, ColumnShape>
  readonly rows: (row: Readonly<Record<string, unknown>>) => readonly MigratedRow[]
}
