/** A disk that took seconds made `settles_at` early by as much: it was counted from before the commit, and old answers were given until after it. */
import { expect, it } from 'vitest';
import { Moves } from '../../src/control/moves/moves.ts';
import { moveRecordSchema } from '../../src/control/moves/record.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Change } from '../../src/store/store.ts';
import { Published } from '../support/published.ts';
import { steer, TestZone } from '../support/records.ts';

const TTL = 60_000;
const HOST = 'one.a.test';

/** The first commit takes so long on the clock of the test. */
class SlowStore extends MemoryStore {
  readonly #wait: () => void;
  #slow = true;
  constructor(wait: () => void) {
    super();
    this.#wait = wait;
  }
  override async commit(changes: readonly Change[], expected?: number): Promise<number> {
    if (this.#slow) this.#wait();
    this.#slow = false;
    return super.commit(changes, expected);
  }
}

async function moved(commitMs: number, more: { prepareTtl?: number; expiresIn?: number } = {}) {
  let now = Date.now();
  const { publisher } = await Published.of(new TestZone('a.test.', [steer(`${HOST}.`, 'anycast')]));
  const store = new SlowStore(() => {
    now += commitMs;
  });
  const moves = new Moves(publisher, store, () => now);
  const move = await moves.create({ hosts: [HOST], to: 'europe', reason: 'x', ...more }, { author: 'test' });
  const [entry] = await store.list('moves', { limit: 1 });
  return { move, stored: moveRecordSchema.parse(entry.value), served: now, marks: moves.executor.marks };
}

it('a move settles one TTL after its answers were new, not after it was asked for', async () => {
  const { move, stored, served, marks } = await moved(5000, { expiresIn: 100 });
  expect([move.switched, move.settlesAt, move.expiresAt]).toEqual([served, served + TTL, served + 100_000]);
  expect(stored).toEqual(move);
  expect(marks.until('anycast', 'ipv4')).toBe(served + TTL + 900_000);
});

it('the switch comes one old TTL after the short one is served', async () => {
  const { move, stored, served } = await moved(5000, { prepareTtl: 5 });
  expect([move.switched, move.switchAt, move.settlesAt]).toEqual([undefined, served + TTL, served + TTL + 5000]);
  expect(stored).toEqual(move);
});

it('of less than a second the store need not know', async () => {
  const { move, stored, served, marks } = await moved(500);
  expect([move.settlesAt, stored.settlesAt]).toEqual([served + TTL, served + TTL - 500]);
  expect(marks.until('anycast', 'ipv4')).toBe(served + TTL + 900_000);
});
