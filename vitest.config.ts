import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What Node compiles is kept for all the processes and threads that tests start. Without it each strips the types of its own files anew: half the CPU time of a test that starts many.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/steerd-tests');

// Whole servers, network namespaces and real peers run in these tests, on machines of two cores: few files at once, one more than there are cores, since many wait for
// time to pass. Limits are there to end what hangs: slowness alone must fail nothing, so they are many times what anything takes.
export default defineConfig({
  test: {
    globalSetup: ['test/support/say-missing.ts'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000, interval: 50 } },
    projects: [
      // Units leave nothing behind, so that one process runs many files.
      { extends: true, test: { name: 'units', include: ['src/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'servers', include: ['test/**/*.test.ts'] } },
    ],
  },
});
