/** What one client has sent and received. */
export interface Counts {
  /** Whole WebSocket frames, headers and masks included. */
  frames: number
  frameBytes: number
  /** Payloads of broadcasts, without what the frames say of topic and event. */
  broadcasts: number
  payloadBytes: number
  /** Bodies of HTTP requests or answers, as they are before compression. */
  bodies: number
  bodyBytes: number
}

const nothing = (): Counts => ({
  frames: 0,
  frameBytes: 0,
  broadcasts: 0,
  payloadBytes: 0,
  bodies: 0,
  bodyBytes: 0,
})

const BROADCAST_PUSH = 3
const BROADCAST = 4

/** Counts what the official client puts on the wire and takes from it: its WebSocket and its fetch. */
export class Wire {
  sent = nothing()
  received = nothing()
  /** The last broadcast that was sent: its bytes, and when by `performance.now()`. */
  lastSent: { readonly payload: Uint8Array<ArrayBuffer>; readonly at: number } | undefined

  reset(): void {
    this.sent = nothing()
    this.received = nothing()
  }

  /** A WebSocket that is counted here, for `realtime.transport`. */
  get transport(): typeof WebSocket {
    const sent = (data: unknown) => {
      const payload = this.#frame(this.sent, bytesOf(data), MASK_BYTES)
      if (payload) this.lastSent = { payload, at: performance.now() }
    }
    const received = ({ data }: MessageEvent) => this.#frame(this.received, bytesOf(data), 0)
    return class extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols)
        this.addEventListener('message', received)
      }

      override send(data: Parameters<WebSocket['send']>[0]): void {
        sent(data)
        super.send(data)
      }
    }
  }

  /** A fetch that is counted here, for `global.fetch`. */
  readonly fetch: typeof fetch = async (input, init) => {
    if (typeof init?.body === 'string') this.#body(this.sent, Buffer.byteLength(init.body))
    const answer = await fetch(input, init)
    const body = await answer.arrayBuffer()
    this.#body(this.received, body.byteLength)
    const { status, statusText, headers } = answer
    return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers })
  }

  #body(counts: Counts, bytes: number): void {
    counts.bodies++
    counts.bodyBytes += bytes
  }

  /** @returns the payload if it is a broadcast */
  #frame(counts: Counts, data: Uint8Array, maskBytes: number): Uint8Array<ArrayBuffer> | undefined {
    const length = data.byteLength
    counts.frames++
    counts.frameBytes += length + maskBytes + (length < 126 ? 2 : length < 65_536 ? 4 : 10)
    const payload = broadcastPayload(data)
    if (payload) {
      counts.broadcasts++
      counts.payloadBytes += payload.byteLength
    }
    return payload
  }
}

/** What a client adds to each frame, that a server does not. */
const MASK_BYTES = 4

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (data instanceof Uint8Array) return data
  throw new Error('A frame of an unknown kind.')
}

/** Binary broadcasts alone begin with their kind; JSON begins with a bracket. */
function broadcastPayload(data: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const [kind, ...lengths] = data.subarray(0, 7)
  const sum = (...numbers: (number | undefined)[]) => numbers.reduce<number>((all, n) => all + (n ?? 0), 0)
  if (kind === BROADCAST_PUSH) return Uint8Array.from(data.subarray(7 + sum(...lengths.slice(0, 5))))
  if (kind === BROADCAST) return Uint8Array.from(data.subarray(5 + sum(...lengths.slice(0, 3))))
  return undefined
}
