import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Who writes: a person, on one of their devices. Empty where nobody has said. */
export interface Author {
  readonly userId: string
  readonly device: string
}

/** Items in a row that one author wrote at one time. */
export interface StampRun {
  readonly length: number
  readonly author: Author
  /** Ms since 1970. */
  readonly at: number
}

export type Stamp =
  /** Whatever its client wrote since its last stamp was written at this time. */
  | { readonly kind: 'time'; readonly delta: number; readonly author?: Author }
  /** Its client has seen, when its own clock said `at`, that another's clock said `raw` already. */
  | { readonly kind: 'witness'; readonly client: number; readonly raw: number; readonly at: number }
  /** What a copy holds, from its client's first item on, was written then and by them. */
  | { readonly kind: 'runs'; readonly runs: readonly StampRun[] }

const TIME = 0
const TIME_AND_AUTHOR = 1
const WITNESS = 2
const RUNS = 3
const KINDS = 4
const MAX_NAME = 200

/** A number and the kind of stamp in one; times go back, too, where clocks are set back. */
const head = (kind: number, value: number) => (value < 0 ? -2 * value - 1 : 2 * value) * KINDS + kind
const signed = (zigzag: number) => (zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2)

/** A stamp as it is stored; three to five bytes for a time. */
export function encodeStamp(stamp: Stamp): Uint8Array {
  const encoder = encoding.createEncoder()
  switch (stamp.kind) {
    case 'time':
      encoding.writeVarUint(encoder, head(stamp.author ? TIME_AND_AUTHOR : TIME, stamp.delta))
      if (stamp.author) writeAuthor(encoder, stamp.author)
      break
    case 'witness':
      encoding.writeVarUint(encoder, head(WITNESS, stamp.raw))
      encoding.writeVarUint(encoder, stamp.client)
      encoding.writeVarUint(encoder, stamp.at)
      break
    case 'runs':
      writeRuns(encoder, stamp.runs)
  }
  return encoding.toUint8Array(encoder)
}

/** Reads a stamp; `undefined` for whatever is none. */
export function decodeStamp(bytes: unknown): Stamp | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined
  try {
    const decoder = decoding.createDecoder(bytes)
    const first = decoding.readVarUint(decoder)
    const value = signed(Math.floor(first / KINDS))
    switch (first % KINDS) {
      case TIME:
        return { kind: 'time', delta: value }
      case TIME_AND_AUTHOR:
        return { kind: 'time', delta: value, author: readAuthor(decoder) }
      case WITNESS: {
        const client = decoding.readVarUint(decoder)
        return { kind: 'witness', client, raw: value, at: decoding.readVarUint(decoder) }
      }
      default:
        return { kind: 'runs', runs: readRuns(decoder, value) }
    }
  } catch {
    return undefined
  }
}

const nameOf = ({ userId, device }: Author) => JSON.stringify([userId, device])

export const isSameAuthor = (a: Author, b: Author): boolean => a.userId === b.userId && a.device === b.device

function writeAuthor(encoder: encoding.Encoder, { userId, device }: Author): void {
  encoding.writeVarString(encoder, userId)
  encoding.writeVarString(encoder, device)
}

const readAuthor = (decoder: decoding.Decoder): Author => ({
  userId: decoding.readVarString(decoder).slice(0, MAX_NAME),
  device: decoding.readVarString(decoder).slice(0, MAX_NAME),
})

function writeRuns(encoder: encoding.Encoder, runs: readonly StampRun[]): void {
  const authors = new Map(runs.map(({ author }) => [nameOf(author), author]))
  const indexOf = new Map([...authors.keys()].map((name, index) => [name, index]))
  encoding.writeVarUint(encoder, head(RUNS, authors.size))
  for (const author of authors.values()) writeAuthor(encoder, author)
  let before = 0
  for (const { length, author, at } of runs) {
    encoding.writeVarUint(encoder, length)
    encoding.writeVarUint(encoder, indexOf.get(nameOf(author)) ?? 0)
    encoding.writeVarInt(encoder, at - before)
    before = at
  }
}

function readRuns(decoder: decoding.Decoder, count: number): StampRun[] {
  const authors: Author[] = []
  while (authors.length < count) authors.push(readAuthor(decoder))
  const runs: StampRun[] = []
  let at = 0
  while (decoding.hasContent(decoder)) {
    const length = decoding.readVarUint(decoder)
    const author = authors[decoding.readVarUint(decoder)] ?? NOBODY
    at += decoding.readVarInt(decoder)
    runs.push({ length, author, at })
  }
  return runs
}

/** Who has written what nobody has put a name to. */
export const NOBODY: Author = { userId: '', device: '' }
