import { defineConfig } from 'vitest/config'

/** Tests against a real Postgres; run by `npm run test:postgres`. */
export default defineConfig({
  test: {
    include: ['tests/postgres/**/*.test.ts'],
    globalSetup: ['tests/postgres/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
