import { expect, it } from 'vitest';
import { BATCH } from '../answer/batch.ts';
import type { Libc } from './libc.ts';
import { type BatchHandler, runUdpLoop, type UdpSource } from './udp-loop.ts';

/** Runs the loop over a source with so many messages a time, until it has none left. @param isAwaited after so many times @returns what was done, in turn */
function runOver(counts: readonly number[], isAwaited: (served: number) => boolean = () => false): string[] {
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
    get isAwaited() {
      return isAwaited(counts.length - left.length);
    },
  } as BatchHandler;
  runUdpLoop(libc, [source], handler);
  return done;
}

const full = String(BATCH);

it('asks again without a poll behind a full batch', () => {
  expect(runOver([5, BATCH, 7])).toEqual(['poll', '5', 'poll', full, '7', 'poll']);
});

it('lets who is awaited have the core behind a full batch: a thread that never waits would keep it until the next tick', () => {
  const full5 = Array(5).fill(BATCH);
  expect(runOver(full5)).not.toContain('yield');
  expect(runOver(full5, (served) => served === 2 || served === 3)).toEqual([
    'poll',
    full,
    full,
    'yield',
    full,
    'yield',
    full,
    full,
    '0',
    'poll',
  ]);
});

it('does not where it waits of its own accord', () => {
  expect(runOver([3, 1, 2], () => true)).not.toContain('yield');
  expect(runOver([3, BATCH, 2], () => true).filter((one) => one === 'yield')).toHaveLength(1);
});
