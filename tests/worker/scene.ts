import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { fromBase64, toBase64 } from 'lib0/buffer'
import { applySnapshot, applyUpdates, newSpaceId, Space, type SpaceId } from 'segue/crdt'
import { afterAll, beforeAll } from 'vitest'
import { type LocalBackend, startLocalBackend } from '../../supabase/local/index.ts'
import {
  type CompactionPolicy,
  compact,
  DEFAULT_POLICY,
  type SpaceResult,
  SupabaseLog,
  type WorkerLog,
} from '../../supabase/worker/index.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { updatesOf } from '../helpers/spaces.ts'
import type { Someone } from '../setup/people.ts'

/** A backend of the file's own, whose tables the test may look into; started before its tests, closed after. */
export function ownBackend(): () => LocalBackend {
  let backend: LocalBackend | undefined
  const dataDir = mkdtempSync(join(tmpdir(), 'segue-worker-'))
  beforeAll(async () => {
    backend = await startLocalBackend({ dataDir, authRequestsPerMinute: 10_000, compaction: false })
  })
  afterAll(async () => {
    await backend?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return () => {
    if (!backend) throw new Error('The backend has not started.')
    return backend
  }
}

export const serviceClient = ({ url, serviceKey }: LocalBackend): SupabaseClient =>
  createClient(url, serviceKey, { auth: { persistSession: false, autoRefreshToken: false } })

export const workerLog = (backend: LocalBackend): WorkerLog => new SupabaseLog(serviceClient(backend))

/** The same log, for a test that steps in between. */
export const delegate = (inner: WorkerLog): WorkerLog => ({
  due: (...args) => inner.due(...args),
  base: (...args) => inner.base(...args),
  tail: (...args) => inner.tail(...args),
  writeSnapshot: (...args) => inner.writeSnapshot(...args),
  beginEpoch: (...args) => inner.beginEpoch(...args),
  purge: (...args) => inner.purge(...args),
  thin: (...args) => inner.thin(...args),
})

/** A policy under which everything that can be done is done at once, with some of it said otherwise. */
export const eager = (policy: Partial<CompactionPolicy> = {}): CompactionPolicy => ({
  ...DEFAULT_POLICY,
  snapshotEvery: { entries: 1, bytes: 1 << 30 },
  epochWhen: { ratio: Number.POSITIVE_INFINITY, minBytes: 0 },
  ...policy,
})

export const ALWAYS = { ratio: 0, minBytes: 0 }

/** One round of the worker. */
export const round = (
  log: WorkerLog,
  policy: CompactionPolicy = eager(),
  now: () => Date = () => new Date(),
): Promise<SpaceResult[]> => Array.fromAsync(compact({ log, policy, now }))

/** The result for one space of a round over all. */
export async function roundFor(
  id: SpaceId,
  ...args: Parameters<typeof round>
): Promise<Extract<SpaceResult, { state: 'done' }>> {
  const result = (await round(...args)).find(({ space }) => space === id)
  if (result?.state !== 'done') throw new Error('The space was not compacted.', { cause: result })
  return result
}

/** Somebody's space, whose updates are pushed as they are told to. */
export class LoggedSpace {
  readonly id: SpaceId = newSpaceId()
  readonly space: Space
  readonly owner: Someone
  readonly client = randomUUID()
  readonly #unpushed: Uint8Array[]
  epoch = 0
  n = 0

  private constructor(owner: Someone, now: () => Date) {
    this.owner = owner
    this.space = new Space({ id: this.id, schema: sampleSchema, now })
    this.#unpushed = updatesOf(this.space)
  }

  static async create(owner: Someone, now: () => Date = () => new Date()): Promise<LoggedSpace> {
    const made = new LoggedSpace(owner, now)
    await made.call('create_space', { p_id: made.id, p_kind: 'playlist', p_name: 'Log' })
    return made
  }

  /** Changes its things `times` times in a single update, in an order that Yjs can say least briefly. */
  overwrite(times: number): void {
    const ids = [...this.space.rowIds(sampleSchema.shape(thing))]
    let chance = 1
    this.space.transact(() => {
      for (let edit = 0; edit < times; edit++) {
        chance = (Math.imul(chance, 1_103_515_245) + 12_345) >>> 0
        this.space.update(thing, ids[(chance >>> 8) % ids.length] ?? '', { count: edit })
      }
    })
  }

  /** Pushes every edit made since the last time, one entry each. */
  async push(): Promise<void> {
    for (const update of this.#unpushed.splice(0)) await this.pushUpdate(update)
  }

  pushUpdate(update: Uint8Array, n = ++this.n): Promise<unknown> {
    const updates = [{ n, update: toBase64(update) }]
    return this.call('push_updates', {
      ...{ p_space: this.id, p_client: this.client, p_updates: updates },
      p_epoch: this.epoch,
    })
  }

  async call(name: string, args: Record<string, unknown>): Promise<unknown> {
    const { data, error } = await this.owner.supabase.rpc(name, args)
    if (error) throw error
    return data
  }

  /** The space as a new device sees it: the newest snapshot and the log after it. */
  async onNewDevice(epoch = this.epoch): Promise<Space> {
    const space = new Space({ id: this.id, schema: sampleSchema })
    const snapshot = await this.call('read_snapshot', { p_space: this.id, p_length: 4_194_304 })
    let since = 0
    if (isRecord(snapshot)) {
      applySnapshot(space, fromBase64(String(snapshot.part)), 'snapshot')
      since = Number(snapshot.seq)
    }
    for (;;) {
      const page = await this.call('pull_updates', { p_space: this.id, p_since: since, p_epoch: epoch })
      const rows = isRecord(page) && Array.isArray(page.updates) ? page.updates.filter(isRecord) : []
      if (rows.length === 0) return space
      if (Number(rows[0]?.seq) !== since + 1) throw new Error('The log has a hole.')
      applyUpdates(
        space,
        rows.map(({ update }) => fromBase64(String(update))),
        'log',
      )
      since = Number(rows.at(-1)?.seq)
    }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
