import * as Y from 'yjs'
import { InvalidUpdateError } from './errors.ts'
import type { Space } from './space.ts'

/** Largest update taken from outside, in bytes. A new device's snapshot is larger and comes by another way. */
export const MAX_UPDATE_BYTES = 1 << 20

/** Largest snapshot taken from outside, in bytes. */
export const MAX_SNAPSHOT_BYTES = 64 << 20

/**
 * Merges a Yjs v1 update from outside into a space.
 *
 * The bytes are decoded in full before any of them is applied, so a malformed update changes nothing.
 *
 * @param origin  what listeners see as the origin of the change
 * @throws {InvalidUpdateError} the bytes are too many, or not an update
 */
export function applyUpdate(space: Space, update: Uint8Array, origin: unknown): void {
  guard(update, MAX_UPDATE_BYTES, Y.decodeUpdate)
  Y.applyUpdate(space.doc, update, origin)
}

/**
 * Merges a snapshot (Yjs v2 encoding of a whole document) into a space.
 *
 * @throws {InvalidUpdateError} the bytes are too many, or not a snapshot
 */
export function applySnapshot(space: Space, state: Uint8Array, origin: unknown): void {
  guard(state, MAX_SNAPSHOT_BYTES, Y.decodeUpdateV2)
  Y.applyUpdateV2(space.doc, state, origin)
}

/** The whole document in Yjs v2 encoding, the smaller one for history. */
export const encodeSnapshot = (space: Space): Uint8Array => Y.encodeStateAsUpdateV2(space.doc)

function guard(bytes: Uint8Array, limit: number, decode: (bytes: Uint8Array) => unknown): void {
  if (bytes.byteLength > limit) throw new InvalidUpdateError(`is larger than ${limit} bytes`)
  try {
    decode(bytes)
  } catch (cause) {
    throw new InvalidUpdateError('is not a Yjs update', cause)
  }
}
