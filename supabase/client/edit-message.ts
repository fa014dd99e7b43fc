import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { v5 } from 'uuid'
import type { OutboxEntry } from './remote.ts'

const LOG_MOVED = 2
const EDIT = 3
/** Of the first number of a message, these bits are its kind; above them is the epoch. */
const KINDS = 4
/** Hexadecimal digits of a sender, which are one byte. */
const SENDER_LENGTH = 2

/** A namespace for names made of bytes. */
const BROADCAST = 'd2c1a0f6-6f0e-4d4c-9d1b-0a4a9c6b1e57'

/**
 * What is said on a space's channel. It may be lost, doubled or forged by another editor; the log settles it.
 *
 * - `edit`: an update on its way into the log at the same time; only of use in the epoch it was made in. Most are some
 *   dozen bytes, so its name in the log is not sent along: see {@link broadcastName}.
 * - `log-moved`: the log has grown to `seq` by something that was not broadcast (too large, made offline).
 */
export type EditMessage =
  | { readonly kind: 'edit'; readonly epoch: number; readonly sender: string; readonly update: Uint8Array }
  | { readonly kind: 'log-moved'; readonly seq: number }

/**
 * A varint of the kind and, for an edit, four times the epoch; then for an edit a byte of sender and the Yjs v1
 * update up to the end; for a move of the log its place as a varint.
 */
export function encodeMessage(message: EditMessage): Uint8Array {
  return encoding.encode((encoder) => {
    if (message.kind === 'log-moved') {
      encoding.writeVarUint(encoder, LOG_MOVED)
      encoding.writeVarUint(encoder, message.seq)
      return
    }
    encoding.writeVarUint(encoder, EDIT + KINDS * message.epoch)
    encoding.writeUint8(encoder, Number.parseInt(message.sender, 16))
    encoding.writeUint8Array(encoder, message.update)
  })
}

/** @returns the message, or `undefined` for bytes that are none (a foreign or newer program) */
export function decodeMessage(bytes: Uint8Array): EditMessage | undefined {
  const decoder = decoding.createDecoder(bytes)
  try {
    const first = decoding.readVarUint(decoder)
    if (first === LOG_MOVED) return { kind: 'log-moved', seq: decoding.readVarUint(decoder) }
    if (first % KINDS !== EDIT) return undefined
    const sender = decoding.readUint8(decoder).toString(16).padStart(SENDER_LENGTH, '0')
    const update = decoding.readTailAsUint8Array(decoder).slice()
    return { kind: 'edit', epoch: Math.floor(first / KINDS), sender, update }
  } catch {
    // Truncated: not a message. Whatever mattered is in the log.
    return undefined
  }
}

/** Tells replicas apart well enough to count a dozen of them: the first digits of a replica's UUID. */
export const senderOf = (client: string): string => client.slice(0, SENDER_LENGTH)

/**
 * Names a peer's edit until the log is known to hold it: by its bytes, which are the same on the channel and in the
 * log, so that nothing but them has to travel.
 */
export const broadcastName = (update: Uint8Array): Pick<OutboxEntry, 'client' | 'n'> => ({
  client: v5(update, BROADCAST),
  n: 1,
})
