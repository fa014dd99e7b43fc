import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Units } from './authorship.ts'

/** Two numbers, most often smaller than this. */
const DELETION_BYTES = 12

interface Run {
  readonly client: number
  readonly encoder: Y.UpdateEncoderV1
  readonly from: number
  count: number
  bytes: number
}

/** Writes an update in Yjs' v1 format: structs by client, then deletions (yjs, `src/utils/encoding.js`). */
export class UpdateWriter {
  readonly #runs = new Map<number, Run>()
  #last: Run | undefined
  readonly #deletions = new Map<number, Units[]>()
  /** How many structs and deletions there are, and their bytes, about. */
  count = 0
  bytes = 0

  /**
   * Adds a struct, which follows the last one of its client without a gap.
   *
   * @param from  the clock from which on it is added
   */
  add(struct: Y.Item | Y.GC | Y.Skip, from = struct.id.clock): void {
    const { client, clock } = struct.id
    const run = this.#last?.client === client ? this.#last : this.#runOf(client, from)
    const { restEncoder } = run.encoder
    const { bufs, cpos: position } = restEncoder
    const { length: buffers } = bufs
    struct.write(run.encoder, from - clock)
    const before = run.bytes
    // Most often it has gone into the buffer of the one before it.
    if (bufs.length === buffers) run.bytes += restEncoder.cpos - position
    else run.bytes = encoding.length(restEncoder)
    run.count++
    this.count++
    this.bytes += run.bytes - before
  }

  #runOf(client: number, from: number): Run {
    this.#last = this.#runs.get(client)
    if (!this.#last) {
      this.#last = { client, encoder: new Y.UpdateEncoderV1(), from, count: 0, bytes: 0 }
      this.#runs.set(client, this.#last)
    }
    return this.#last
  }

  delete(units: Units): void {
    const [client] = units
    const known = this.#deletions.get(client)
    if (known) known.push(units)
    else this.#deletions.set(client, [units])
    this.count++
    this.bytes += DELETION_BYTES
  }

  toUpdate(): Uint8Array {
    const update = encoding.createEncoder()
    encoding.writeVarUint(update, this.#runs.size)
    for (const [client, { encoder, from, count }] of this.#runs) {
      encoding.writeVarUint(update, count)
      encoding.writeVarUint(update, client)
      encoding.writeVarUint(update, from)
      encoding.writeUint8Array(update, encoding.toUint8Array(encoder.restEncoder))
    }
    encoding.writeVarUint(update, this.#deletions.size)
    for (const [client, deletions] of this.#deletions) {
      encoding.writeVarUint(update, client)
      encoding.writeVarUint(update, deletions.length)
      for (const [, clock, length] of deletions) {
        encoding.writeVarUint(update, clock)
        encoding.writeVarUint(update, length)
      }
    }
    return encoding.toUint8Array(update)
  }
}
