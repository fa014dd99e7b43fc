import { randomUUID } from 'node:crypto'

type Meta = Readonly<Record<string, unknown>>

/** `{ key: { metas: [{ phx_ref, … }] } }`, as clients expect it. */
export type PresenceList = Record<string, { metas: Meta[] }>

export interface PresenceDiff {
  readonly joins: PresenceList
  readonly leaves: PresenceList
}

interface Tracked {
  readonly key: string
  readonly meta: Meta
}

/** Who has announced themselves in one room. Several devices under one key are several metas. */
export class Presence {
  readonly #tracked = new Map<object, Tracked>()

  /** Announces, or announces anew. @param session  identifies the device */
  track(session: object, key: string, payload: Meta): PresenceDiff {
    const before = this.#tracked.get(session)
    const previous = before ? { phx_ref_prev: before.meta.phx_ref } : {}
    const after: Tracked = { key, meta: { ...payload, phx_ref: randomUUID().slice(0, 13), ...previous } }
    this.#tracked.set(session, after)
    return { joins: listOf([after]), leaves: listOf(before ? [before] : []) }
  }

  /** @returns `undefined` when the session had not announced itself */
  untrack(session: object): PresenceDiff | undefined {
    const before = this.#tracked.get(session)
    if (!before) return undefined
    this.#tracked.delete(session)
    return { joins: {}, leaves: listOf([before]) }
  }

  get state(): PresenceList {
    return listOf(this.#tracked.values())
  }
}

function listOf(tracked: Iterable<Tracked>): PresenceList {
  const metas = new Map<string, Meta[]>()
  for (const { key, meta } of tracked) metas.set(key, [...(metas.get(key) ?? []), meta])
  return Object.fromEntries([...metas].map(([key, list]) => [key, { metas: list }]))
}
