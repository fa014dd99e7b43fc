import type { SpaceId } from 'segue/crdt'
import type { Clock } from './clock.ts'
import type { Connectivity } from './connectivity.ts'
import { SignedOutError, TransportError } from './errors.ts'
import type { Remote } from './remote.ts'
import { type Direction, SpaceProvider, type SyncedSpace } from './space-provider.ts'
import { problemOf, type SpaceSyncState, type SyncResult, type SyncState, type SyncStatus } from './status.ts'

export interface ProviderSetOptions {
  readonly remote: Remote
  readonly connectivity: Connectivity
  readonly clock: Clock
  readonly batchSize: number
  readonly messagesPerSecond: number
  readonly onChange: () => void
}

/** The providers of all spaces of a person: run together, summed up together. */
export class ProviderSet {
  readonly #options: ProviderSetOptions
  readonly #providers = new Map<SpaceId, SpaceProvider>()
  #realtime = false
  #syncedAt: string | undefined

  constructor(options: ProviderSetOptions) {
    this.#options = options
  }

  /** Takes a space on; syncs it at once and, while realtime is on, joins its channel. */
  add(synced: SyncedSpace): void {
    if (this.#providers.has(synced.space.id)) return
    const { connectivity, onChange, ...shared } = this.#options
    const provider = new SpaceProvider({ ...synced, ...shared, onChange: () => this.#changed() })
    this.#providers.set(synced.space.id, provider)
    if (this.#realtime) provider.startRealtime()
    if (connectivity.online) void provider.sync()
  }

  /** Lets a space go; its unacknowledged edits stay in its store. */
  async remove(spaceId: SpaceId): Promise<void> {
    const provider = this.#providers.get(spaceId)
    this.#providers.delete(spaceId)
    await provider?.destroy()
    this.#changed()
  }

  startRealtime(): void {
    this.#realtime = true
    for (const provider of this.#providers.values()) provider.startRealtime()
  }

  async stopRealtime(): Promise<void> {
    this.#realtime = false
    await Promise.all([...this.#providers.values()].map((provider) => provider.stopRealtime()))
  }

  /** Lets refused edits be tried again. */
  retryRefused(): void {
    for (const provider of this.#providers.values()) provider.retryRefused()
  }

  /** Runs every space. Never rejects; failures are in the result. */
  async run(direction: Direction): Promise<SyncResult> {
    const providers = [...this.#providers.values()]
    const results = await Promise.all(providers.map((provider) => provider.sync(direction)))
    const errors = providers.flatMap(({ error, problems }) => [
      ...(error ? [problemOf(error)] : []),
      ...problems,
    ])
    return {
      success: errors.length === 0,
      itemsSynced: results.reduce((sum, { synced }) => sum + synced, 0),
      itemsFailed: results.reduce((sum, { failed }) => sum + failed, 0),
      conflicts: providers.reduce((sum, provider) => sum + provider.takeConflicts(), 0),
      errors,
      timestamp: this.#now(),
    }
  }

  get state(): SyncState {
    const providers = [...this.#providers]
    return {
      status: this.#status(),
      connected: providers.length > 0 && providers.every(([, provider]) => provider.connected),
      spaces: Object.fromEntries(providers.map(([id, provider]) => [id, stateOf(provider)])),
    }
  }

  async destroy(): Promise<void> {
    const providers = [...this.#providers.values()]
    this.#providers.clear()
    await Promise.all(providers.map((provider) => provider.destroy()))
  }

  #status(): SyncStatus {
    const providers = [...this.#providers.values()]
    const pending = providers.reduce((sum, provider) => sum + provider.pending, 0)
    const errors = providers.flatMap(({ error }) => error ?? [])
    const lasting = errors.find((error) => error instanceof SignedOutError) ?? errors.find(isLasting)
    const problem = lasting ? problemOf(lasting) : providers.flatMap(({ problems }) => problems)[0]
    if (!this.#options.connectivity.online) return { state: 'offline', pending }
    if (problem) return { state: 'error', pending, ...problem }
    if (errors.length > 0) return { state: 'offline', pending }
    const settled = providers.every((provider) => provider.merged && !provider.busy)
    if (pending > 0 || !settled || this.#syncedAt === undefined) {
      const loading = providers.flatMap(({ progress }) => progress ?? [])
      const progress = Math.min(...loading)
      return { state: 'syncing', pending, ...(loading.length > 0 && { progress }) }
    }
    return { state: 'synced', at: this.#syncedAt }
  }

  #changed(): void {
    const providers = [...this.#providers.values()]
    if (providers.every(({ merged, busy, error, pending }) => merged && !busy && !error && pending === 0)) {
      this.#syncedAt = this.#now()
    }
    this.#options.onChange()
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString()
  }
}

const isLasting = (error: Error) => !(error instanceof TransportError)

function stateOf(provider: SpaceProvider): SpaceSyncState {
  const { error, pending, merged, connected, acknowledgedAt, traffic, problems } = provider
  const lasting = error && isLasting(error) ? [problemOf(error)] : []
  return {
    ...{ pending, merged, connected, traffic },
    acknowledgedAt: acknowledgedAt === undefined ? null : new Date(acknowledgedAt).toISOString(),
    problems: [...lasting, ...problems],
  }
}
