import type { CatalogStorage } from '../../src/sync/device/catalog.ts'
import type { ImageStore, StoredImage } from '../../src/sync/device/image-store.ts'
import {
  type Change,
  keyOf,
  keyRanges,
  keysFollowing,
  type SpaceDatabase,
} from '../../src/sync/device/space-database.ts'
import type { Chance } from './chance.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** How long a transaction takes to be durable, in ms. */
const COMMIT_MS = 30
/** What was committed within this time may be lost with the power, in ms. */
const UNFLUSHED_MS = 2_000

export interface StorageOptions {
  readonly scheduler: Scheduler
  readonly chance: Chance
  /** An update has become durable, or has been lost again with the power. */
  readonly onDurable: (update: Uint8Array, isDurable: boolean) => void
}

interface Undo {
  readonly at: number
  readonly undo: () => void
}

/** What one database of a device holds, as IndexedDB keeps it. */
class Database {
  updates = new Map<number, unknown>()
  custom = new Map<string, unknown>()
  exists = false
  nextKey = 1
  connections = new Set<Connection>()
  /** Transactions run one after the other. */
  busyUntil = 0
  undos: Undo[] = []
}

interface Connection {
  readonly tab: Owner
  closed: boolean
}

/** A write that the device has been asked for and has not committed. */
interface Waiting {
  readonly owner: Owner
  readonly commit: () => void
  done: boolean
}

/**
 * The storage of one device. A transaction is there in full or not at all, in the order in which they were asked
 * for; what a tab had asked for when it died is committed up to some point, and lost from there on.
 */
export class SimStorage {
  readonly #options: StorageOptions
  readonly #databases = new Map<string, Database>()
  #waiting: Waiting[] = []
  /** While true every write fails. */
  full = false

  constructor(options: StorageOptions) {
    this.#options = options
  }

  /** The databases there are, with how many updates and other values they hold. */
  get contents(): { name: string; updates: number; keys: string[] }[] {
    return [...this.#databases]
      .filter(([, { exists }]) => exists)
      .map(([name, { updates, custom }]) => ({ name, updates: updates.size, keys: [...custom.keys()] }))
  }

  open(name: string, tab: Owner): Promise<SpaceDatabase> {
    const database = this.#database(name)
    const connection: Connection = { tab, closed: false }
    return this.#inTurn(database, tab, () => {
      database.exists = true
      database.connections.add(connection)
      return this.#opened(database, connection)
    })
  }

  catalog(tab: Owner): CatalogStorage {
    const database = this.#database('catalog')
    return {
      all: () => this.#inTurn(database, tab, () => [...database.custom.values()]),
      write: (id, entry) => {
        const change: Change = entry ? { put: [[id, entry]] } : { remove: [id] }
        return this.#write(database, tab, () => this.#apply(database, [{ ...change, strict: true }]))
      },
      close: () => {},
    }
  }

  images(tab: Owner): ImageStore {
    const database = this.#database('image')
    const write = (put: readonly (readonly [string, unknown])[]) =>
      this.#write(database, tab, () => {
        this.#undoable(database)
        database.custom = new Map(put)
      })
    return {
      read: () =>
        this.#inTurn(
          database,
          tab,
          () => structuredClone(database.custom.get('image')) as StoredImage | undefined,
        ),
      write: (image) => write([['image', structuredClone(image)]]),
      clear: () => this.#write(database, tab, () => database.custom.clear(), true),
    }
  }

  exists(name: string, tab: Owner): Promise<boolean> {
    return this.#inTurn(this.#database(name), tab, () => this.#database(name).exists)
  }

  /** Other tabs' connections are closed by it, as y-indexeddb does when it is told of a new version. */
  delete(name: string, tab: Owner): Promise<void> {
    const database = this.#database(name)
    const commit = () => {
      this.#undoable(database)
      for (const connection of database.connections) connection.closed = true
      database.connections.clear()
      Object.assign(database, { updates: new Map(), custom: new Map(), exists: false })
    }
    return this.#write(database, tab, commit, true)
  }

  /** A tab has died: of what it had asked for a part is done, the rest never. */
  crash(tab: Owner): void {
    const own = this.#waiting.filter(({ owner, done }) => owner === tab && !done)
    const reached = this.#options.chance.below(own.length + 1)
    own.forEach((write, index) => {
      write.done = true
      if (index < reached && !this.full) write.commit()
    })
  }

  /** The power has gone: in each database the last transactions may be lost though they were committed. */
  losePower(): void {
    const { scheduler, chance } = this.#options
    for (const database of this.#databases.values()) {
      const since = scheduler.now() - chance.delay(0, UNFLUSHED_MS)
      for (let last = database.undos.at(-1); last && last.at > since; last = database.undos.at(-1)) {
        last.undo()
        database.undos.pop()
      }
    }
  }

  #opened(database: Database, connection: Connection): SpaceDatabase {
    const { tab } = connection
    return {
      read: () =>
        this.#inTurn(database, tab, () => {
          assertOpen(connection)
          const all = (prefix: string) =>
            [...database.custom].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value)
          return {
            updates: new Map(database.updates),
            cursor: database.custom.get(keyOf.cursor),
            outbox: all(keyRanges.outbox),
            unlogged: all(keyRanges.unlogged),
            carried: database.custom.get(keyOf.carried),
          }
        }),
      head: () =>
        this.#inTurn(database, tab, () => {
          assertOpen(connection)
          return { updateKeys: [...database.updates.keys()], marked: database.custom.get(keyOf.marked) }
        }),
      updatesOf: (keys) =>
        this.#inTurn(database, tab, () => {
          assertOpen(connection)
          return new Map([...database.updates].filter(([key]) => keys.includes(key)))
        }),
      outboxKeys: () =>
        this.#inTurn(database, tab, () => {
          assertOpen(connection)
          return [...database.custom.keys()].filter((key) => key.startsWith(keyRanges.outbox))
        }),
      write: async (changes) => {
        assertOpen(connection)
        let keys: number[] = []
        await this.#write(database, tab, () => {
          keys = this.#apply(database, changes)
        })
        return keys
      },
      replace: async (keys, updates) => {
        assertOpen(connection)
        const places = keysFollowing(keys.at(-1), updates.length)
        let isThere = false
        await this.#write(database, tab, () => {
          isThere = keys.every((key) => database.updates.has(Number(key)))
          if (!isThere) return
          this.#undoable(database)
          const kept = [...database.updates].filter(([key]) => !keys.includes(key))
          const added = places.map((key, index) => [key, updates[index]] as const)
          database.updates = new Map([...kept, ...added].sort(([a], [b]) => a - b))
        })
        return isThere ? places : undefined
      },
      close: async () => {
        connection.closed = true
        database.connections.delete(connection)
      },
    }
  }

  /** @returns the keys of the updates that were added */
  #apply(database: Database, changes: readonly Change[]): number[] {
    const added = changes.flatMap(({ add = [] }) => add)
    const { onDurable } = this.#options
    this.#undoable(database, () => {
      for (const update of added) onDurable(update, false)
    })
    for (const { put = [], remove = [], removeUpdates = [] } of changes) {
      for (const [key, value] of put) database.custom.set(key, structuredClone(value))
      for (const key of remove) database.custom.delete(key)
      for (const key of removeUpdates) database.updates.delete(Number(key))
    }
    if (changes.some(({ strict }) => strict)) database.undos = []
    return added.map((update) => {
      const key = database.nextKey++
      database.updates.set(key, update)
      onDurable(update, true)
      return key
    })
  }

  /** Remembers how a database is now, for the case that the power goes. */
  #undoable(database: Database, also = () => {}): void {
    const at = this.#options.scheduler.now()
    const updates = new Map(database.updates)
    const custom = new Map(database.custom)
    const { exists, nextKey } = database
    database.undos = database.undos.filter((undo) => undo.at > at - UNFLUSHED_MS)
    const undo = () => {
      Object.assign(database, { updates, custom, exists, nextKey })
      also()
    }
    database.undos.push({ at, undo })
  }

  #database(name: string): Database {
    const known = this.#databases.get(name) ?? new Database()
    this.#databases.set(name, known)
    return known
  }

  /** Runs something after everything that was asked of a database before. */
  #inTurn<T>(database: Database, tab: Owner, work: () => T): Promise<T> {
    return this.#options.scheduler.soon(this.#turn(database), tab, work)
  }

  #turn(database: Database): number {
    const { scheduler, chance } = this.#options
    database.busyUntil = Math.max(database.busyUntil, scheduler.now()) + chance.delay(0.1, COMMIT_MS)
    return database.busyUntil - scheduler.now()
  }

  /** Commits when its turn has come, whether the tab is still there to hear of it or not. */
  #write(database: Database, owner: Owner, commit: () => void, needsNoSpace = false): Promise<void> {
    const { scheduler, chance } = this.#options
    return new Promise((resolve, reject) => {
      const write: Waiting = { owner, commit, done: false }
      this.#waiting = this.#waiting.filter(({ done }) => !done)
      this.#waiting.push(write)
      scheduler.after(this.#turn(database), undefined, () => {
        if (write.done) return
        write.done = true
        const isRefused = this.full && !needsNoSpace
        if (!isRefused) commit()
        scheduler.after(chance.delay(0, 5), owner, () => {
          if (isRefused) reject(new DOMException('The disk is full.', 'QuotaExceededError'))
          else resolve()
        })
      })
    })
  }
}

function assertOpen(connection: Connection): void {
  if (connection.closed) throw new DOMException('The connection is closed.', 'InvalidStateError')
}
