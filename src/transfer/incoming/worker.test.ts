/** The thread that follows primaries, by itself: what it is told is not more work than it can do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { parseName } from '../../wire/name.ts';
import type { SecondaryWorkerData, ToSecondaryWorker } from './messages.ts';

const ZONES = 4000;
const folder = mkdtempSync(join(tmpdir(), 'steerd-'));

afterEach(() => rmSync(folder, { recursive: true }));

// Looked at for each notification, the zones would take minutes.
it('looks at its zones once for all notifications that have come', { timeout: 30_000 }, async () => {
  const primary = { host: '127.0.0.1', port: 1, key: undefined, tls: undefined };
  const zones = Array.from({ length: ZONES }, (_, i) => ({
    apex: parseName(`zone${i}.example.`),
    primaries: [primary],
    signs: false,
  }));
  const workerData: SecondaryWorkerData = { zones, most: 1 << 20, folder, seed: 1 };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  const send = (message: ToSecondaryWorker): void => worker.postMessage(message);
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  for (const { apex } of zones) send({ poke: apex, serial: 1, from: '127.0.0.1' });
  send('stop');
  await ended;
  expect(worker.threadId).toBe(-1);
});
