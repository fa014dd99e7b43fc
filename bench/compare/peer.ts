import type { Row } from './rows.ts'

/** Rows in the hands of one peer, kept in IndexedDB under a name. */
export interface Store {
  /** Adds rows at once. They are seen by queries when it is done, and need not be stored yet. */
  insert(rows: readonly Row[]): void | Promise<void>
  /** Sets column `a` of one row. It is seen by queries when it is done, and need not be stored yet. */
  edit(id: string, value: number): void | Promise<void>
  /** Answers the question of `rows.ts`. */
  query(): readonly Pick<Row, 'id'>[] | Promise<readonly Pick<Row, 'id'>[]>
  /** Column `a` of one row, as a query gives it. */
  read(id: string): unknown
  /** Resolves once all that was written is in IndexedDB. */
  durable(): Promise<void>
  /** What is stored stays. */
  close(): Promise<void>
  /** Another replica with the same rows, in memory alone. Only peers that merge have it. */
  fork?(): Promise<Store>
  /** Gives each replica what it lacks of the other; queries of both see it when it is done. */
  exchange?(other: this): void | Promise<void>
}

/** One way to keep rows. */
export interface Peer {
  readonly name: string
  /** The name for people, and how it was set up. */
  readonly title: string
  /** Opens what is kept under a name; empty when there is nothing. All its databases have the name in theirs. */
  open(name: string): Promise<Store>
}
