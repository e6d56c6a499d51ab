import { describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { record, steer, TestZone } from '../../test/support/records.ts';
import { RRType } from '../wire/constants.ts';
import { forEachHost } from './cells.ts';
import { hostName } from './moves/selection.ts';

const hosts = (...names: string[]) => names.map((name) => steer(`${name}.a.test.`, 'zurich'));

/** @returns the hosts in their order, and the node of each */
async function walk({ publisher: { tables, seed } }: Published, after = 0): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  await forEachHost(
    tables,
    seed,
    (node) => {
      const name = hostName(tables.name(node));
      expect(seen.has(name)).toBe(false);
      seen.set(name, node);
      return true;
    },
    after,
  );
  return seen;
}

const names = async (published: Published): Promise<string[]> => [...(await walk(published)).keys()];

describe('the walk over all hosts', () => {
  it('goes through the base, then what was edited, each host once and where it is answered', async () => {
    const zone = new TestZone('a.test.', hosts('one', 'two', 'three'));
    const published = await Published.of(zone);
    expect(await names(published)).toEqual(['one.a.test', 'two.a.test', 'three.a.test']);
    zone.set([...hosts('one', 'three', 'four'), steer('two.a.test.', 'europe')]);
    await published.load([zone]);
    const edited = await names(published);
    expect(edited.slice(0, 2)).toEqual(['one.a.test', 'three.a.test']);
    expect(edited.slice(2).sort()).toEqual(['four.a.test', 'two.a.test']);
    zone.set(hosts('three', 'four'));
    await published.load([zone]);
    expect(await names(published)).toEqual(['three.a.test', 'four.a.test']);
    published.rebase();
    await published.load([zone]);
    expect((await names(published)).sort()).toEqual(['four.a.test', 'three.a.test']);
  });

  it('leaves out what is never answered: names of a zone below, a zone that is gone', async () => {
    const zone = new TestZone('a.test.', [...hosts('one', 'x.sub'), steer('*.a.test.', 'europe')]);
    const sub = new TestZone('sub.a.test.', [steer('y.sub.a.test.', 'zurich')]);
    const published = await Published.of(zone, sub);
    expect((await names(published)).sort()).toEqual(['*.a.test', 'one.a.test', 'y.sub.a.test']);
    await published.load([zone]);
    expect((await names(published)).sort()).toEqual(['*.a.test', 'one.a.test', 'x.sub.a.test']);
  });

  it('goes on exactly behind any host, and ends when told to', async () => {
    const zone = new TestZone('a.test.', hosts('one', 'two', 'three', 'four', 'five'));
    const published = await Published.of(zone);
    zone.set([...hosts('one', 'three', 'five', 'six', 'seven'), steer('two.a.test.', 'europe')]);
    await published.load([zone]);
    const all = [...(await walk(published))];
    expect(all).toHaveLength(6);
    for (const [i, [, node]] of all.entries()) expect([...(await walk(published, node))]).toEqual(all.slice(i + 1));
    let seen = 0;
    const { tables, seed } = published.publisher;
    await forEachHost(tables, seed, () => ++seen < 5);
    expect(seen).toBe(5);
  });
});

describe('cells after a load', () => {
  it('are what was moved, in a base, before and behind an overlay', async () => {
    const zone = new TestZone('a.test.', hosts('one', 'two', 'three'));
    const published = await Published.of(zone);
    await published.move('one.a.test.', 'europe');
    zone.set([steer('one.a.test.', 'anycast'), ...hosts('two', 'three')]);
    expect(await published.load([zone])).toEqual([]);
    expect(published.groups('one.a.test.')).toEqual(['europe', 'europe']);
    await published.move('one.a.test.', 'switzerland');
    zone.set(hosts('one', 'two', 'three'));
    await published.load([zone]);
    expect(published.groups('one.a.test.')).toEqual(['switzerland', 'switzerland']);
    published.rebase();
    await published.load([zone]);
    expect(published.groups('one.a.test.')).toEqual(['switzerland', 'switzerland']);
    expect(published.groups('two.a.test.')).toEqual(['zurich', 'zurich']);
  });

  it('of a zone that comes back are declared again when their hosts were gone', async () => {
    const [a, b] = [new TestZone('a.test.', hosts('one')), new TestZone('b.test.', [steer('one.b.test.', 'zurich')])];
    const published = await Published.of(a, b);
    await published.move('one.b.test.', 'europe');
    expect(await published.load([a])).toContain('one.b.test');
    expect(published.node('one.b.test.')).toBe(0);
  });

  it('tell of a host that is gone, be it that its name has other records now', async () => {
    const zone = new TestZone('a.test.', hosts('one', 'two'));
    const published = await Published.of(zone);
    await published.move('one.a.test.', 'europe');
    await published.move('two.a.test.', 'europe');
    zone.set([record('one.a.test.', RRType.A, Uint8Array.of(192, 0, 2, 1)), ...hosts('two')]);
    expect(new Set(await published.load([zone]))).toEqual(new Set(['one.a.test']));
  });

  it('follow a name into a zone that comes between, and back', async () => {
    const zone = new TestZone('a.test.', hosts('one', 'x.sub'));
    const published = await Published.of(zone);
    await published.move('x.sub.a.test.', 'europe');
    const sub = new TestZone('sub.a.test.', [steer('x.sub.a.test.', 'zurich')]);
    const { base } = published.publisher.served ?? {};
    expect(await published.load([zone, sub])).toEqual([]);
    expect(published.publisher.served?.base).toBe(base);
    expect(published.groups('x.sub.a.test.')).toEqual(['europe', 'europe']);
    await published.move('x.sub.a.test.', 'switzerland');
    expect(await published.load([zone])).toEqual([]);
    expect(published.groups('x.sub.a.test.')).toEqual(['switzerland', 'switzerland']);
    zone.set(hosts('one'));
    expect(new Set(await published.load([zone]))).toEqual(new Set(['x.sub.a.test']));
    expect(published.publisher.overrides.inForce).toBe(1);
  });
});
