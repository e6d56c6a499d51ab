/** Load steering and the capacity guard, end to end: loads from a real Prometheus, what is shed, what is refused, and what stays when it falls silent. */
import { expect } from 'vitest';
import type * as z from 'zod';
import type { guardsReply } from '../../src/api/schemas/guards.ts';
import { FeedRig } from '../support/feed-rig.ts';
import { itNeeds } from '../support/needs.ts';
import { PrometheusRig } from '../support/prometheus-rig.ts';

type Guards = z.output<typeof guardsReply>;

/** What part of each link of 10 Gbit/s is used by what enters. */
const said: Record<string, number> = { zrh: 0.3, gva: 0.1, fra: 0.1, iad: 0.1 };

const page = (): string =>
  Object.entries(said)
    .map(
      ([link, part]) =>
        `link_bits{link="${link}",direction="in"} ${part * 10e9}\nlink_bits{link="${link}",direction="out"} 0\n`,
    )
    .join('');

itNeeds('prometheus')(
  'a link that gets too full sheds a step, takes no moves, and stays as it is when nobody measures it any more',
  async () => {
    const prometheus = await PrometheusRig.start(page);
    let rig: FeedRig | undefined;
    try {
      const links = Object.keys(said).map((site) => `${site}: { site: ${site}, capacity: 10G }`);
      rig = await FeedRig.start(`links: { ${links.join(', ')} }
feeds:
  load: { url: '${prometheus.url}', in: 'link_bits{direction="in"}', out: 'link_bits{direction="out"}', interval: 200ms, timeout: 5s, stale: 10s }
load_steering: { enabled: true, step: 20, interval: 10s }`);
      const { api } = rig;
      const guards = async (): Promise<Guards> => (await api.get('/v1/guards')).body as Guards;
      await rig.until(({ links: known }) => known.length === 8);
      expect((await guards()).diversions).toEqual([]);

      said['zrh'] = 0.98;
      await expect.poll(async () => (await guards()).diversions.length, { timeout: 30_000 }).toBeGreaterThan(0);
      const { diversions } = await guards();
      // A zurich of which half enters in zrh, and of europe a third.
      const zurich = diversions.find(({ target }) => target === 'web/zurich/ipv6')!;
      expect(zurich).toMatchObject({ kind: 'shed', cause: 'zrh in at 98 %' });
      expect(zurich.to.map(({ group }) => group)).toEqual(['europe']);
      const told = await rig.metric('steerd_load_diverted_ratio');
      expect(told['web zurich ipv6 shed']).toBeCloseTo(zurich.to[0].percent / 100, 3);
      const explained = (await api.get('/v1/explain?name=shop.example.net&type=AAAA')).body.steps[0].families.ipv6;
      expect(explained.shares.map(({ group }: { group: string }) => group)).toEqual(['zurich', 'europe']);
      expect(explained.shares[1].why).toBe('shed by capacity: zrh in at 98 %');
      expect((await api.get('/v1/decisions')).body.items[0].cause).toContain('shed by capacity: zrh in at 98 %');
      // What is at the top of its ladder has nowhere to go.
      expect((await guards()).overloads).toMatchObject([{ link: 'zrh', direction: 'in' }]);
      expect(await rig.metric('steerd_link_overloaded')).toEqual({ 'zrh in': 1 });
      expect(rig.run('guards').stdout).toMatch(/zrh +in +[\d.]+ % .*web\/anycast\/ipv4 has no group to go to/);

      const move = { hosts: ['www.example.net'], to: 'zurich', families: ['ipv6'], reason: 'test' };
      const refused = await api.ask('POST', '/v1/moves', move);
      expect([refused.status, refused.body.code]).toEqual([409, 'guarded']);
      expect(refused.body.detail).toMatch(
        /^refused by capacity: zrh in would be at \d+ %, above its high watermark of 80 %/,
      );
      const tried = rig.run('move', 'www.example.net', '--to', 'zurich', '--reason', 'test', '--dry-run');
      expect(tried.stdout).toMatch(/^would be refused \(unless forced\) by capacity: zrh in would be at /m);

      await prometheus.hide();
      await rig.until(({ items }) => items.find(({ id }) => id === 'load')?.state === 'stale');
      said['zrh'] = 0.1;
      expect((await guards()).diversions).toEqual(diversions);
      const still = await api.ask('POST', '/v1/moves', move);
      expect(still.body.detail).toMatch(/; as of .*, the feed is stale/);
      const forced = await api.ask('POST', '/v1/moves', { ...move, force: true });
      expect(forced.status).toBeLessThan(300);
      expect((await api.get('/v1/audit')).body.items[0].about).toBe('move 1: 1 host to zurich, past capacity by force');
    } finally {
      await rig?.stop();
      await prometheus.stop();
    }
  },
  120_000,
);
