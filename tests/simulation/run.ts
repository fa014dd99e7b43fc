import './seeded-process.ts'
import { parseArgs } from 'node:util'
import { drawHistory } from './history.ts'
import { PostgresServer } from './postgres-server.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

/** One history in so many runs on Postgres itself. */
const POSTGRES_EVERY = 250

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    histories: { type: 'string', default: '300' },
    postgres: { type: 'string', default: String(POSTGRES_EVERY) },
    'keep-going': { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const histories = Number(values.histories)
const every = Number(values.postgres)
const postgres = histories >= every ? await PostgresServer.open() : undefined
const sum = { operations: 0, faults: 0, lost: 0, diverged: 0, failed: 0, epochs: 0, onPostgres: 0 }
const started = performance.now()

for (let index = 0; index < histories; index++) {
  const onPostgres = postgres !== undefined && index % every === every - 1
  const history = drawHistory(seed + index)
  const makeServer = onPostgres ? () => postgres : undefined
  const { violations, operations, faults, epochs } = await simulate(history, makeServer)
  sum.operations += operations
  sum.faults += faults
  sum.epochs += epochs
  if (onPostgres) sum.onPostgres += 1
  for (const kind of new Set(violations.map((violation) => violation.kind))) sum[kind] += 1
  if (violations.length === 0) continue
  if (values['keep-going']) {
    process.stderr.write(
      `seed ${history.seed}: ${violations[0]?.kind}: ${violations[0]?.says.slice(0, 300)}\n`,
    )
    continue
  }
  const small = await shrink(history, makeServer)
  process.stderr.write(
    `seed ${history.seed} fails, shrunk to:\n${JSON.stringify(small.history).replaceAll('{"do"', '\n  {"do"')}\n`,
  )
  for (const { kind, says } of small.violations) process.stderr.write(`${kind}: ${says}\n`)
  break
}

await postgres?.close()
// Only now: Postgres in WASM sets it, too.
process.exitCode = sum.lost + sum.diverged + sum.failed > 0 ? 1 : 0
const ms = Math.round(performance.now() - started)
process.stdout.write(`${JSON.stringify({ histories, seed, ...sum, ms })}\n`)
