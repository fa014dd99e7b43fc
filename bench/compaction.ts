/**
 * A document after a million overwrites of 10 000 rows, before and after the worker has been there.
 * `npm run bench:compaction -- --json`; it ends with 1 when the result is not within 1.5 times a fresh document.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createClient } from '@supabase/supabase-js'
import { newSpaceId, Space } from 'segue/crdt'
import * as Y from 'yjs'
import { type LocalBackend, startLocalBackend } from '../supabase/local/index.ts'
import { compact, DEFAULT_POLICY, SupabaseLog } from '../supabase/worker/index.ts'
import { item, schema } from './item.ts'

const LIMIT = 1.5
/** Also when called with few overwrites. */
const POLICY = { ...DEFAULT_POLICY, snapshotEvery: { entries: 1, bytes: 1 } }
const COUNTERS = ['a', 'b', 'c', 'd', 'e'] as const

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '10000' },
    overwrites: { type: 'string', default: '1000000' },
    batch: { type: 'string', default: '1000' },
    devices: { type: 'string', default: '5' },
  },
})
const options = {
  rows: Number(values.rows),
  overwrites: Number(values.overwrites),
  batch: Number(values.batch),
  devices: Number(values.devices),
}

let chance = 7
/** The same numbers in every run. */
function random(below: number): number {
  chance = (Math.imul(chance, 1_103_515_245) + 12_345) >>> 0
  return Math.floor((chance / 2 ** 32) * below)
}

const titled = (index: number) => ({
  title: `The ${index}th item of many`,
  key: `D ${index % 7}`,
  kind: index % 3 === 0 ? 'reel' : 'jig',
  source: `book ${index % 40}`,
  day: '2026-11-26',
})

/** Keeps every update of a space in its log in Postgres. */
class Log {
  readonly #backend: LocalBackend
  readonly #space: string
  #seq = 0
  bytes = 0

  constructor(backend: LocalBackend, space: string) {
    this.#backend = backend
    this.#space = space
  }

  async append(update: Uint8Array): Promise<void> {
    this.#seq++
    this.bytes += update.byteLength
    await this.#backend.sql(
      'insert into space_update (space_id, seq, client_id, n, epoch, update) values ($1, $2, $3, $2, 0, $4)',
      [this.#space, this.#seq, randomUUID(), update],
    )
    await this.#backend.sql('update space set head_seq = $2 where id = $1', [this.#space, this.#seq])
  }
}

async function createLog(backend: LocalBackend): Promise<{ id: ReturnType<typeof newSpaceId>; log: Log }> {
  const supabase = createClient(backend.url, backend.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const account = { email: 'bench@segue.example', password: 'benches-and-tea' }
  const signedUp = await supabase.auth.signUp(account)
  if (signedUp.error) throw signedUp.error
  const id = newSpaceId()
  const created = await supabase.rpc('create_space', { p_id: id, p_kind: 'playlist', p_name: 'Bench' })
  if (created.error) throw created.error
  return { id, log: new Log(backend, id) }
}

/** Devices that take turns: each has seen what the others did before it edits. */
async function write(space: Space, log: Log): Promise<void> {
  const updates: Uint8Array[] = []
  const keep = (update: Uint8Array) => updates.push(update)
  space.doc.on('update', keep)
  const inTurn = async (turn: number, edits: () => void) => {
    space.doc.clientID = 1_000_000_007 + (turn % options.devices) * 7_919
    space.transact(edits)
    for (const update of updates.splice(0)) await log.append(update)
  }
  const ids: string[] = []
  while (ids.length < options.rows) {
    await inTurn(0, () => {
      for (let n = 0; n < options.batch && ids.length < options.rows; n++) {
        ids.push(space.insert(item, { ...titled(ids.length), a: 0, b: 0, c: 0, d: 0, e: 0 }))
      }
    })
  }
  for (let done = 0; done < options.overwrites; done += options.batch) {
    await inTurn(done / options.batch, () => {
      for (let n = 0; n < options.batch; n++) {
        const counter = COUNTERS[random(COUNTERS.length)] ?? 'a'
        space.update(item, ids[random(ids.length)] ?? '', { [counter]: 1 + random(100_000) })
      }
    })
  }
  space.doc.off('update', keep)
}

const sizeOf = (doc: Y.Doc) => Y.encodeStateAsUpdateV2(doc).byteLength

/** A document in which the same rows have been written once. */
function writtenOnce(space: Space): Space {
  const fresh = new Space({ id: newSpaceId(), schema })
  fresh.transact(() => {
    for (const id of space.rowIds(schema.shape(item))) {
      const row = space.get(item, id)
      if (row) {
        const { spaceId: _, ...cells } = row
        fresh.insert(item, cells)
      }
    }
  })
  return fresh
}

function load(state: Uint8Array): { space: Space; ms: number } {
  const space = new Space({ id: newSpaceId(), schema })
  const started = performance.now()
  Y.applyUpdateV2(space.doc, state)
  return { space, ms: Math.round(performance.now() - started) }
}

function differences(one: Space, other: Space): number {
  const shape = schema.shape(item)
  const ids = new Set([...one.rowIds(shape), ...other.rowIds(shape)])
  const differs = (id: string) =>
    JSON.stringify(one.project(shape, id)) !== JSON.stringify(other.project(shape, id))
  return [...ids].filter(differs).length
}

async function measure(backend: LocalBackend) {
  const { id, log } = await createLog(backend)
  const written = new Space({ id, schema })
  await write(written, log)
  const before = Y.encodeStateAsUpdateV2(written.doc)

  const worker = new SupabaseLog(
    createClient(backend.url, backend.serviceKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    }),
  )
  // Writing has kept this process busy; here it gets to see which idle connections have been closed meanwhile.
  await setTimeout(1_000)
  const started = performance.now()
  const [result] = await Array.fromAsync(compact({ log: worker, policy: POLICY, now: () => new Date() }))
  const ms = Math.round(performance.now() - started)
  if (result?.state !== 'done') throw new Error('The space was not compacted.', { cause: result })

  const [snapshot] = await backend.sql<{ epoch: number; state: Uint8Array }>(
    'select epoch, state from space_snapshot where space_id = $1 order by epoch desc, seq desc limit 1',
    [id],
  )
  if (!snapshot) throw new Error('There is no snapshot.')
  const after = load(snapshot.state)
  const bytesFresh = sizeOf(writtenOnce(written).doc)
  const ratio = Number((snapshot.state.byteLength / bytesFresh).toFixed(3))
  return {
    ...options,
    logBytes: log.bytes,
    bytesBefore: before.byteLength,
    bytesAfter: snapshot.state.byteLength,
    bytesFresh,
    ratio,
    epoch: snapshot.epoch,
    rowsThatDiffer: differences(written, after.space),
    msWorker: ms,
    msLoadBefore: load(before).ms,
    msLoadAfter: after.ms,
  }
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'segue-bench-'))
  const backend = await startLocalBackend({ dataDir, compaction: false })
  try {
    const figures = await measure(backend)
    if (values.json) console.log(JSON.stringify(figures))
    else console.table(figures)
    if (figures.ratio > LIMIT || figures.rowsThatDiffer > 0) process.exitCode = 1
  } finally {
    await backend.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

await main()
