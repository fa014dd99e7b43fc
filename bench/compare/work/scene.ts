import type { Peer, Store } from '../peer.ts'
import type { Row } from '../rows.ts'
import { storedBytes } from '../stored-bytes.ts'

/** One peer at work. Each benchmark finds it as the one before has left it. */
export interface Scene {
  readonly peer: Peer
  /** Under which the peer keeps its rows. */
  readonly name: string
  /** What the store must hold. */
  readonly rows: Row[]
  readonly edits: number
  store: Store
}

/** Figures of one benchmark, by name. */
export type Figures = Readonly<Record<string, number>>

/** Waits for a promise only where there is one: whoever answers at once is not made to wait for a turn. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  const answer = work()
  if (answer instanceof Promise) await answer
  return performance.now() - start
}

/** @throws an answer is not what the rows say: a figure for a wrong answer is none */
export function mustBe(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${what}: found ${JSON.stringify(found)}, not ${JSON.stringify(expected)}.`)
  }
}

/** Bytes of all that the peer has stored. */
export const bytesOf = async ({ store, name }: Scene): Promise<number> =>
  store.storedBytes?.() ?? storedBytes(name)
