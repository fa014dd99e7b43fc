import type { DeviceStorageError, OnHealth } from '../errors.ts'

type Activity = 'reading' | 'writing' | 'compaction' | 'recovery'

/** What storage refuses to do at the moment, told as one problem or as none. */
export class Health {
  readonly #failing = new Set<Activity>()
  readonly #onHealth: OnHealth
  #isOver = false

  constructor(onHealth: OnHealth) {
    this.#onHealth = onHealth
  }

  fails(activity: Activity, problem: DeviceStorageError): void {
    if (this.#isOver) return
    this.#failing.add(activity)
    this.#onHealth(problem)
  }

  works(activity: Activity): void {
    if (this.#failing.delete(activity) && this.#failing.size === 0) this.#onHealth(undefined)
  }

  /** Nobody is concerned any more. */
  end(): void {
    this.#isOver = true
    for (const activity of [...this.#failing]) this.works(activity)
  }
}
