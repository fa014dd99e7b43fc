import type { FileContents } from './open-file.ts'

/** Many of SQLite's pages, none of which lies in two pieces. */
const PIECE_BYTES = 1 << 18

/**
 * A file that grows by one piece after the other, and nothing in it is copied then. Of 30 MB in one array that would take a
 * tenth of a second, each time that there is an eighth more.
 */
export class FileInPieces implements FileContents {
  readonly length = Number.MAX_SAFE_INTEGER
  readonly #pieces: Uint8Array[] = []

  /** @param bytes  what is in it at first. Given away: but for the last few they are written to where they are */
  constructor(bytes: Uint8Array) {
    const whole = bytes.length - (bytes.length % PIECE_BYTES)
    for (let at = 0; at < whole; at += PIECE_BYTES) this.#pieces.push(bytes.subarray(at, at + PIECE_BYTES))
    this.set(bytes.subarray(whole), whole)
  }

  /** @throws {RangeError} the file ends before */
  subarray(from: number, to: number): Uint8Array {
    const first = this.#part(from, to)
    if (first.length === to - from) return first
    const bytes = new Uint8Array(to - from)
    for (let done = 0; done < bytes.length; ) {
      const part = this.#part(from + done, to)
      bytes.set(part, done)
      done += part.length
    }
    return bytes
  }

  set(bytes: Uint8Array, at: number): void {
    const to = at + bytes.length
    while (this.#pieces.length * PIECE_BYTES < to) this.#pieces.push(new Uint8Array(PIECE_BYTES))
    for (let done = 0; done < bytes.length; ) {
      const part = this.#part(at + done, to)
      part.set(bytes.subarray(done, done + part.length))
      done += part.length
    }
  }

  /** As many of the bytes as are in one piece with the first. */
  #part(from: number, to: number): Uint8Array {
    const piece = this.#pieces[Math.floor(from / PIECE_BYTES)]
    if (!piece) throw new RangeError(`The file ends before byte ${from}.`)
    const start = from % PIECE_BYTES
    return piece.subarray(start, start + to - from)
  }
}
