import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { findChromium } from './scripts/find-chromium.ts'

const port = Number(process.env.SEGUE_E2E_PORT ?? 4399)
// Playwright reads this file in every worker; the folder must stay the same.
process.env.SEGUE_E2E_DATA ??= mkdtempSync(join(tmpdir(), 'segue-e2e-'))
const executablePath = findChromium()

export default defineConfig({
  testDir: 'e2e',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
  // Real browsers, a real network and two cores: a test that passes only at its second try is listed as flaky.
  retries: 1,
  forbidOnly: true,
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${port}`,
    trace: 'retain-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: ['--no-sandbox'],
    },
  },
  webServer: {
    command: `node scripts/start.ts --port ${port} --data ${process.env.SEGUE_E2E_DATA}`,
    url: `http://localhost:${port}/segue-config.json`,
    timeout: 180_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    stdout: 'pipe',
  },
})
