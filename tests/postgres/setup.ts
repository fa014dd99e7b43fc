import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect, findPostgres, startPostgres } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the real Postgres of a test run listens. */
    postgresPort: number
  }
}

const ROOT = resolve(import.meta.dirname, '../..')
const MIGRATIONS = join(ROOT, 'supabase', 'migrations')

/** Starts a real Postgres that looks like a hosted project and applies the migrations as its user `postgres`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const bin = findPostgres()
  if (!bin) throw new Error('There is no Postgres here. `npm run test:postgres` says how to get one.')
  const { port, stop } = await startPostgres(bin)
  try {
    const admin = await connect(port)
    await admin.query(readFileSync(join(import.meta.dirname, 'supabase.sql'), 'utf8'))
    await admin.end()
    await (process.env.SEGUE_SUPABASE_CLI ? pushWithCli(process.env.SEGUE_SUPABASE_CLI, port) : push(port))
    project.provide('postgresPort', port)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

async function push(port: number): Promise<void> {
  const client = await connect(port, 'postgres')
  for (const file of readdirSync(MIGRATIONS).sort()) {
    if (!file.endsWith('.sql')) continue
    try {
      await client.query(`begin;\n${readFileSync(join(MIGRATIONS, file), 'utf8')}\ncommit;`)
    } catch (cause) {
      await client.end()
      throw new Error(`The migration ${file} failed.`, { cause })
    }
  }
  await client.end()
}

/** By the official tool, as somebody who deploys does it. */
async function pushWithCli(cli: string, port: number): Promise<void> {
  const url = `postgresql://postgres:none@127.0.0.1:${port}/postgres?sslmode=disable`
  const run = (...args: string[]) => {
    const env = { ...process.env, DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1' }
    const { status, error } = spawnSync(cli, [...args, `--remote=${url}`], {
      cwd: ROOT,
      stdio: 'inherit',
      env,
    })
    if (status !== 0) throw error ?? new Error(`supabase ${args.join(' ')} failed.`)
  }
  run('db', 'push', '--yes')
  run('migration', 'list')
  const admin = await connect(port)
  const { rowCount } = await admin.query(`select from pg_available_extensions where name = 'plpgsql_check'`)
  if (rowCount) await admin.query('create extension if not exists plpgsql_check with schema extensions')
  await admin.end()
  if (rowCount) run('db', 'lint', '--level', 'warning', '--fail-on', 'warning', '--schema', 'public,segue')
  else console.log('Not linted: Postgres lacks the extension plpgsql_check.')
}
