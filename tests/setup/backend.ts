import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startLocalBackend } from '../../supabase/local/index.ts'
import { type Accounts, hasAdmin } from './accounts.ts'
import { keepingExitCode } from './exit-code.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one backend of a test run: embedded, unless an address is given. */
    backend: {
      readonly url: string
      readonly anonKey: string
      readonly serviceKey: string
      /** Empty for a backend at an address. */
      readonly jwtSecret: string
      readonly accounts: Accounts
    }
  }
}

/**
 * Starts one embedded backend for all integration tests, for a cold start of Postgres takes seconds; or takes the one
 * at SEGUE_CONTRACT_URL.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { SEGUE_CONTRACT_URL: given, SEGUE_CONTRACT_ANON_KEY, SEGUE_CONTRACT_SERVICE_KEY } = process.env
  if (given) {
    const address = {
      url: given,
      anonKey: SEGUE_CONTRACT_ANON_KEY ?? '',
      serviceKey: SEGUE_CONTRACT_SERVICE_KEY ?? '',
    }
    const accounts = (await hasAdmin(address)) ? 'admin' : 'sign-up'
    project.provide('backend', { ...address, jwtSecret: '', accounts })
    return async () => {}
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'segue-test-'))
  const { url, anonKey, serviceKey, jwtSecret, close } = await keepingExitCode(() =>
    startLocalBackend({ dataDir, authRequestsPerMinute: 10_000, compaction: false }),
  )
  project.provide('backend', { url, anonKey, serviceKey, jwtSecret, accounts: 'thrown-away' })
  return async () => {
    // Postgres in WASM sets other codes as it runs and ends; a failed run has 1.
    const hasFailed = process.exitCode === 1
    await close()
    process.exitCode = hasFailed ? 1 : 0
    rmSync(dataDir, { recursive: true, force: true })
  }
}
