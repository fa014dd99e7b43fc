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
    deleted: new IdRanges(deletions(ds)),
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
  const { structs, ds } = decoded(updates)
  const refers = (id: unknown) => isId(id) && theirs.has(id)
  const follows = ({ client, clock }: Y.ID) => clock > 0 && theirs.overlaps(client, clock - 1, 1)
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue
    const { origin, rightOrigin, parent, id } = struct
    if (refers(origin) || refers(rightOrigin) || refers(parent) || follows(id)) return true
  }
  for (const deletion of deletions(ds)) if (theirs.overlaps(...deletion)) return true
  return false
}

const holdsClock = ({ id, length }: Y.Item | Y.GC | Y.Skip, clock: number) =>
  id.clock <= clock && clock < id.clock + length

type Decoded = ReturnType<typeof Y.decodeUpdate>

const decoded = (updates: readonly Uint8Array[]): Decoded => Y.decodeUpdate(Y.mergeUpdates([...updates]))

const insertedBy = (structs: Decoded['structs']): IdRanges =>
  new IdRanges(
    structs.flatMap(({ id, length }, index) =>
      structs[index] instanceof Y.Skip ? [] : [[id.client, id.clock, length] as const],
    ),
  )

function* deletions(ds: Decoded['ds']): Generator<readonly [client: number, clock: number, length: number]> {
  for (const [client, items] of ds.clients) for (const { clock, len } of items) yield [client, clock, len]
}

const isId = (value: unknown): value is Y.ID =>
  typeof value === 'object' && value !== null && 'client' in value && 'clock' in value
