import { describe, expect, it } from 'vitest';
import { Published } from '../../../test/support/published.ts';
import { steer, TestZone } from '../../../test/support/records.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { type Change, StoreError } from '../../store/store.ts';
import { CATALOGUE_NAMES, CATALOGUES, HostCatalogues } from './host-catalogues.ts';
import { HostListWriter, hostList } from './host-list.ts';
import { HostRunWriter } from './host-runs.ts';
import { hostName, wireName } from './selection.ts';

const OPTIONS = { least: 1, settle: 0 };
const hosts = (...names: string[]) => names.map((name) => steer(`${name}.a.test.`, 'zurich'));

/** Counts what it is given, and may be full. */
class CountingStore extends MemoryStore {
  refusing = false;
  readonly puts: string[] = [];
  override async commit(changes: readonly Change[], expected?: number): Promise<number> {
    if (this.refusing) throw new StoreError('full', 'the disk is full');
    for (const change of changes) if ('put' in change) this.puts.push(change.put.collection);
    return super.commit(changes, expected);
  }
}

async function begin(...names: string[]) {
  const zone = new TestZone('a.test.', hosts(...names));
  const published = await Published.of(zone);
  const store = new CountingStore();
  const catalogues = new HostCatalogues(published.publisher, store, OPTIONS);
  return { zone, published, store, catalogues };
}

function stored(runs: readonly [place: number, count: number][], ...others: string[]): Uint8Array {
  const writer = new HostRunWriter();
  for (const [i, [place, count]] of runs.entries()) writer.add(place, count, i);
  const list = new HostListWriter();
  for (const name of others) list.add(9, wireName(`${name}.a.test.`)!);
  return writer.end(list.octets);
}

const told = (list: Uint8Array): string[] =>
  Array.from(hostList(list), ({ transition, name }) => `${hostName(name).split('.')[0]} ${transition}`);

describe('a catalogue of hosts', () => {
  it('gives the names of places, a page at a time, and then those that are listed by name', async () => {
    const { catalogues } = await begin('one', 'two', 'three', 'four', 'five');
    expect(catalogues.current).toBe(undefined);
    await catalogues.write();
    const { id } = catalogues.current!;
    const octets = stored(
      [
        [0, 1],
        [2, 3],
      ],
      'new',
      'newer',
    );
    const all = ['one 0', 'three 1', 'four 1', 'five 1', 'new 9', 'newer 9'];
    expect(told(await catalogues.names(octets, id))).toEqual(all);
    for (let after = 0; after <= all.length; after++)
      for (let limit = 1; limit <= all.length; limit++)
        expect(told(await catalogues.names(octets, id, after, limit))).toEqual(all.slice(after, after + limit));
  });

  it('is of one base: another one has no catalogue until it is written', async () => {
    const { published, zone, catalogues, store } = await begin('one', 'two');
    await catalogues.write();
    const first = catalogues.current!;
    zone.set(hosts('one', 'two', 'three'));
    await published.load([zone]);
    // The base is the same, the third host stands before it.
    expect(catalogues.current).toBe(first);
    published.rebase();
    await published.load([zone]);
    expect(catalogues.current).toBe(undefined);
    await catalogues.write();
    expect(catalogues.current!.id).not.toBe(first.id);
    expect(told(await catalogues.names(stored([[0, 2]]), first.id))).toEqual(['one 0', 'two 0']);
    expect((await store.snapshot([CATALOGUES])).entries).toHaveLength(2);
  });

  it('is not written again for the same hosts, by this server or the next', async () => {
    const { published, zone, catalogues, store } = await begin('one', 'two');
    await catalogues.write();
    expect(store.puts).toEqual([CATALOGUE_NAMES, CATALOGUES]);
    published.rebase();
    await published.load([zone]);
    await catalogues.write();
    const next = new HostCatalogues((await Published.of(zone)).publisher, store, OPTIONS);
    next.load((await store.snapshot([CATALOGUES])).entries);
    await next.write();
    expect(next.current!.id).toBe(catalogues.current!.id);
    expect(store.puts).toHaveLength(2);
  });

  it('is not taken for that of a base that came while it was written', async () => {
    const { published, zone, catalogues } = await begin('one', 'two');
    const writing = catalogues.write();
    published.rebase();
    zone.set(hosts('two', 'one'));
    await published.load([zone]);
    await writing;
    expect(catalogues.current).toBe(undefined);
  });

  it('is forgotten with the last move that names it, and its names with it', async () => {
    const { published, zone, catalogues, store } = await begin('one', 'two');
    await catalogues.write();
    const first = catalogues.current!;
    published.rebase();
    zone.set(hosts('one', 'three'));
    await published.load([zone]);
    await catalogues.write();
    const count = async () => {
      const { entries } = await store.snapshot([CATALOGUES, CATALOGUE_NAMES]);
      return entries.length;
    };
    await catalogues.tidy(new Set([first.id]));
    expect(await count()).toBe(4);
    await catalogues.tidy(new Set());
    expect(await count()).toBe(2);
    expect(catalogues.current).toBeDefined();
    await expect(catalogues.names(stored([[0, 1]]), first.id)).rejects.toThrow('no catalogue of hosts');
  });

  it('is missed when part of it is gone', async () => {
    const { catalogues, store } = await begin('one', 'two');
    await catalogues.write();
    const { id, pieces } = catalogues.current!;
    await store.commit([{ delete: { collection: CATALOGUE_NAMES, key: pieces[0].key } }]);
    await expect(catalogues.names(stored([[0, 1]]), id)).rejects.toThrow('or not all of it');
  });

  it('is written by itself once a base stays, and told of when that fails', async () => {
    const { catalogues, store } = await begin('one', 'two');
    store.refusing = true;
    const warned = new Promise<string>((resolve) => catalogues.start(resolve));
    expect(await warned).toBe(
      'names of hosts could not be stored, so moves of many hosts take longer: the disk is full',
    );
    expect(catalogues.current).toBe(undefined);
    await catalogues.stop();
    store.refusing = false;
    const next = await begin('one', 'two');
    next.catalogues.start(() => {});
    while (next.catalogues.current === undefined) await new Promise((again) => setTimeout(again, 1));
    await next.catalogues.stop();
  });

  it('is none for a base with too few hosts', async () => {
    const { published, store } = await begin('one', 'two');
    const catalogues = new HostCatalogues(published.publisher, store, { least: 3, settle: 0 });
    await catalogues.write();
    expect([catalogues.current, store.puts]).toEqual([undefined, []]);
  });
});
