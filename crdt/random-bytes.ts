/** To ask the system for random bytes takes as long for a few as for so many: longer than to insert a row. */
const block = new Uint8Array(4_096)
let used = block.length

/** Random bytes that nobody else has got, as many as a UUID has. They are to be read before the next ones are asked for. */
export function uuidBytes(): Uint8Array {
  if (used === block.length) {
    crypto.getRandomValues(block)
    used = 0
  }
  used += UUID_LENGTH
  return block.subarray(used - UUID_LENGTH, used)
}

const UUID_LENGTH = 16
