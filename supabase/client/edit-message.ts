import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { parse as uuidBytes, stringify as uuidText } from 'uuid'
import type { OutboxEntry } from './log-api.ts'

const EDIT = 1
const UUID_BYTES = 16

/**
 * The one message of a space's channel: an edit, on its way into the log at the same time. It may be lost, doubled
 * or forged by another editor; the log settles it.
 *
 * One byte for the kind, 16 bytes of client, `n` as a varint, then the Yjs v1 update up to the end.
 */
export function encodeEdit({ client, n, update }: OutboxEntry): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, EDIT)
    encoding.writeUint8Array(encoder, uuidBytes(client))
    encoding.writeVarUint(encoder, n)
    encoding.writeUint8Array(encoder, update)
  })
}

/** @returns the edit, or `undefined` for bytes that are none (a foreign or newer program) */
export function decodeEdit(bytes: Uint8Array): OutboxEntry | undefined {
  const decoder = decoding.createDecoder(bytes)
  try {
    if (decoding.readUint8(decoder) !== EDIT) return undefined
    const client = uuidText(decoding.readUint8Array(decoder, UUID_BYTES))
    const n = decoding.readVarUint(decoder)
    return { client, n, update: decoding.readTailAsUint8Array(decoder).slice() }
  } catch {
    // Truncated, or a client that is no UUID: not an edit. Whatever mattered is in the log.
    return undefined
  }
}
