import { callAll } from 'lib0/function'

/** Callbacks by kind of event. */
export class Listeners<Events extends object> {
  readonly #byEvent = new Map<keyof Events, Set<(event: never) => void>>()

  /** Calls back on every event of a kind. Returns the way to stop. */
  on<E extends keyof Events>(event: E, listener: (event: Events[E]) => void): () => void {
    const listeners = this.#byEvent.get(event) ?? new Set()
    this.#byEvent.set(event, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** Tells everybody, also when one of them throws. */
  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    callAll([...(this.#byEvent.get(event) ?? [])], [value as never])
  }

  clear(): void {
    this.#byEvent.clear()
  }
}
