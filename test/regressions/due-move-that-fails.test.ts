/** A move whose hosts could not be read when it expired kept every other from what was due, ten times a second. */
import { expect, it } from 'vitest';
import { Moves } from '../../src/control/moves/moves.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { type Entry, StoreError } from '../../src/store/store.ts';
import { Published } from '../support/published.ts';
import { steer, TestZone } from '../support/records.ts';

/** Enough for their list to be a document of its own. */
const CROWD = Array.from({ length: 200 }, (_, i) => `host${i}.a.test`);

class BrokenStore extends MemoryStore {
  broken = false;
  override async get(collection: string, key: string): Promise<Entry | undefined> {
    if (this.broken) throw new StoreError('failed', 'this page can not be read');
    return super.get(collection, key);
  }
}

it('what is due of other moves is done, and the one is tried again a minute later', async () => {
  let now = Date.now();
  const published = await Published.of(
    new TestZone(
      'a.test.',
      [...CROWD, 'one.a.test'].map((name) => steer(`${name}.`, 'anycast')),
    ),
  );
  const store = new BrokenStore();
  const moves = new Moves(published.publisher, store, () => now);
  const warnings: string[] = [];
  moves.on('warning', (message) => warnings.push(message));
  const move = (hosts: string[]) =>
    moves.create({ hosts, to: 'europe', reason: 'x', expiresIn: 10 }, { author: 'test' });
  const { id } = await move(CROWD);
  await move(['one.a.test']);
  now += 10_000;
  store.broken = true;
  for (let i = 0; i < 3; i++) await moves.tick();
  expect(published.groups('one.a.test.')).toEqual(['anycast', 'anycast']);
  expect(published.groups('host0.a.test.')).toEqual(['europe', 'europe']);
  expect(warnings).toEqual([
    `what was due of move ${id} can't be done, trying again in a minute: this page can not be read`,
  ]);
  store.broken = false;
  now += 60_000;
  expect(moves.nextDue()).toBeLessThanOrEqual(now);
  await moves.tick();
  expect(published.groups('host0.a.test.')).toEqual(['anycast', 'anycast']);
  expect(moves.nextDue()).toBe(undefined);
});
