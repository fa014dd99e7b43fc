import * as Y from 'yjs'

/** What somebody did to a row. `value` is found nowhere else in a history. */
export type Deed =
  | { readonly kind: 'insert' }
  | { readonly kind: 'set'; readonly column: string; readonly value: number; readonly before: number | null }
  | { readonly kind: 'type'; readonly character: string }
  | { readonly kind: 'erase'; readonly character: string }
  | { readonly kind: 'remove' }
  | { readonly kind: 'restore' }

/** An edit that was made in a tab, and what has become of it. */
export interface Edit {
  readonly deed: Deed
  readonly space: string
  readonly table: string
  readonly rowId: string
  readonly device: string
  readonly userId: string
  /** The storage of its device holds it, or has held it until it was told that the log does. */
  durable: boolean
  /** The log holds it. */
  logged: boolean
  /** Its person has dropped it, or it went with the space it was made in. */
  dropped: boolean
}

interface Span {
  readonly client: number
  readonly from: number
  readonly to: number
  readonly edits: readonly Edit[]
}

/** Every edit of a history, from its making to the log. */
export class Ledger {
  readonly edits: Edit[] = []
  readonly #byUpdate = new WeakMap<Uint8Array, readonly Edit[]>()
  readonly #spans = new Map<number, Span[]>()

  /** Takes down edits that one transaction has made. */
  made(update: Uint8Array, edits: readonly Edit[]): void {
    this.edits.push(...edits)
    this.#byUpdate.set(update, edits)
    for (const { client, from, to } of spansOf(update)) {
      const known = this.#spans.get(client) ?? []
      known.push({ client, from, to, edits })
      this.#spans.set(client, known)
    }
  }

  /** An update is in the storage of the device it was made on; or, when the power has gone, is not after all. */
  stored(update: Uint8Array, isDurable: boolean): void {
    for (const edit of this.#byUpdate.get(update) ?? []) edit.durable = isDurable
  }

  /** An entry is in the log. */
  logged(update: Uint8Array): void {
    for (const { client, from, to } of spansOf(update)) {
      for (const span of this.#spans.get(client) ?? []) {
        if (span.from < from || span.to > to) continue
        for (const edit of span.edits) edit.logged = true
      }
    }
  }
}

function spansOf(update: Uint8Array): { client: number; from: number; to: number }[] {
  const spans = new Map<number, { client: number; from: number; to: number }>()
  for (const struct of Y.decodeUpdate(update).structs) {
    if (struct instanceof Y.Skip) continue
    const { client, clock } = struct.id
    const known = spans.get(client)
    const to = clock + struct.length
    if (known) known.to = Math.max(known.to, to)
    else spans.set(client, { client, from: clock, to })
  }
  return [...spans.values()]
}
