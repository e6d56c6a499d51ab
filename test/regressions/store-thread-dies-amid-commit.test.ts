/** A commit whose thread died before it could say that it was durable counted as refused: "nothing was changed", and at the next start it was. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite-store.ts';

const ROUNDS = 40;
const COMMITS = 3;

it('each commit is told as what it is: there, or not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steerd-store-'));
  const store = await SqliteStore.open(join(folder, 'steerd.db'));
  try {
    const watched: number[] = [];
    store.watch(store.revision, ({ revision }) => watched.push(revision));
    const told: boolean[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const keys = Array.from({ length: COMMITS }, (_, i) => `${round}/${i}`);
      const commits = keys.map((key) =>
        store.commit([{ put: { collection: 'a', key, value: key } }]).then(
          () => true,
          () => false,
        ),
      );
      // Anywhere between before the first and after the last.
      if (round % 4 > 0) await sleep(round % 4);
      await store.endThread();
      for (const [i, commit] of commits.entries()) {
        const done = await commit;
        told.push(done);
        expect([keys[i], (await store.get('a', keys[i])) !== undefined]).toEqual([keys[i], done]);
      }
    }
    expect(store.revision).toBe(told.filter((done) => done).length);
    expect(watched).toEqual(Array.from({ length: store.revision }, (_, i) => i + 1));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
