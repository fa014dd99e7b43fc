/**
 * The promises that policies and functions make, kept by a real Postgres with many connections.
 *
 *   npm run test:postgres [-- --cli] [-- --if-possible]
 *
 * With --cli the migrations are applied by the Supabase CLI, as for a hosted project, and linted. It is fetched when
 * needed: 65 MB, too much for everybody's `npm ci`. With --if-possible, a machine without Postgres passes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findPostgres } from '../tests/postgres/server.ts'

const ROOT = resolve(import.meta.dirname, '..')
const CLI = 'supabase@3.1.0'
const HOW_TO_GET_ONE =
  'No Postgres is at hand. Install one (Debian: apt-get install postgresql; macOS: brew install postgresql) or put its initdb on the PATH.'

const { values } = parseArgs({
  options: {
    cli: { type: 'boolean', default: false },
    'if-possible': { type: 'boolean', default: false },
  },
})

function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT, env })
  if (error) console.error(error.message)
  return status === 0
}

/** Debian has Postgres in its own archive; its package would start a server, which is not wanted here. */
function installOnDebian(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = () => run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], env)
  return install() || (run('apt-get', ['update', '-qq'], env) && install())
}

/** @returns the path of the Supabase CLI, in a folder that is to be removed */
function fetchCli(folder: string): string {
  const fetched = run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', CLI])
  if (!fetched) throw new Error(`${CLI} could not be fetched.`)
  return join(folder, 'node_modules', '.bin', 'supabase')
}

function main(): number {
  if (!findPostgres() && !installOnDebian()) {
    console.error(HOW_TO_GET_ONE)
    return values['if-possible'] ? 0 : 1
  }
  const folder = values.cli ? mkdtempSync(join(tmpdir(), 'segue-cli-')) : undefined
  try {
    const env = { ...process.env, ...(folder ? { SEGUE_SUPABASE_CLI: fetchCli(folder) } : {}) }
    const vitest = join('node_modules', 'vitest', 'vitest.mjs')
    return run(process.execPath, [vitest, 'run', '--config', 'vitest.postgres.config.ts'], env) ? 0 : 1
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
