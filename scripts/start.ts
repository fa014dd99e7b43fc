/**
 * Builds the app if needed, starts it with its embedded backend, and makes demo data the first time.
 *
 *   npm start -- [--port <number>] [--data <folder>] [--no-demo] [--no-build]
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LocalBackendError, startLocalBackend } from '../supabase/local/index.ts'
import { DEMO_ACCOUNTS, seedDemo } from './seed.ts'
import { stopOnSignals } from './stop-on-signals.ts'

const ROOT = resolve(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
const SOURCES = [
  'src',
  'crdt',
  'bridge',
  'supabase/client',
  'public',
  'index.html',
  'vite.config.ts',
  'package-lock.json',
]

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '4310' },
    data: { type: 'string', default: join(ROOT, '.segue') },
    demo: { type: 'boolean', default: true },
    build: { type: 'boolean', default: true },
  },
  allowNegative: true,
})

function newest(path: string): number {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

async function buildIfStale(): Promise<void> {
  const built = newest(join(DIST, 'index.html'))
  if (built > 0 && SOURCES.every((source) => newest(join(ROOT, source)) <= built)) return
  console.log('Building the app …')
  process.env.CI ??= 'true'
  const { build } = await import('vite')
  await build({ root: ROOT, logLevel: 'warn' })
}

let isStopping = () => false

async function main(): Promise<void> {
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LocalBackendError(
      'bad_port',
      `"${values.port}" is not a port. Pass --port <number>, for example --port 4311.`,
    )
  }
  if (values.build) await buildIfStale()
  console.log('Starting the backend …')
  const stop = stopOnSignals(() =>
    startLocalBackend({
      dataDir: values.data,
      port,
      staticDir: DIST,
      log: (line) => console.error(line),
    }),
  )
  isStopping = stop.isStopping
  const backend = await stop.starting
  if (values.demo) await seedDemo(backend)
  console.log(`
  Segue          ${backend.url}
  Mailbox        ${backend.url}/mailbox
${values.demo ? DEMO_ACCOUNTS.map(({ email, password }) => `  Demo account   ${email} / ${password}`).join('\n') : ''}

  Data is kept in ${resolve(values.data)}. Ctrl-C stops everything.
`)
}

try {
  await main()
} catch (error) {
  // Whatever was under way when the backend was stopped fails for want of it.
  if (!isStopping()) {
    console.error(error instanceof LocalBackendError ? `\n${error.message}` : error)
    process.exit(1)
  }
}
