import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startLocalBackend } from '../../supabase/local/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one embedded backend of a test run. */
    backend: {
      readonly url: string
      readonly anonKey: string
      readonly serviceKey: string
      readonly jwtSecret: string
    }
  }
}

/** Starts one embedded backend for all integration tests: a cold start of Postgres takes seconds. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'segue-test-'))
  const { url, anonKey, serviceKey, jwtSecret, close } = await startLocalBackend({
    dataDir,
    authRequestsPerMinute: 10_000,
    compaction: false,
  })
  project.provide('backend', { url, anonKey, serviceKey, jwtSecret })
  return async () => {
    await close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
