import * as Y from 'yjs'
import { IdRanges } from './id-ranges.ts'

/** What some updates have inserted and deleted. */
export interface Authored {
  readonly inserted: IdRanges
  readonly deleted: IdRanges
  /** A plain value as it was inserted, whatever has become of it: a document forgets what was overwritten. */
  valueOf(id: Y.ID): unknown
}

export function authorship(updates: readonly Uint8Array[]): Authored {
  const { structs, ds } = decoded(updates)
  return {
    inserted: insertedBy(structs),
    deleted: new IdRanges(deletedUnits(ds)),
    valueOf({ client, clock }) {
      const struct = structs.find((each) => each.id.client === client && holdsClock(each, clock))
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentAny)) return undefined
      return struct.content.arr[clock - struct.id.clock]
    },
  }
}

/** Whether some updates refer to anything that others have inserted, so that they mean nothing without those. */
export function buildsOn(updates: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (updates.length === 0 || others.length === 0) return false
  const theirs = insertedBy(decoded(others).structs)
  for (const reference of references(decoded(updates))) if (theirs.overlaps(...reference)) return true
  return false
}

/** Units of a document: so many of a client from a clock on. */
export type Units = readonly [client: number, clock: number, length: number]

/** What an update refers to: what its structs stand beside, in or after, and what it deletes. */
export function* references({ structs, ds }: Decoded): Generator<Units> {
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue
    const { origin, rightOrigin, parent, id } = struct
    if (id.clock > 0) yield [id.client, id.clock - 1, 1]
    for (const to of [origin, rightOrigin, parent]) if (isId(to)) yield [to.client, to.clock, 1]
  }
  yield* deletedUnits(ds)
}

const holdsClock = ({ id, length }: Y.Item | Y.GC | Y.Skip, clock: number) =>
  id.clock <= clock && clock < id.clock + length

export type Decoded = ReturnType<typeof Y.decodeUpdate>

const decoded = (updates: readonly Uint8Array[]): Decoded => Y.decodeUpdate(Y.mergeUpdates([...updates]))

const insertedBy = (structs: Decoded['structs']): IdRanges =>
  new IdRanges(
    structs.flatMap(({ id, length }, index) =>
      structs[index] instanceof Y.Skip ? [] : [[id.client, id.clock, length] as const],
    ),
  )

export function* deletedUnits(ds: Decoded['ds']): Generator<Units> {
  for (const [client, items] of ds.clients) for (const { clock, len } of items) yield [client, clock, len]
}

const isId = (value: unknown): value is Y.ID =>
  typeof value === 'object' && value !== null && 'client' in value && 'clock' in value
