import { v5, v7, validate } from 'uuid'
import { InvalidSpaceIdError } from './errors.ts'
import { uuidBytes } from './random-bytes.ts'

declare const spaceIdBrand: unique symbol

/** UUID of a space, in lower case: the unit of sharing, sync and permission. */
export type SpaceId = string & { readonly [spaceIdBrand]: true }

/** Text that names a row within its table and space: a UUID, or the natural key of its columns. */
export type RowId = string

/** Narrows text to a {@link SpaceId}. */
export function isSpaceId(text: unknown): text is SpaceId {
  return typeof text === 'string' && validate(text) && text === text.toLowerCase()
}

/** @throws {InvalidSpaceIdError} the text is not a UUID */
export function toSpaceId(text: string): SpaceId {
  const lower = text.toLowerCase()
  if (!isSpaceId(lower)) throw new InvalidSpaceIdError(text)
  return lower
}

/** A new random space id. */
export const newSpaceId = (): SpaceId => toSpaceId(v7())

/** When the last row id was made, in ms since 1970, and its number within that ms. */
let [msecs, seq] = [0, 0]

/** A new row id: UUIDv7, so that ids made on one device sort by the time of their making. */
export function newRowId(): RowId {
  const random = uuidBytes()
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // 31 of its 32 bits: room for as many again within this ms. The id takes its other random bits from further on.
    const [a = 0, b = 0, c = 0, d = 0] = random
    seq = ((a & 0x7f) << 24) | (b << 16) | (c << 8) | d
  } else seq++
  return v7({ random, msecs, seq })
}

/**
 * The same UUID for the same name, everywhere and always (UUIDv5, RFC 9562 §5.5).
 *
 * @param namespace  a UUID that says what kind of name it is
 */
export const stableId = (namespace: string, name: string): RowId => v5(name, namespace)
