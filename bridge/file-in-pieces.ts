/** Bytes of a file, one after the other. */
export type FileParts = readonly Uint8Array<ArrayBuffer>[]

/** Many of SQLite's pages, none of which lies in two pieces. */
const PIECE_BYTES = 1 << 18

/**
 * A file that grows by one piece after the other, and nothing in it is copied then. Of 30 MB in one array that would take a
 * tenth of a second, each time that there is an eighth more. Looks to sql.js like an array that is never full.
 */
export class FileInPieces {
  /** Bytes that it had at first. */
  readonly size: number
  readonly length = Number.MAX_SAFE_INTEGER
  readonly #pieces: Uint8Array<ArrayBuffer>[] = []

  /** @param parts  what is in it at first. Given away: most of it is written to where it is */
  constructor(parts: FileParts) {
    let size = 0
    for (const part of parts) {
      const whole = size % PIECE_BYTES === 0 ? part.length - (part.length % PIECE_BYTES) : 0
      for (let at = 0; at < whole; at += PIECE_BYTES) this.#pieces.push(part.subarray(at, at + PIECE_BYTES))
      this.set(part.subarray(whole), size + whole)
      size += part.length
    }
    this.size = size
  }

  /**
   * The bytes where they are, or a copy of them where they are in several pieces.
   *
   * @throws {RangeError} the file ends before
   */
  subarray(from: number, to: number): Uint8Array<ArrayBuffer> {
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

  /** The first bytes, where they are. */
  parts(size: number): FileParts {
    const parts = []
    for (let at = 0; at < size; at += PIECE_BYTES) parts.push(this.#part(at, size))
    return parts
  }

  /** As many of the bytes as are in one piece with the first. */
  #part(from: number, to: number): Uint8Array<ArrayBuffer> {
    const piece = this.#pieces[Math.floor(from / PIECE_BYTES)]
    if (!piece) throw new RangeError(`The file ends before byte ${from}.`)
    const start = from % PIECE_BYTES
    return piece.subarray(start, start + to - from)
  }
}
