import { createClient } from '@supabase/supabase-js'
import type { Space } from 'segue/crdt'
import type { Clock, Connectivity, Remote } from 'segue/supabase'
import { type Device, Segue } from 'segue/vue'
import initSqlJs, { type Database } from 'sql.js'
import type { DeviceSpaceStore } from '../../src/sync/device/device-store.ts'
import type { OnHealth } from '../../src/sync/errors.ts'
import type { Chance } from './chance.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import type { Version } from './schemas.ts'

export const sql = await initSqlJs()
/** Never asked: the simulated remote stands in for it. */
const supabase = createClient('http://nowhere.invalid', 'no key', {
  auth: { persistSession: false, autoRefreshToken: false },
})

export interface TabOptions {
  readonly name: string
  readonly profile: string
  readonly version: Version
  readonly scheduler: Scheduler
  readonly chance: Chance
  /** How far the device's clock is off, in ms. */
  readonly skew: () => number
  readonly online: () => boolean
}

/** A tab of the app: the whole of Segue in it, until it is closed or dies. */
export class SimTab implements Owner {
  readonly name: string
  readonly version: Version
  readonly clock: Clock
  readonly connectivity: Connectivity
  /** Every store that this tab has opened, by the name of its database. */
  readonly stores = new Map<string, { readonly space: Space; readonly store: DeviceSpaceStore }>()
  alive = true
  frozenUntil = 0
  /** Set once everything on the device is open. */
  segue: Segue | undefined
  readonly #options: TabOptions
  readonly #databases: Database[] = []
  readonly #onChange = new Set<() => void>()

  constructor(options: TabOptions) {
    const { name, version, scheduler, chance, skew, online } = options
    this.#options = options
    this.name = name
    this.version = version
    this.clock = {
      now: () => Math.round(scheduler.now() + skew()),
      random: chance.next,
      after: (ms, run) => scheduler.after(ms, this, run),
    }
    const listeners = this.#onChange
    this.connectivity = {
      get online() {
        return online()
      },
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
  }

  /** Opens the app. Never resolves when the tab dies before. */
  async open(device: (onHealth: OnHealth) => Device, remote: Remote): Promise<void> {
    const { version, profile } = this.#options
    const databases = this.#databases
    const number = Number(this.name.split('.').at(-1))
    class Recorded extends sql.Database {
      constructor(bytes?: ArrayLike<number> | Buffer | null) {
        super(bytes)
        databases.push(this)
      }
    }
    this.segue = await Segue.open({
      ...{ schema: version.schema, profile, device, clock: this.clock },
      sql: { ...sql, Database: Recorded },
      remote: { supabase, connectivity: this.connectivity, remote },
      // Tabs die young here.
      imageQuietMs: 50,
      // Every second one is seen before its documents are read; two of three close those that nobody uses.
      readLaterBytes: number % 2 === 0 ? 0 : undefined,
      idleMs: number % 3 === 0 ? undefined : 40,
    })
  }

  /** The network of the device may have come or gone. */
  networkChanged(): void {
    this.#options.scheduler.after(this.#options.chance.delay(0, 20), this, () => {
      for (const listener of [...this.#onChange]) listener()
    })
  }

  /** Frees the memory of SQLite, which no garbage collector knows of. */
  free(): void {
    for (const database of this.#databases.splice(0)) database.close()
  }
}
