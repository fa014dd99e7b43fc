import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Units } from './authorship.ts'

/** Two numbers, most often smaller than this. */
const DELETION_BYTES = 12

interface Run {
  readonly encoder: Y.UpdateEncoderV1
  readonly from: number
  count: number
}

/** Writes an update in Yjs' v1 format: structs by client, then deletions (yjs, `src/utils/encoding.js`). */
export class UpdateWriter {
  readonly #runs = new Map<number, Run>()
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
    const run = this.#runs.get(client) ?? { encoder: new Y.UpdateEncoderV1(), from, count: 0 }
    if (run.count === 0) this.#runs.set(client, run)
    const before = encoding.length(run.encoder.restEncoder)
    struct.write(run.encoder, from - clock)
    run.count++
    this.count++
    this.bytes += encoding.length(run.encoder.restEncoder) - before
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
