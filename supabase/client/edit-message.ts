import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { parse as uuidBytes, stringify as uuidText } from 'uuid'
import type { OutboxEntry } from './remote.ts'

const EDIT = 1
const LOG_MOVED = 2
const UUID_BYTES = 16

/**
 * What is said on a space's channel. It may be lost, doubled or forged by another editor; the log settles it.
 *
 * - `edit`: an entry on its way into the log at the same time; only of use in the epoch it was made in.
 * - `log-moved`: the log has grown to `seq` by something that was not broadcast (too large, made offline).
 */
export type EditMessage =
  | { readonly kind: 'edit'; readonly epoch: number; readonly entry: OutboxEntry }
  | { readonly kind: 'log-moved'; readonly seq: number }

/**
 * One byte for the kind; then for an edit the epoch as a varint, 16 bytes of client, `n` as a varint and the Yjs v1
 * update up to the end; for a move of the log its place as a varint.
 */
export function encodeMessage(message: EditMessage): Uint8Array {
  return encoding.encode((encoder) => {
    if (message.kind === 'log-moved') {
      encoding.writeUint8(encoder, LOG_MOVED)
      encoding.writeVarUint(encoder, message.seq)
      return
    }
    const { client, n, update } = message.entry
    encoding.writeUint8(encoder, EDIT)
    encoding.writeVarUint(encoder, message.epoch)
    encoding.writeUint8Array(encoder, uuidBytes(client))
    encoding.writeVarUint(encoder, n)
    encoding.writeUint8Array(encoder, update)
  })
}

/** @returns the message, or `undefined` for bytes that are none (a foreign or newer program) */
export function decodeMessage(bytes: Uint8Array): EditMessage | undefined {
  const decoder = decoding.createDecoder(bytes)
  try {
    const kind = decoding.readUint8(decoder)
    if (kind === LOG_MOVED) return { kind: 'log-moved', seq: decoding.readVarUint(decoder) }
    if (kind !== EDIT) return undefined
    const epoch = decoding.readVarUint(decoder)
    const client = uuidText(decoding.readUint8Array(decoder, UUID_BYTES))
    const n = decoding.readVarUint(decoder)
    return {
      kind: 'edit',
      epoch,
      entry: { client, n, update: decoding.readTailAsUint8Array(decoder).slice() },
    }
  } catch {
    // Truncated, or a client that is no UUID: not a message. Whatever mattered is in the log.
    return undefined
  }
}
