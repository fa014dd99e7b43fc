import type { Database, SqlJsStatic } from 'sql.js'

/** A file grows into so much more of its memory before everything in it has to be copied. */
const roomFor = (byteLength: number) => (byteLength >> 2) + (1 << 20)

/** Memory for the bytes of a database, with room behind them: the system gives it only once it is used. */
export const fileMemory = (byteLength: number): Uint8Array =>
  new Uint8Array(new ArrayBuffer(byteLength + roomFor(byteLength)), 0, byteLength)

/**
 * Opens a database in the memory its bytes are in; what follows them there is room to grow. They are given away: who has
 * given them must not use them any more.
 *
 * sql.js keeps a file as an array, which it makes by slicing the one it is given. So one that slices into itself is not
 * copied: for large databases that is most of what it takes to open them.
 *
 * @returns `isInPlace`: whether sql.js has done so. Otherwise it has a copy, which is as good, and slower.
 */
export function openInPlace(
  sql: SqlJsStatic,
  bytes: Uint8Array,
): { readonly database: Database; readonly isInPlace: boolean } {
  const memory = new Uint8Array(bytes.buffer, bytes.byteOffset)
  const file = memory.subarray(0, bytes.byteLength)
  let isInPlace = false
  const slice = (start = 0, end = 0) => {
    isInPlace = start === 0 && end === bytes.byteLength
    return isInPlace ? memory : file.subarray(start, end).slice()
  }
  Object.defineProperty(file, 'slice', { value: slice })
  return { database: new sql.Database(file), isInPlace }
}
