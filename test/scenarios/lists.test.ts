/** Lists of the API: what filters pick, and that pages together are the whole. */
import { describe, expect, it } from 'vitest';
import { MoveRig, WWW } from '../support/move-rig.ts';

const rig = new MoveRig();

interface Item {
  readonly name: string;
  readonly id: number;
  readonly about: string;
}

/** All items of a list, a page after another. */
async function pages(path: string, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  let after = '';
  do {
    const { status, body } = await rig.api.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${after}`);
    expect(status).toBe(200);
    expect(body.items.length).toBe(body.next === undefined ? body.items.length : limit);
    items.push(...body.items);
    after = body.next === undefined ? '' : `&after=${encodeURIComponent(body.next)}`;
  } while (after !== '');
  return items;
}

const names = async (query: string): Promise<string[]> =>
  (await rig.api.get(`/v1/hosts?limit=1000&${query}`)).body.items.map(({ name }: Item) => name).sort();

describe('hosts', () => {
  it('are picked by zone, service, group and pattern, and by all together', async () => {
    const exampleNet = ['*.apps.example.net', 'example.net', 'shop.example.net', WWW];
    expect(await names('zone=example.net')).toEqual(exampleNet);
    expect(await names('zone=EXAMPLE.net.')).toEqual(exampleNet);
    expect(await names('glob=*.STEADY.example')).toEqual(['s0', 's1', 's2', 's3'].map((h) => `${h}.steady.example`));
    expect(await names('glob=h1?.quick.example')).toHaveLength(10);
    expect(await names('zone=example.net&group=zurich')).toEqual(['shop.example.net']);
    expect(await names('zone=example.net&service=web')).toEqual(exampleNet);
    await rig.api.move({ hosts: [WWW, 's1.steady.example'], to: 'zurich', families: ['ipv6'] });
    // Assigned now, with either family.
    expect(await names('group=zurich&glob=*s*')).toEqual(['s1.steady.example', 'shop.example.net']);
    expect(await names('group=anycast&zone=example.net')).toEqual([WWW]);
    expect(await names('zone=example.net&group=zurich&glob=w*&service=web')).toEqual([WWW]);
    expect(await names('zone=example.net&glob=*.quick.example')).toEqual([]);
  });

  it('come in pages that together are all, each once', async () => {
    const all = (await rig.api.get('/v1/hosts?limit=1000')).body.items.map(({ name }: Item) => name);
    expect(new Set(all).size).toBe(all.length);
    for (const limit of [1, 7, all.length, 1000])
      expect((await pages('/v1/hosts', limit)).map(({ name }) => name)).toEqual(all);
    const quick = await pages('/v1/hosts?zone=quick.example&glob=h1*', 4);
    expect(quick.map(({ name }) => name)).toEqual(all.filter((name: string) => /^h1\d?\.quick/.test(name)));
  });
});

describe('moves and what was done', () => {
  it('come newest first, in pages, and moves by status', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    for (let i = 0; i < 5; i++) await rig.api.move({ hosts: [WWW], to: i % 2 === 0 ? 'europe' : 'anycast' });
    await rig.api.move({ hosts: ['shop.example.net'], to: 'europe', at: later });
    await rig.api.ask('POST', '/v1/moves/5/revert', { reason: 'enough' });
    for (const limit of [1, 3, 7, 100])
      expect((await pages('/v1/moves', limit)).map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    const by = async (status: string): Promise<number[]> =>
      (await pages(`/v1/moves?status=${status}`, 2)).map(({ id }) => id);
    expect(await by('pending')).toEqual([6]);
    expect(await by('reverted')).toEqual([5]);
    // What a revert sets back to is the earlier move's again only in the record: nobody holds it.
    expect(await by('superseded')).toEqual([4, 3, 2, 1]);
    expect(await by('moving')).toEqual([7]);
    expect((await rig.api.get('/v1/moves?status=lost')).status).toBe(400);
    expect((await rig.api.get('/v1/moves?after=x')).status).toBe(400);
    const told = (await pages('/v1/audit', 2)).map(({ about }) => about.split(':')[0]);
    expect(told).toEqual(['move 7 of move 5', 'move 6', 'move 5', 'move 4', 'move 3', 'move 2', 'move 1']);
  });
});
