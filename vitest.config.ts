import { defineConfig } from 'vitest/config';

// Whole servers, network namespaces and real peers run in these tests, on machines of two cores: few files at once, generous limits.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/say-missing.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
