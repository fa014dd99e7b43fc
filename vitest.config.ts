import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // They have a server of their own: vitest.postgres.config.ts.
    exclude: ['tests/postgres/**'],
    globalSetup: ['tests/setup/backend.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
