import { MAX_SNAPSHOT_BYTES } from 'segue/crdt'
import { bytes, count, object } from './answers.ts'
import { UnexpectedAnswerError } from './errors.ts'
import type { Snapshot } from './remote.ts'

/** How many bytes are asked for at a time. */
export const SNAPSHOT_PART_BYTES = 1 << 20

/** A piece of a snapshot, and which one it is of. */
interface SnapshotPart {
  readonly epoch: number
  readonly seq: number
  /** Of the whole, in bytes. */
  readonly size: number
  readonly part: Uint8Array
}

/**
 * Reads a snapshot piece by piece; `undefined` when there is none.
 *
 * @param read        answers with the piece that begins at an offset, of the snapshot that was begun with if there is one
 * @param onProgress  how much has arrived, from 0 to 1
 * @throws {UnexpectedAnswerError} the pieces do not make one
 */
export async function readInParts(
  read: (offset: number, of: { readonly seq: number } | undefined) => Promise<unknown>,
  onProgress?: (share: number) => void,
): Promise<Snapshot | undefined> {
  for (;;) {
    const first = partOf(await read(0, undefined))
    if (!first) return undefined
    const whole = await rest(first, async (offset) => partOf(await read(offset, first)), onProgress)
    if (whole) return whole
  }
}

/** The whole that a first piece begins; `undefined` when another snapshot has taken its place meanwhile. */
async function rest(
  first: SnapshotPart,
  read: (offset: number) => Promise<SnapshotPart | undefined>,
  onProgress: ((share: number) => void) | undefined,
): Promise<Snapshot | undefined> {
  const { epoch, seq, size } = first
  if (size > MAX_SNAPSHOT_BYTES) throw new UnexpectedAnswerError('a snapshot of a size')
  const state = new Uint8Array(size)
  let at = 0
  for (let next = first; ; ) {
    if (next.part.byteLength === 0 || at + next.part.byteLength > size)
      throw new UnexpectedAnswerError('a snapshot')
    state.set(next.part, at)
    at += next.part.byteLength
    onProgress?.(at / size)
    if (at === size) return { epoch, seq, state }
    const part = await read(at)
    if (part?.seq !== seq || part.epoch !== epoch) return undefined
    next = part
  }
}

function partOf(answer: unknown): SnapshotPart | undefined {
  if (answer === null) return undefined
  const part = object(answer, 'a snapshot')
  return {
    epoch: count(part, 'epoch'),
    seq: count(part, 'seq'),
    size: count(part, 'size'),
    part: bytes(part, 'part'),
  }
}
