import type { OutboxEntry } from './remote.ts'

/** Most bytes of updates in one push; as base64 text it is a third more. */
const MAX_BATCH_BYTES = 256 * 1024

/** Cuts pending entries into pushes: one replica each, in order, at most `size` entries and 256 KiB. */
export function* pushBatches(entries: readonly OutboxEntry[], size: number): Generator<OutboxEntry[]> {
  let batch: OutboxEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    const full = batch.length >= size || bytes + entry.update.byteLength > MAX_BATCH_BYTES
    if (batch.length > 0 && (full || batch[0]?.client !== entry.client)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.update.byteLength
  }
  if (batch.length > 0) yield batch
}
