import type { SupabaseClient } from '@supabase/supabase-js'
import type { SpaceId } from 'segue/crdt'
import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import * as Y from 'yjs'
import { PrivateChannel } from './private-channel.ts'

/** Where somebody is in a shared text: two encoded relative positions of Yjs, which nobody has looked into yet. */
export interface Caret {
  readonly anchor: string
  readonly head: string
}

/** Somebody who has a space open now, as they present themselves. */
export interface Person {
  /** One a tab: somebody with two devices is here twice. */
  readonly key: number
  readonly userId: string
  readonly name: string
  /** A CSS colour, `#rrggbb`. */
  readonly color: string
  /** The row they are at, or null. */
  readonly focus: string | null
  /** Where they are in a text, or null. */
  readonly caret: Caret | null
  readonly self: boolean
}

export interface SpaceAwarenessOptions {
  readonly supabase: SupabaseClient
  readonly spaceId: SpaceId
  readonly user: { readonly userId: string; readonly name: string; readonly color: string }
  readonly onChange: (people: readonly Person[]) => void
}

const STATES = 1
const QUERY = 2
const MAX_NAME = 80
/** As long as a row's id may be. */
const MAX_FOCUS = 1000
const MAX_PLACE = 100
/** People beyond this many are not shown: no session is so large, but somebody may pretend to be one. */
const MAX_PEOPLE = 200
/** Between two messages about a caret: its text says where it moves while somebody types. */
const CARET_INTERVAL_MS = 250

/**
 * Who is here: the awareness of a space over a topic of its own, on which viewers may speak too.
 *
 * What others say of themselves is checked for form but not for truth: show it, decide nothing by it.
 */
export class SpaceAwareness {
  readonly #options: SpaceAwarenessOptions
  readonly #awareness: Awareness
  readonly #channel: PrivateChannel
  #caret: Caret | null = null
  #caretTimer: ReturnType<typeof setTimeout> | undefined
  #destroyed = false

  constructor(options: SpaceAwarenessOptions) {
    this.#options = options
    // A document of its own, only for its client number: that of the space is replaced with each epoch.
    this.#awareness = new Awareness(new Y.Doc())
    this.#awareness.setLocalState({ ...options.user, focus: null, caret: null })
    this.#awareness.on('update', this.#onUpdate)
    this.#awareness.on('change', this.#onChange)
    this.#channel = new PrivateChannel({
      supabase: options.supabase,
      topic: `space:${options.spaceId}:awareness`,
      onMessage: (bytes) => this.#receive(bytes),
      onJoined: () => {
        this.#channel.send(new Uint8Array([QUERY]))
        this.#announce([this.#awareness.clientID])
      },
      onLeft: () => {},
    })
    this.#onChange()
  }

  /** Says at which row this person is. */
  setFocus(focus: string | null): void {
    if (this.#awareness.getLocalState()?.focus !== focus) this.#awareness.setLocalStateField('focus', focus)
  }

  /** Says where in a text this person is; the last of many in a short time is enough. */
  setCaret(caret: Caret | null): void {
    if (this.#destroyed) return
    this.#caret = caret
    if (this.#caretTimer === undefined) this.#tellCaret()
  }

  /** Says goodbye and leaves. May be called twice. */
  async destroy(): Promise<void> {
    if (this.#destroyed) return
    this.#destroyed = true
    clearTimeout(this.#caretTimer)
    removeAwarenessStates(this.#awareness, [this.#awareness.clientID], 'leave')
    this.#awareness.destroy()
    this.#awareness.doc.destroy()
    await this.#channel.close()
  }

  #tellCaret(): void {
    this.#caretTimer = undefined
    const told = readCaret(this.#awareness.getLocalState()?.caret)
    if (told?.anchor === this.#caret?.anchor && told?.head === this.#caret?.head) return
    this.#awareness.setLocalStateField('caret', this.#caret)
    this.#caretTimer = setTimeout(() => this.#tellCaret(), CARET_INTERVAL_MS)
  }

  readonly #onUpdate = (
    { added, updated, removed }: { added: number[]; updated: number[]; removed: number[] },
    origin: unknown,
  ) => {
    const own = [...added, ...updated, ...removed].filter((client) => client === this.#awareness.clientID)
    if (origin !== this && own.length > 0) this.#announce(own)
  }

  readonly #onChange = () => {
    const people: Person[] = []
    for (const [key, state] of this.#awareness.getStates()) {
      const person = readPerson(key, state, key === this.#awareness.clientID)
      if (person && (person.self || people.length < MAX_PEOPLE)) people.push(person)
    }
    this.#options.onChange(
      people.sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name)),
    )
  }

  #announce(clients: number[]): void {
    const update = encodeAwarenessUpdate(this.#awareness, clients)
    const message = new Uint8Array(update.length + 1)
    message[0] = STATES
    message.set(update, 1)
    this.#channel.send(message)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#destroyed) return
    if (bytes[0] === QUERY) this.#announce([this.#awareness.clientID])
    if (bytes[0] !== STATES) return
    try {
      applyAwarenessUpdate(this.#awareness, bytes.subarray(1), this)
    } catch {
      // Bytes of a foreign program: who sent them is simply not shown.
    }
  }
}

function readPerson(
  key: number,
  state: Readonly<Record<string, unknown>>,
  self: boolean,
): Person | undefined {
  const { userId, name, color, focus, caret } = state
  if (typeof userId !== 'string' || typeof name !== 'string') return undefined
  return {
    key,
    self,
    userId,
    name: name.slice(0, MAX_NAME),
    color: typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color) ? color : '#888888',
    focus: typeof focus === 'string' && focus.length <= MAX_FOCUS ? focus : null,
    caret: readCaret(caret),
  }
}

function readCaret(caret: unknown): Caret | null {
  if (typeof caret !== 'object' || caret === null || !('anchor' in caret) || !('head' in caret)) return null
  const { anchor, head } = caret
  return isPlace(anchor) && isPlace(head) ? { anchor, head } : null
}

const isPlace = (place: unknown): place is string =>
  typeof place === 'string' && place !== '' && place.length <= MAX_PLACE
