/**
 * Puts the randomness and the wall clock of this process into the hands of a simulation: client numbers of documents,
 * names of replicas and ids of rows come from `crypto`, the times in Postgres and in ids from `Date.now`.
 *
 * To be imported before everything else: lib0 takes hold of `crypto.getRandomValues` as it is loaded.
 */
import { webcrypto } from 'node:crypto'
import { uuidBytes } from '../../crdt/random-bytes.ts'
import type { Chance } from './chance.ts'

interface Source {
  readonly chance: Chance
  readonly now: () => number
}

let source: Source | undefined
const realNow = Date.now
const realValues = webcrypto.getRandomValues.bind(webcrypto)
const realUuid = webcrypto.randomUUID.bind(webcrypto)

function seededValues<T extends Parameters<typeof realValues>[0]>(target: T): T {
  if (!source || !target) return realValues(target)
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
  for (let at = 0; at < bytes.length; at++) bytes[at] = source.chance.below(256)
  return target
}

Object.defineProperty(webcrypto, 'getRandomValues', { value: seededValues })
Object.defineProperty(webcrypto, 'randomUUID', {
  value: () => (source ? source.chance.uuid() : realUuid()),
})
Date.now = () => (source ? source.now() : realNow())

/** Random bytes for ids are fetched by the block: what is left of one was drawn for somebody else. */
function useUpBytes(): void {
  for (let bytes = uuidBytes(); bytes.byteOffset + bytes.byteLength < bytes.buffer.byteLength; )
    bytes = uuidBytes()
}

/** Runs something with chance and time from a source; one at a time. */
export async function withSource<T>(use: Source, run: () => Promise<T>): Promise<T> {
  if (source) throw new Error('One history at a time: this process has one clock.')
  useUpBytes()
  source = use
  try {
    return await run()
  } finally {
    source = undefined
  }
}
