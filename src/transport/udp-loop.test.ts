import { expect, it } from 'vitest';
import { BATCH } from '../answer/batch.ts';
import type { Libc } from './libc.ts';
import { type BatchHandler, runUdpLoop, type UdpSource } from './udp-loop.ts';

/** Runs the loop over a source with so many messages a time, until it has none left. @returns what was done, in turn */
function runOver(counts: readonly number[]): string[] {
  const done: string[] = [];
  let stopping = false;
  const left = [...counts];
  const libc = {
    poll(pollfds: Uint8Array) {
      done.push('poll');
      stopping = left.length === 0;
      if (stopping) return 0;
      new Int16Array(pollfds.buffer)[3] = 1;
      return 1;
    },
    sched_yield: () => done.push('yield'),
  } as unknown as Libc;
  const source: UdpSource = {
    fd: 3,
    serve() {
      const count = left.shift() ?? 0;
      done.push(String(count));
      return count;
    },
  };
  const handler = {
    idle: () => {},
    get stopping() {
      return stopping;
    },
  } as BatchHandler;
  runUdpLoop(libc, [source], handler);
  return done;
}

const full = String(BATCH);

it('asks again without a poll behind a full batch', () => {
  expect(runOver([5, BATCH, 7])).toEqual(['poll', '5', 'poll', full, '7', 'poll']);
});

it('lets others have the core behind every second full batch in a row: a thread that never waits would keep it until the next tick', () => {
  expect(runOver(Array(5).fill(BATCH))).toEqual(['poll', full, full, 'yield', full, full, 'yield', full, '0', 'poll']);
});

it('does not where it waits of its own accord', () => {
  const often = Array(9).fill([BATCH, 1]).flat();
  expect(runOver(often)).not.toContain('yield');
  expect(runOver([BATCH, 1, BATCH, BATCH]).filter((one) => one === 'yield')).toHaveLength(1);
});
