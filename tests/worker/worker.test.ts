import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import {
  DEFAULT_POLICY,
  KeyRefusedError,
  MissingMigrationError,
  type SpaceResult,
  startWorker,
  summaryOf,
  UnexpectedAnswerError,
} from '../../supabase/worker/index.ts'
import { thing } from '../helpers/sample-schema.ts'
import { projectedRows } from '../helpers/spaces.ts'
import { someone, stranger } from '../setup/people.ts'
import { eager, LoggedSpace, ownBackend, serviceClient, workerLog } from './scene.ts'

const backend = ownBackend()

const FUNCTIONS: [string, Record<string, unknown>][] = [
  ['spaces_to_compact', { p_entries: 1, p_bytes: 1, p_log_seconds: 1, p_trash_seconds: 1 }],
  ['compaction_base', { p_space: crypto.randomUUID() }],
  ['compaction_tail', { p_space: crypto.randomUUID(), p_epoch: 0, p_after: 0 }],
  ['write_worker_snapshot', { p_space: crypto.randomUUID(), p_epoch: 0, p_seq: 1, p_state: 'AA==' }],
  ['begin_epoch', { p_space: crypto.randomUUID(), p_epoch: 0, p_head: 1, p_state: 'AA==' }],
  ['purge_log', { p_space: crypto.randomUUID(), p_seconds: 0 }],
  [
    'thin_history',
    {
      ...{ p_space: crypto.randomUUID(), p_hourly_seconds: 0, p_daily_seconds: 0 },
      ...{ p_weekly_seconds: 0, p_bytes: 0 },
    },
  ],
]

test.each(FUNCTIONS)('%s is for the service role alone', async (name, args) => {
  const aoife = await someone('aoife', backend())
  for (const supabase of [stranger(backend()), aoife.supabase]) {
    const { error } = await supabase.rpc(name, args)
    expect(error?.code).toBe('42501')
  }
  expect((await serviceClient(backend()).rpc(name, args)).error).toBeNull()
})

test('the list above has every function that the service role may call', async () => {
  const rows = await backend().sql<{ name: string }>(`
    select proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege('service_role', oid, 'execute')
  `)
  expect(rows.map(({ name }) => name).sort()).toEqual(FUNCTIONS.map(([name]) => name).sort())
})

test('the list of spaces goes on after a page of 500', async () => {
  const aoife = await someone('aoife', backend())
  await backend().sql(
    `insert into space (id, kind, name, owner_id, head_seq)
     select gen_random_uuid(), 'playlist', '', $1, 1 from generate_series(1, 501)`,
    [aoife.userId],
  )
  const log = workerLog(backend())
  const first = await log.due(eager(), undefined)
  const second = await log.due(eager(), first.at(-1)?.id)
  expect([first.length, second.length]).toEqual([500, 1])
  expect(await log.due(eager(), second.at(-1)?.id)).toEqual([])
  await backend().sql('delete from space where owner_id = $1', [aoife.userId])
})

test('a worker works at once and again after a while, and finishes when it is closed', async () => {
  const aoife = await someone('aoife', backend())
  const space = await LoggedSpace.create(aoife)
  const results: SpaceResult[] = []
  const worker = startWorker({
    ...backend(),
    policy: eager(),
    everyMs: 20,
    onResult: (result) => results.push(result),
    onError: (error) => {
      throw error
    },
  })
  for (const name of ['a', 'b']) {
    const seen = results.length
    space.space.insert(thing, { name })
    await space.push()
    await expect.poll(() => results.length, { timeout: 5_000 }).toBeGreaterThan(seen)
  }
  await worker.close()
  await worker.close()
  const before = results.length
  space.space.insert(thing, { name: 'c' })
  await space.push()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(results).toHaveLength(before)
  expect(projectedRows(await space.onNewDevice())).toEqual(projectedRows(space.space))
})

test('results read as sentences', () => {
  const space = crypto.randomUUID() as SpaceResult['space']
  const document = { entriesMerged: 3, bytesBefore: 900, bytesAfter: 300, epochStarted: 2 }
  const poisoned = [{ seq: 2, client: 'c', n: 1, reason: 'It is broken.' }]
  expect(summaryOf({ space, state: 'done', entriesPurged: 4, document: { ...document, poisoned } })).toEqual([
    `Space ${space}: 3 updates merged, 4 updates purged, epoch 2 begun, 900 → 300 bytes.`,
    `Space ${space}, update 2 (number 1 of c): It is broken.`,
  ])
  expect(summaryOf({ space, state: 'failed', error: new KeyRefusedError() })).toEqual([
    expect.stringContaining('could not be compacted: The server refused the key.'),
  ])
})

/** The round of a worker on a server that answers everything the same. */
async function errorOn(status: number, body: unknown): Promise<unknown> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return new Promise((resolve) => {
    const worker = startWorker({
      ...{ url, serviceKey: 'key', everyMs: 60_000, policy: DEFAULT_POLICY },
      onResult: () => {},
      onError: (error) => {
        void worker.close()
        resolve(error)
      },
    })
  })
}

test('what a server answers is read with care, and errors say what to do', async () => {
  expect(await errorOn(200, [{ id: 7, merge: true }])).toBeInstanceOf(UnexpectedAnswerError)
  expect(await errorOn(200, 'x')).toBeInstanceOf(UnexpectedAnswerError)
  expect(await errorOn(401, { message: 'Invalid API key' })).toBeInstanceOf(KeyRefusedError)
  expect(await errorOn(404, { code: 'PGRST202', message: '' })).toBeInstanceOf(MissingMigrationError)
  expect(await errorOn(500, { message: 'disk full' })).toMatchObject({
    code: 'call_failed',
    message: expect.stringContaining('disk full'),
  })
})

const program = (...args: string[]): Promise<{ code: number | string | null; output: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, SUPABASE_URL: undefined, SUPABASE_SERVICE_ROLE_KEY: undefined }
    execFile(process.execPath, ['scripts/worker.ts', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })

// Node takes a while to start on a busy machine.
test('the program does one round, or says what is wrong', { timeout: 120_000 }, async () => {
  const { url, anonKey, serviceKey } = backend()
  const space = await LoggedSpace.create(await someone('aoife', backend()))
  space.space.insert(thing, { name: 'old' })
  await space.push()
  await backend().sql("update space_update set created_at = now() - interval '31 days' where space_id = $1", [
    space.id,
  ])
  expect(await program('--url', url, '--service-key', serviceKey, '--once')).toEqual({
    code: 0,
    output: `Space ${space.id}: 1 updates merged, 1 updates purged.\n`,
  })
  expect(await program('--url', url, '--service-key', anonKey, '--once')).toEqual({
    code: 1,
    output: expect.stringContaining('not the anon key'),
  })
  expect(await program('--service-key', serviceKey)).toEqual({
    code: 1,
    output: expect.stringContaining('SUPABASE_URL'),
  })
  expect(await program('--url', 'http://127.0.0.1:9', '--service-key', 'x', '--once')).toEqual({
    code: 1,
    output: expect.stringMatching(/could not be reached/),
  })
  expect(await program('--url', url, '--service-key', 'x', '--every', 'often')).toEqual({
    code: 1,
    output: '--every must be a number above 0, not "often".\n',
  })
})
