import { defineConfig } from 'vitest/config';

// Whole servers, network namespaces and real peers run in these tests, on machines of two cores: few files at once. Limits are there to end what hangs: slowness
// alone must fail nothing, so they are many times what anything takes.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/say-missing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
  },
});
