import type { Version } from './schemas.ts'
import type { Caller } from './server.ts'
import { simDevice } from './sim-device.ts'
import { FAIR, type Line, type RemoteOptions, simRemote, type Weather } from './sim-remote.ts'
import { SimStorage } from './sim-storage.ts'
import { SimTab } from './sim-tab.ts'
import { SimTabs } from './sim-tabs.ts'

export interface ClientOptions extends Omit<RemoteOptions, 'tab' | 'line'> {
  readonly name: string
  readonly caller: Exclude<Caller, 'worker'>
  readonly version: Version
  /** The app opens the person's library in every tab. */
  readonly hasLibrary: boolean
  readonly onDurable: (update: Uint8Array, isDurable: boolean) => void
  /** The app in a tab failed in a way that nobody has foreseen. */
  readonly onFailure: (error: unknown) => void
}

/** A person's device: its storage, its line to the server, its clock, and the tabs that are open on it. */
export class Client implements Line {
  readonly name: string
  readonly caller: Exclude<Caller, 'worker'>
  readonly storage: SimStorage
  readonly open: SimTab[] = []
  online = true
  signedIn = true
  httpCutUntil = 0
  realtimeCutUntil = 0
  /** How far its clock is off, in ms. */
  skew = 0
  weather: Weather = FAIR
  readonly #options: ClientOptions
  readonly #tabs: SimTabs
  readonly #graves: SimTab[] = []
  #opened = 0

  constructor(options: ClientOptions) {
    const { name, caller, scheduler, chance, onDurable } = options
    this.#options = options
    this.name = name
    this.caller = caller
    this.storage = new SimStorage({ scheduler, chance: chance.fork('storage'), onDurable })
    this.#tabs = new SimTabs(scheduler, chance.fork('tabs'))
  }

  openTab(): SimTab {
    const { scheduler, chance, version, caller, hasLibrary, onFailure } = this.#options
    const name = `${this.name}.${++this.#opened}`
    const tab = new SimTab({
      ...{ name, profile: caller.userId, version, scheduler, chance: chance.fork(name) },
      skew: () => this.skew,
      online: () => this.online,
    })
    this.open.push(tab)
    const remote = simRemote({ ...this.#options, chance: chance.fork(`${name} line`), tab, line: this })
    tab
      .open((onHealth) => simDevice(this.storage, this.#tabs, tab, onHealth), remote)
      .then(() => (hasLibrary ? tab.segue?.openLibrary() : undefined))
      .catch((error: unknown) => {
        // Whoever closes a tab does not wait for its library.
        if (this.open.includes(tab)) onFailure(error)
      })
    return tab
  }

  /** Closes a tab in peace: the app may finish what it does. */
  closeTab(tab: SimTab): void {
    this.#forget(tab)
    tab.segue
      ?.destroy()
      .then(() => this.#kill(tab))
      .catch(this.#options.onFailure)
    // A browser does not wait for long.
    this.#options.scheduler.after(5_000, undefined, () => this.#kill(tab))
  }

  /** A tab stops, whatever it is doing. */
  crashTab(tab: SimTab): void {
    this.#forget(tab)
    this.#kill(tab)
  }

  crash(): void {
    for (const tab of [...this.open]) this.crashTab(tab)
    for (const closing of this.#graves) this.#kill(closing)
  }

  setOnline(online: boolean): void {
    if (this.online === online) return
    this.online = online
    for (const tab of this.open) tab.networkChanged()
  }

  free(): void {
    for (const tab of [...this.open, ...this.#graves]) tab.free()
  }

  #forget(tab: SimTab): void {
    const at = this.open.indexOf(tab)
    if (at !== -1) this.open.splice(at, 1)
    this.#graves.push(tab)
  }

  #kill(tab: SimTab): void {
    if (!tab.alive) return
    tab.alive = false
    this.storage.crash(tab)
    this.#tabs.crash(tab)
  }
}
