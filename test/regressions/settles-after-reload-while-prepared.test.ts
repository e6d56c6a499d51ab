/**
 * A load that lowered the TTL of a host in preparation left no tail: it looked at the short TTL of that moment. After the preparation was taken back, a move
 * settled before the long answers from before it had run out.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Moves } from '../../src/control/moves/moves.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { Published } from '../support/published.ts';
import { steer, TestZone } from '../support/records.ts';

const START = Date.UTC(2026, 0, 1);
const HOST = 'one.a.test';
const OPTIONS = { author: 'test' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a move settles when what was answered before a preparation has run out', async () => {
  const zone = new TestZone('a.test.', [steer(`${HOST}.`, 'zurich', 60)]);
  const published = await Published.of(zone);
  const moves = new Moves(published.publisher, new MemoryStore());
  const prepared = await moves.create({ hosts: [HOST], to: 'europe', reason: 'x', prepareTtl: 5 }, OPTIONS);
  vi.setSystemTime(START + 1000);
  zone.set([steer(`${HOST}.`, 'zurich', 30)]);
  await published.load([zone]);
  await moves.revert(prepared.id, 'x', OPTIONS);
  const move = await moves.create({ hosts: [HOST], to: 'anycast', reason: 'x' }, OPTIONS);
  // Since when it is prepared isn't looked at: as if the last long answer was given with the load.
  expect(move.settlesAt).toBe(START + 61_000);
});
