import { chmodSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { put, storeContract } from '../../test/support/store-contract.ts';
import { SqliteStore } from './sqlite-store.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steerd-store-'));
  file = join(folder, 'steerd.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('SqliteStore as any store', () => {
  storeContract(() => SqliteStore.open(file));
});

describe('SqliteStore', () => {
  it('finds everything again, in a file that only its owner may read', async () => {
    const blob = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    const store = await SqliteStore.open(file);
    await store.commit([put('a', '1', { x: 1 }, blob)]);
    for (const name of ['', '-wal', '-shm']) expect(statSync(file + name).mode & 0o777).toBe(0o600);
    await store.close();
    const again = await SqliteStore.open(file);
    expect(again.revision).toBe(1);
    expect(await again.get('a', '1')).toEqual({ collection: 'a', key: '1', value: { x: 1 }, blob, revision: 1 });
    expect(await again.commit([put('a', '2', 2)])).toBe(2);
    await again.close();
  });

  it('says what is durable and not taken up yet', async () => {
    const durable = new Int32Array(new SharedArrayBuffer(4));
    const store = await SqliteStore.open(file, { durable });
    const committed = store.commit([put('a', '1', 1)]);
    // As long as this thread is busy nothing is taken up.
    for (const until = performance.now() + 10_000; durable[0] === 0 && performance.now() < until; );
    expect(durable[0]).toBe(1);
    await committed;
    expect(durable[0]).toBe(0);
    await store.close();
  });

  it('keeps the modes of a file that is there', async () => {
    writeFileSync(file, '');
    chmodSync(file, 0o640);
    const store = await SqliteStore.open(file);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    await store.close();
  });

  it('refuses what is no database, and says what to do', async () => {
    writeFileSync(file, 'this was never a database, but it is long enough to be looked at as one'.repeat(20));
    await expect(SqliteStore.open(file)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /steerd\.db is damaged \(.*\); restore a copy of it, or move it away and start without/,
      ),
    });
  });

  it('refuses a damaged one', async () => {
    const store = await SqliteStore.open(file);
    await store.commit(Array.from({ length: 500 }, (_, i) => put('a', `${i}`, 'x'.repeat(500))));
    await store.close();
    truncateSync(file, statSync(file).size - 100 * 1024);
    await expect(SqliteStore.open(file)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/damaged/),
    });
  });

  it('takes one of layout 1 as it is, and keeps an older steerd away from it', async () => {
    const before = new DatabaseSync(file);
    before.exec(`
      CREATE TABLE documents (collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL,
        PRIMARY KEY (collection, key)) STRICT, WITHOUT ROWID;
      CREATE TABLE blobs (collection TEXT NOT NULL, key TEXT NOT NULL, octets BLOB NOT NULL, PRIMARY KEY (collection, key)) STRICT;
      CREATE TABLE revision (id INTEGER PRIMARY KEY CHECK (id = 0), number INTEGER NOT NULL) STRICT;
      INSERT INTO revision VALUES (0, 3);
      INSERT INTO documents VALUES ('moves', '1', '{"id":1}', 3), ('move-hosts', '1', 'null', 3);
      INSERT INTO blobs VALUES ('move-hosts', '1', x'00000161');
      PRAGMA user_version = 1;
    `);
    before.close();
    const store = await SqliteStore.open(file);
    expect(store.revision).toBe(3);
    expect((await store.get('moves', '1'))?.value).toEqual({ id: 1 });
    expect((await store.get('move-hosts', '1'))?.blob).toEqual(Uint8Array.of(0, 0, 1, 0x61));
    await store.close();
    const after = new DatabaseSync(file);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    after.close();
  });

  it('refuses one of a newer steerd', async () => {
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(SqliteStore.open(file)).rejects.toMatchObject({
      message: expect.stringMatching(/newer steerd \(layout 99/),
    });
  });

  it('refuses a folder that is not there', async () => {
    await expect(SqliteStore.open(join(folder, 'none', 'x.db'))).rejects.toMatchObject({ code: 'failed' });
  });

  it('tells how long commits took, and of those that failed; a conflict is no failure', async () => {
    const told: [boolean, boolean][] = [];
    const store = await SqliteStore.open(file, { onCommit: (milliseconds, ok) => told.push([milliseconds > 0, ok]) });
    await store.commit([put('a', '1', 1)]);
    await store.commit([put('a', '1', 2)], 0).catch(() => undefined);
    const held = new DatabaseSync(file);
    held.exec('DROP TABLE blobs');
    held.close();
    await expect(store.commit([put('a', '1', 1)])).rejects.toMatchObject({ code: 'failed' });
    await store.close();
    expect(told).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it('when its thread dies, ends what was under way and starts another', async () => {
    const store = await SqliteStore.open(file);
    await store.commit([put('a', '1', 1)]);
    const reading = store.get('a', '1').catch((error: Error) => error);
    await store.endThread();
    const ended = await reading;
    // It may have been read just before.
    if (ended instanceof Error)
      expect(ended).toMatchObject({ code: 'failed', message: expect.stringMatching(/steerd\.db failed/) });
    else expect(ended?.value).toBe(1);
    expect(await store.commit([put('a', '3', 3)])).toBe(2);
    expect((await store.get('a', '3'))?.value).toBe(3);
    await store.close();
  });
});
