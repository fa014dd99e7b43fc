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
  /** Bytes that are stored where they cannot be found by the name. */
  storedBytes?(): Promise<number>
  /** What is stored stays. */
  close(): Promise<void>
  /**
   * In a page: mounts a list of rows, their ids in `data-id` and column `a` in their text, that is kept current by so
   * many live queries. Returns the way to take it away.
   */
  show?(host: HTMLElement, queries: number): Promise<() => void>
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
  /** It cannot be closed and opened again in one page. */
  readonly staysOpen?: true
  /** Opens what is kept under a name; empty when there is nothing. All its databases have the name in theirs. */
  open(name: string): Promise<Store>
}
