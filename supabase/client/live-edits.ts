import { broadcastName, decodeMessage, encodeMessage, senderOf } from './edit-message.ts'
import type { Channel, OutboxEntry, Remote } from './remote.ts'
import type { SendBudget } from './send-budget.ts'
import { entryKey } from './store.ts'
import type { Traffic } from './traffic.ts'

/** So many entries may be broadcast at once. */
const LARGEST_BURST = 10

export interface LiveEditsOptions {
  readonly remote: Remote
  readonly topic: string
  readonly epoch: number
  readonly budget: SendBudget
  readonly traffic: Traffic
  readonly onEdit: (entry: OutboxEntry) => void
  /** The log holds something that was not broadcast. */
  readonly onLogMoved: (seq: number) => void
  readonly onJoined: () => void
  readonly onLeft: () => void
}

/**
 * Edits over Realtime: as fast as it gets, and trusted by nobody.
 *
 * Each entry is broadcast once. What could not be (no channel, too large, beyond the budget) is made good for by a
 * word to the others, once the log holds it, that there is something to read.
 */
export class LiveEdits {
  readonly #options: LiveEditsOptions
  readonly #channel: Channel
  /** Entries that were offered to the channel, and whether it took them. */
  readonly #offered = new Map<string, boolean>()
  /** Up to this place the log holds something that was not broadcast and that nobody has spoken of. */
  #owed = 0

  constructor(options: LiveEditsOptions) {
    this.#options = options
    this.#channel = options.remote.openChannel(options.topic, {
      onMessage: (bytes) => this.#receive(bytes),
      onJoined: options.onJoined,
      onLeft: options.onLeft,
    })
  }

  get joined(): boolean {
    return this.#channel.joined
  }

  /** The log holds something that was not broadcast and that nobody has spoken of. */
  get owesWord(): boolean {
    return this.#owed > 0
  }

  /** Broadcasts entries that have not been yet. They must be durable here: a crash may not take back what peers hold. */
  send(entries: readonly OutboxEntry[]): void {
    const { epoch, budget, traffic } = this.#options
    const unsent = entries.filter((entry) => !this.#offered.has(entryKey(entry)))
    // After a time offline there may be thousands, which Realtime would not take: the others read them from the log.
    const isBurst = unsent.length > LARGEST_BURST
    for (const entry of unsent) {
      const { client, update } = entry
      const message = encodeMessage({ kind: 'edit', epoch, sender: senderOf(client), update })
      const isTaken = !isBurst && !budget.logOnly && this.#channel.send(message)
      this.#offered.set(entryKey(entry), isTaken)
      if (isTaken) traffic.add('broadcast', message.byteLength)
    }
  }

  /** What was broadcast while the server refused its author's edits has reached nobody. */
  doubtOffers(): void {
    for (const key of this.#offered.keys()) this.#offered.set(key, false)
  }

  /** The log has acknowledged entries, up to a place. */
  acknowledged(entries: readonly OutboxEntry[], seq: number): void {
    // An entry that was never offered to the channel came from an earlier run, or was made while there was none.
    for (const entry of entries) {
      const key = entryKey(entry)
      if (this.#offered.get(key) !== true) this.#owed = seq
      this.#offered.delete(key)
    }
    this.tell(seq)
  }

  /** Tells the others how far the log has come, if something in it was not broadcast. */
  tell(seq: number): void {
    const { budget } = this.#options
    if (this.#owed === 0 || !budget.hasWord()) return
    if (!this.#channel.send(encodeMessage({ kind: 'log-moved', seq }))) return
    budget.heardWord()
    this.#owed = 0
  }

  close(): Promise<void> {
    return this.#channel.close()
  }

  #receive(bytes: Uint8Array): void {
    this.#options.traffic.add('heard', bytes.byteLength)
    const message = decodeMessage(bytes)
    if (message?.kind === 'log-moved') {
      this.#options.budget.heardWord()
      if (message.seq >= this.#owed) this.#owed = 0
      this.#options.onLogMoved(message.seq)
    }
    if (message?.kind !== 'edit') return
    const { epoch, sender, update } = message
    this.#options.budget.heard(sender)
    if (epoch === this.#options.epoch) this.#options.onEdit({ ...broadcastName(update), update })
  }
}
