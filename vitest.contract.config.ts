import { defineConfig } from 'vitest/config'

/** What must hold of any backend that Segue is pointed at. */
export default defineConfig({
  test: {
    include: ['tests/integration/*.test.ts', 'tests/contract/*.contract.ts'],
    globalSetup: ['tests/setup/backend.ts'],
    // One file at a time: a project on a small plan limits sign-ins and joins.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
