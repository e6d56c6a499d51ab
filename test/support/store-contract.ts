/** What every store does. Run by the test of each. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Committed, Entry, Store } from '../../src/store/store.ts';

export const put = (collection: string, key: string, value: unknown, blob?: Uint8Array): Change => ({
  put: { collection, key, value, ...(blob === undefined ? {} : { blob }) },
});
export const del = (collection: string, key: string): Change => ({ delete: { collection, key } });

const names = (entries: readonly Entry[]): string[] => entries.map(({ collection, key }) => `${collection}/${key}`);

/** @param open a store without documents; closed by the test */
export function storeContract(open: () => Promise<Store>): void {
  let store: Store;

  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('a commit', () => {
    it('raises the revision by one, and is there when it resolves', async () => {
      expect(store.revision).toBe(0);
      expect(await store.commit([put('a', '1', { x: 'é\u0000"', list: [1, null, true] }), put('b', '1', null)])).toBe(
        1,
      );
      expect(await store.commit([put('a', '2', 2)])).toBe(2);
      expect(store.revision).toBe(2);
      expect(await store.get('a', '1')).toEqual({
        collection: 'a',
        key: '1',
        value: { x: 'é\u0000"', list: [1, null, true] },
        revision: 1,
      });
      expect(await store.get('a', '3')).toBeUndefined();
    });

    it('is refused as a whole unless the store is at the revision expected', async () => {
      await store.commit([put('a', '1', 1)]);
      const late = store.commit([put('a', '1', 2), del('a', '1'), put('a', '2', 2)], 0);
      await expect(late).rejects.toMatchObject({ name: 'StoreError', code: 'conflict' });
      expect(await store.snapshot(['a'])).toMatchObject({ revision: 1, entries: [{ key: '1', value: 1 }] });
      expect(await store.commit([put('a', '1', 2)], 1)).toBe(2);
    });

    it('of several at once comes after the one asked for before', async () => {
      const told: number[] = [];
      store.watch(0, ({ revision }) => told.push(revision));
      const revisions = await Promise.all(Array.from({ length: 20 }, (_, i) => store.commit([put('a', 'k', i)])));
      expect(revisions).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(told).toEqual(revisions);
      expect((await store.get('a', 'k'))?.value).toBe(19);
      const both = await Promise.allSettled([
        store.commit([put('a', 'x', 1)], 20),
        store.commit([put('a', 'x', 2)], 20),
      ]);
      expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    it('is told to watchers before it resolves, and to nobody when it is refused', async () => {
      await store.commit([put('a', '1', 1)]);
      const told: Committed[] = [];
      const end = store.watch(1, (committed) => told.push(committed));
      expect(() => store.watch(0, () => {})).toThrow(/take a snapshot/);
      const changes = [put('a', '2', 2), del('a', '1')];
      let before = 0;
      await store.commit(changes).then(() => {
        before = told.length;
      });
      expect(before).toBe(1);
      expect(told).toEqual([{ revision: 2, changes }]);
      await store.commit([put('a', '3', 3)], 1).catch(() => undefined);
      end();
      await store.commit([put('a', '4', 4)]);
      expect(told).toHaveLength(1);
    });
  });

  describe('octets', () => {
    it('come back as they were, and stay the caller’s', async () => {
      const all = Uint8Array.from({ length: 3000 }, (_, i) => i);
      const part = all.subarray(100, 2500);
      await store.commit([put('a', 'part', 1, part), put('a', 'none', 1, new Uint8Array(0)), put('a', 'without', 1)]);
      expect(part[0]).toBe(100);
      all.fill(0);
      const back = (await store.get('a', 'part'))?.blob;
      expect([back?.length, back?.[0], back?.[2399]]).toEqual([2400, 100, 2499 & 0xff]);
      expect((await store.get('a', 'none'))?.blob).toEqual(new Uint8Array(0));
      expect(await store.get('a', 'without')).not.toHaveProperty('blob');
      expect((await store.snapshot(['a'])).entries.map(({ blob }) => blob?.length)).toEqual([0, 2400, undefined]);
    });

    it('go with their document, and with a new one that has none', async () => {
      const octets = Uint8Array.of(1, 2, 3);
      await store.commit([put('a', '1', 1, octets), put('a', '2', 1, octets)]);
      await store.commit([put('a', '1', 2), del('a', '2')]);
      expect(await store.get('a', '1')).not.toHaveProperty('blob');
      await store.commit([put('a', '2', 3)]);
      expect(await store.get('a', '2')).not.toHaveProperty('blob');
    });
  });

  describe('reading', () => {
    it('gives the collections asked for, by rising key', async () => {
      await store.commit([put('b', '2', 0), put('a', '10', 0), put('a', '1', 0), put('b', '1', 0), put('c', '1', 0)]);
      expect(names((await store.snapshot(['b', 'a'])).entries)).toEqual(['b/1', 'b/2', 'a/1', 'a/10']);
      expect(await store.snapshot([])).toEqual({ revision: 1, entries: [] });
    });

    it('lists by pages, either way, without octets', async () => {
      await store.commit(Array.from({ length: 7 }, (_, i) => put('a', `k${i}`, i, Uint8Array.of(i))));
      await store.commit([put('b', 'k9', 9)]);
      expect(names(await store.list('a', { limit: 3 }))).toEqual(['a/k0', 'a/k1', 'a/k2']);
      expect(names(await store.list('a', { limit: 3, after: 'k4' }))).toEqual(['a/k5', 'a/k6']);
      expect(names(await store.list('a', { limit: 2, newestFirst: true }))).toEqual(['a/k6', 'a/k5']);
      expect(names(await store.list('a', { limit: 9, newestFirst: true, after: 'k2' }))).toEqual(['a/k1', 'a/k0']);
      expect((await store.list('a', { limit: 1 }))[0]).not.toHaveProperty('blob');
    });
  });

  it('closed, refuses', async () => {
    const last = store.commit([put('a', '1', 1)]);
    const closing = store.close();
    expect(await last).toBe(1);
    await closing;
    for (const call of [store.commit([]), store.snapshot(['a']), store.get('a', '1'), store.list('a', { limit: 1 })])
      await expect(call).rejects.toMatchObject({ code: 'closed' });
    await store.close();
  });

  it('equals a map, whatever is committed', async () => {
    const key = fc.constantFrom('x', 'y', 'z');
    const change = fc.oneof(
      fc.record({ key, value: fc.jsonValue(), blob: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }) }),
      fc.record({ key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }), async (commits) => {
        const model = new Map<string, { value: unknown; blob: Uint8Array | undefined }>();
        await store.commit(['x', 'y', 'z'].map((k) => del('m', k)));
        for (const commit of commits) {
          await store.commit(commit.map((c) => ('value' in c ? put('m', c.key, c.value, c.blob) : del('m', c.key))));
          for (const c of commit) {
            if ('value' in c) model.set(c.key, { value: JSON.parse(JSON.stringify(c.value)), blob: c.blob });
            else model.delete(c.key);
          }
        }
        const { entries } = await store.snapshot(['m']);
        const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(entries.map(({ key: k, value, blob }) => [k, { value, blob }])).toEqual(expected);
      }),
      { seed: 3, numRuns: 40 },
    );
  });
}
