import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Job } from '../../health/jobs.ts';
import { ProbeClient } from './probe-client.ts';

let folder = '';
let client: ProbeClient;
const replaced: string[] = [];
const seen: { target: string; result: string; at: number }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-probes-'));
});

afterEach(async () => {
  await client.close();
  replaced.length = 0;
  seen.length = 0;
  rmSync(folder, { recursive: true, force: true });
});

function open(file?: URL): void {
  const events = {
    observed: ({ target }: { target: string }, _type: string, { result, at }: { result: string; at: number }) =>
      void seen.push({ target, result, at }),
    gathered: () => undefined,
    replaced: (cause: string) => void replaced.push(cause),
  };
  client = file === undefined ? new ProbeClient(events) : new ProbeClient(events, file);
}

function job(port: number): Job {
  return {
    id: String(port),
    probe: { type: 'tcp', port },
    address: '127.0.0.1',
    port,
    timing: { interval: 100, jitter: 0, timeout: 100, recheck: 50 },
    fall: 2,
    limit: 'a',
    of: [{ target: 'web/a/ipv4', check: 'tcp' }],
  };
}

async function until(good: () => boolean): Promise<void> {
  for (let tries = 0; !good(); tries++) {
    if (tries > 1500) throw new Error('never');
    await new Promise((again) => setTimeout(again, 10));
  }
}

it('tells what the worker observes, by the time of this thread', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  open();
  const began = Date.now();
  client.set([job((server.address() as { port: number }).port)], 100);
  await until(() => seen.length >= 3);
  expect(seen[0]).toMatchObject({ target: 'web/a/ipv4', result: 'ok' });
  for (const { at } of seen) {
    expect(at).toBeGreaterThanOrEqual(began);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
  client.set([], 100);
  await new Promise((later) => setTimeout(later, 300));
  const { length } = seen;
  await new Promise((later) => setTimeout(later, 300));
  expect(seen).toHaveLength(length);
  server.close();
});

it('replaces a worker that dies', async () => {
  const file = join(folder, 'dies.mjs');
  writeFileSync(
    file,
    'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("out of luck"); });',
  );
  open(pathToFileURL(file));
  client.set([job(1)], 100);
  await until(() => replaced.length >= 2);
  expect(replaced[0]).toBe('out of luck');
});

it('replaces a worker that hangs', async () => {
  const file = join(folder, 'hangs.mjs');
  writeFileSync(
    file,
    'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { for (;;); });',
  );
  open(pathToFileURL(file));
  client.set([job(1)], 100);
  await until(() => replaced.length >= 1);
  expect(replaced[0]).toMatch(/^nothing heard for [56] s$/);
}, 20_000);
