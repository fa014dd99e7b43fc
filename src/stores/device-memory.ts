/**
 * Small things this browser remembers between visits. What cannot be read, because it is damaged or because storage is
 * blocked, counts as not remembered: nothing here is the only copy of anything.
 */
export function recall(key: string): unknown {
  try {
    const text = localStorage.getItem(key)
    return text === null ? undefined : JSON.parse(text)
  } catch (error) {
    console.info(`"${key}" was not readable and is forgotten.`, error)
    return undefined
  }
}

/** Remembers a value, or forgets it when it is `undefined`. */
export function remember(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  } catch (error) {
    // The status says so where it matters: tunes that cannot be stored are reported by the sync room.
    console.info(`"${key}" could not be remembered.`, error)
  }
}
