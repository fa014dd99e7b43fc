const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const TIME = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/g

/**
 * What has happened in a history, in one number: when the same happens again, it is the same. Ids count by the order of
 * their appearance, because they are made from the time of day.
 */
export class Trace {
  #hash = 0xcbf29ce4
  readonly #ids = new Map<string, string>()

  note(...what: readonly unknown[]): void {
    for (const character of what
      .join(' ')
      .replaceAll(UUID, (id) => this.#named(id))
      .replaceAll(TIME, '')) {
      this.#hash = Math.imul(this.#hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
    }
  }

  toString(): string {
    return (this.#hash >>> 0).toString(16)
  }

  #named(id: string): string {
    const name = this.#ids.get(id) ?? `#${this.#ids.size}`
    this.#ids.set(id, name)
    return name
  }
}
