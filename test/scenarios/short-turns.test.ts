/** Threads that answer have short turns on the CPU; those that compile and serve the API don't. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { expect, it } from 'vitest';
import { loadLibc } from '../../src/transport/libc.ts';
import { remove, SteerdProcess, workplace } from '../support/steerd-process.ts';

/** Turns by thread, in nanoseconds; undefined where the kernel does not tell. */
function turns(pid: number): Map<string, number | undefined> {
  const folder = `/proc/${pid}/task`;
  return new Map(
    readdirSync(folder).map((thread) => {
      const sched = readFileSync(`${folder}/${thread}/sched`, 'utf8');
      const found = /^se\.slice\s*:\s*(\d+)/m.exec(sched)?.[1];
      return [readFileSync(`${folder}/${thread}/comm`, 'utf8').trim(), found === undefined ? undefined : Number(found)];
    }),
  );
}

/** Since Linux 6.12 threads may ask for turns of their own; and turns are told where the scheduler's figures are built in. */
function areTurnsKnown(): boolean {
  const [major, minor] = release().split('.').map(Number);
  return loadLibc() !== undefined && major * 100 + minor >= 612 && existsSync('/proc/self/sched');
}

it.skipIf(!areTurnsKnown())('packet workers interrupt what else the server does', async () => {
  const place = workplace();
  const server = await SteerdProcess.start(place);
  try {
    const found = turns(server.pid);
    for (const answers of ['udp-0', 'stream-0']) expect(found.get(answers), answers).toBe(100_000);
    for (const other of ['node-MainThread', 'compile', 'store'])
      expect(found.get(other), other).toBeGreaterThan(100_000);
  } finally {
    await server.stop();
    remove(place);
  }
});
