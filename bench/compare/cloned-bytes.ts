/**
 * Bytes that a value takes by structured clone, as V8 writes it and browsers store it, without the header. Numbers and
 * arrays are counted at their shortest: V8 writes some longer, by how it happens to hold them.
 *
 * @throws {TypeError} a kind of value that no store here keeps
 */
export function clonedBytes(value: unknown): number {
  const seen = new Set<object>()
  const sum = (values: Iterable<unknown>): number => {
    let bytes = 0
    for (const each of values) bytes += bytesOf(each)
    return bytes
  }
  const bytesOf = (each: unknown): number => {
    if (typeof each === 'string') return textBytes(each)
    if (typeof each === 'number') return isSmall(each) ? 1 + varintBytes(zigzag(each)) : 9
    if (typeof each === 'bigint') return 2 + 8 * Math.ceil(each.toString(16).length / 16)
    if (typeof each !== 'object' || each === null) return 1
    // What comes again is only pointed to.
    if (seen.has(each)) return 1 + varintBytes(seen.size)
    seen.add(each)
    // A view takes all of its buffer along.
    if (ArrayBuffer.isView(each)) return bytesOf(each.buffer) + 2 + 2 * varintBytes(each.byteLength)
    if (each instanceof ArrayBuffer) return 1 + varintBytes(each.byteLength) + each.byteLength
    if (each instanceof Date) return 9
    // A file beside the database, and its name in it.
    if (each instanceof Blob) return 1 + varintBytes(each.size) + each.size
    if (each instanceof Map) return 2 + varintBytes(2 * each.size) + sum([...each].flat())
    if (each instanceof Set) return 2 + varintBytes(each.size) + sum(each)
    if (Array.isArray(each)) return 3 + 2 * varintBytes(each.length) + sum(each)
    const entries = Object.entries(each)
    if (Object.getPrototypeOf(each) === Object.prototype)
      return 2 + varintBytes(entries.length) + sum(entries.flat())
    throw new TypeError(`Nobody knows how many bytes a ${each.constructor.name} takes.`)
  }
  return bytesOf(value)
}

const isSmall = (number: number): boolean => (number | 0) === number && !Object.is(number, -0)

const zigzag = (number: number): number => (number < 0 ? -2 * number - 1 : 2 * number)

const varintBytes = (number: number): number => Math.max(1, Math.ceil(Math.log2(number + 1) / 7))

/** Texts that are Latin take a byte for each character, all others two. */
function textBytes(text: string): number {
  const bytes = /[^\0-\xff]/.test(text) ? 2 * text.length : text.length
  return 1 + varintBytes(bytes) + bytes
}
