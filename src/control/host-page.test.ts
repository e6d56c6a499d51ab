import { describe, expect, it } from 'vitest';
import { Published } from '../../test/support/published.ts';
import { steer, TestZone } from '../../test/support/records.ts';
import { hostPage } from './host-page.ts';
import { Ledger } from './moves/ledger.ts';
import type { Selector } from './moves/record.ts';

const hosts = (count: number) => Array.from({ length: count }, (_, i) => steer(`h${i}.a.test.`, 'zurich'));

async function pages(
  published: Published,
  limit: number,
  select: Selector = {},
  between: (page: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const names: string[] = [];
  let after: string | undefined;
  for (let page = 1; ; page++) {
    const { items, next } = await hostPage(published.publisher, new Ledger(), select, after, limit);
    names.push(...items.map(({ name }) => name));
    if (next === undefined) return names;
    expect(items).toHaveLength(limit);
    after = next;
    await between(page);
  }
}

describe('pages of hosts', () => {
  it.each([1, 2, 3, 7, 10, 100])('of %i are all hosts once, edited ones too', async (limit) => {
    const zone = new TestZone('a.test.', hosts(8));
    const published = await Published.of(zone);
    const edited = ['h1', 'h7', 'new'].map((name) => steer(`${name}.a.test.`, 'europe'));
    zone.set([...hosts(8).filter(({ owner }) => !/h[17]/.test(owner)), ...edited]);
    await published.load([zone]);
    const all = await pages(published, limit);
    expect(all).toHaveLength(9);
    expect(new Set(all).size).toBe(9);
    expect((await pages(published, limit, { group: 'europe' })).sort()).toEqual([
      'h1.a.test',
      'h7.a.test',
      'new.a.test',
    ]);
    expect(await pages(published, limit, { glob: 'nothing*' })).toEqual([]);
  });

  it('leave out nobody when the last host of a page is edited before the next', async () => {
    const zone = new TestZone('a.test.', hosts(8));
    const published = await Published.of(zone);
    const all = await pages(published, 3, {}, async (page) => {
      if (page > 1) return;
      zone.set(hosts(8).map((host) => (host.owner === 'h2.a.test.' ? steer(host.owner, 'europe') : host)));
      await published.load([zone]);
    });
    // It is told of again, as it is now.
    expect(all).toEqual(['h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'h7', 'h2'].map((name) => `${name}.a.test`));
  });

  it('are refused behind a host that is gone, and for names there are not', async () => {
    const published = await Published.of(new TestZone('a.test.', hosts(2)));
    const ask = (select: Selector, after?: string) => hostPage(published.publisher, new Ledger(), select, after, 1);
    for (const after of ['gone.a.test', 'a..b', '.', '.h1.a.test'])
      await expect(ask({}, after)).rejects.toMatchObject({ code: 'conflict' });
    await expect(ask({ group: 'nowhere' })).rejects.toMatchObject({ code: 'unknown-group' });
    await expect(ask({ zone: 'b.test' })).rejects.toMatchObject({ code: 'not-found' });
    const { items } = await ask({}, 'H0.a.test.');
    expect(items).toMatchObject([{ name: 'h1.a.test', zone: 'a.test', ttl: 60, override: {} }]);
  });
});
