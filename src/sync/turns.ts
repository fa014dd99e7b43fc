/** Lets what is to be done under one name be done one after the other. */
export class Turns<Name> {
  readonly #last = new Map<Name, Promise<unknown>>()

  /** Does something once everything that was asked for before, under the same name, is done or has failed. */
  take<T>(name: Name, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work)
    // A failure is for whoever has asked for it, not for the next one.
    const over = turn.catch(() => undefined)
    this.#last.set(name, over)
    return turn
  }
}
