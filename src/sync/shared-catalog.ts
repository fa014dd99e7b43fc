import type { SpaceId } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import type { CatalogEntry, Device } from './device/index.ts'

const CHANGED = 'catalog-changed'

/** What storage has refused is tried again after this time, in ms. */
const SAVE_AGAIN_MS = 5_000

export interface SharedCatalogOptions {
  readonly device: Device
  readonly clock: Clock
  /** Another tab has changed it. */
  readonly onChanged: () => void
}

/** The catalog of a device, as its tabs share it: they tell each other of changes, once those are stored or refused. */
export class SharedCatalog {
  readonly #options: SharedCatalogOptions
  readonly #stopTabs: () => void
  #cancelSave: (() => void) | undefined
  #destroyed = false

  constructor(options: SharedCatalogOptions) {
    this.#options = options
    this.#stopTabs = options.device.tabs.onMessage((message) => {
      if (message === CHANGED) options.onChanged()
    })
  }

  all(): Promise<CatalogEntry[]> {
    return this.#options.device.catalog.all()
  }

  /** What it said of a space when it was last read or changed here. */
  get(id: SpaceId): CatalogEntry | undefined {
    return this.#options.device.catalog.get(id)
  }

  async put(entry: CatalogEntry): Promise<void> {
    await this.#options.device.catalog.put(entry)
    this.#changed()
  }

  async delete(id: SpaceId): Promise<void> {
    await this.#options.device.catalog.delete(id)
    this.#changed()
  }

  /** Stops listening, and tries nothing again. May be called twice. */
  destroy(): void {
    this.#destroyed = true
    this.#stopTabs()
    this.#cancelSave?.()
  }

  #changed(): void {
    if (this.#destroyed) return
    this.#options.device.tabs.post(CHANGED)
    this.#keepSaving()
  }

  #keepSaving(): void {
    const { device, clock } = this.#options
    if (device.catalog.isSaved || this.#destroyed) return
    this.#cancelSave ??= clock.after(SAVE_AGAIN_MS, () => void this.#save())
  }

  async #save(): Promise<void> {
    this.#cancelSave = undefined
    if (await this.#options.device.catalog.save()) this.#changed()
    else this.#keepSaving()
  }
}
