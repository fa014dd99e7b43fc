import * as Y from 'yjs'
import { InvalidUpdateError } from './errors.ts'
import type { Space } from './space.ts'
import { retryWaiting } from './waiting.ts'

/** Largest update taken from outside, in bytes. A new device's snapshot is larger and comes by another way. */
export const MAX_UPDATE_BYTES = 1 << 20

/** Largest snapshot taken from outside, in bytes, and the most structs that one may have: each takes memory. */
export const MAX_SNAPSHOT_BYTES = 64 << 20
const MAX_SNAPSHOT_STRUCTS = 8_000_000
/** A snapshot of a few bytes may well have more structs than bytes. */
const FEW_STRUCTS = 1_000

/**
 * Merges Yjs v1 updates from outside into a space, in one transaction.
 *
 * Each is decoded in full before it is applied, so a malformed one changes nothing and does not stop the others.
 * One that decodes but contradicts the document is refused too, as far as Yjs has not taken it in.
 *
 * @param origin  what listeners see as the origin of the change
 * @returns       for each update that was refused, its index and why
 */
export function applyUpdates(
  space: Space,
  updates: readonly Uint8Array[],
  origin: unknown,
): { index: number; error: InvalidUpdateError }[] {
  const refused: { index: number; error: InvalidUpdateError }[] = []
  if (updates.length === 0 && !space.isLoaded) return refused
  Y.transact(
    space.doc,
    () => {
      updates.forEach((update, index) => {
        try {
          guard(update, MAX_UPDATE_BYTES, Y.decodeUpdate)
          integrate(() => Y.applyUpdate(space.doc, update, origin))
        } catch (error) {
          if (!(error instanceof InvalidUpdateError)) throw error
          refused.push({ index, error })
        }
      })
      retryWaiting(space.doc, origin)
    },
    origin,
    false,
  )
  return refused
}

/** Takes all rows of one space into another, as edits made here: for a library that turns out to exist twice. */
export function absorb(into: Space, from: Space): void {
  Y.transact(
    into.doc,
    (transaction) => {
      Y.applyUpdate(into.doc, Y.encodeStateAsUpdate(from.doc))
      // Applying an update marks the transaction as remote; these are edits of this device, bound for its outbox.
      transaction.local = true
    },
    into,
  )
}

/**
 * Merges a snapshot (Yjs v2 encoding of a whole document) into a space.
 *
 * @throws {InvalidUpdateError} the bytes are too many, or not a snapshot
 */
export function applySnapshot(space: Space, state: Uint8Array, origin: unknown): void {
  guard(state, MAX_SNAPSHOT_BYTES, decodeSnapshot)
  integrate(() => {
    Y.applyUpdateV2(space.doc, state, origin)
    retryWaiting(space.doc, origin)
  })
}

/** Whether a space holds an update in full: nothing of it waits for others that have not come. */
export function holdsUpdate(space: Space, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const holds = (client: number, end: number) => Y.getState(space.doc.store, client) >= end
  return (
    structs.every(({ id, length }) => holds(id.client, id.clock + length)) &&
    [...ds.clients].every(([client, items]) => items.every(({ clock, len }) => holds(client, clock + len)))
  )
}

/** The whole document in Yjs v2 encoding, the smaller one for history. */
export const encodeSnapshot = (space: Space): Uint8Array => Y.encodeStateAsUpdateV2(space.doc)

/**
 * Yjs' v2 encoding says in a few bytes that something is repeated: so a few bytes can claim more structs than there is
 * memory for. Those of a document that somebody has written take more than a byte each.
 *
 * @throws {RangeError} it claims too many
 */
function decodeSnapshot(state: Uint8Array): void {
  let left = Math.min(MAX_SNAPSHOT_STRUCTS, state.byteLength + FEW_STRUCTS)
  class CountingDecoder extends Y.UpdateDecoderV2 {
    override readInfo(): number {
      if (left-- <= 0) throw new RangeError('It claims more structs than it can have.')
      return super.readInfo()
    }
  }
  Y.decodeUpdateV2(state, CountingDecoder)
}

function guard(bytes: Uint8Array, limit: number, decode: (bytes: Uint8Array) => unknown): void {
  if (bytes.byteLength > limit) throw new InvalidUpdateError(`is larger than ${limit} bytes`)
  try {
    decode(bytes)
  } catch (cause) {
    throw new InvalidUpdateError('is not a Yjs update', cause)
  }
}

/**
 * Runs `apply`, and once more when it throws: an earlier update that waits for its predecessors may be what is
 * broken, and Yjs drops it by throwing.
 */
function integrate(apply: () => void): void {
  try {
    apply()
  } catch {
    try {
      apply()
    } catch (cause) {
      throw new InvalidUpdateError('contradicts the document', cause)
    }
  }
}
