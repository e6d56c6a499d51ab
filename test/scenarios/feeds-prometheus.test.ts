/** Loads and catchments from a real Prometheus that scrapes an exporter, both killed and restarted. */
import { expect } from 'vitest';
import { FeedRig } from '../support/feed-rig.ts';
import { itNeeds } from '../support/needs.ts';
import { PrometheusRig } from '../support/prometheus-rig.ts';

/** What the exporter says: octets a second of a link of 10 Gbit/s, and flows by group and site. */
const said = { entering: 0.2, leaving: 0.1, zrh: 30, gva: 10 };

function page(): string {
  const octets = (part: number): number => (part * 10e9) / 8;
  return `# TYPE link_octets gauge
link_octets{link="zrh-transit",direction="in",port="a"} ${octets(said.entering) / 2}
link_octets{link="zrh-transit",direction="in",port="b"} ${octets(said.entering) / 2}
link_octets{link="zrh-transit",direction="out",port="a"} ${octets(said.leaving)}
flow_octets{group="anycast",site="zrh"} ${said.zrh}
flow_octets{group="anycast",site="gva"} ${said.gva}
`;
}

itNeeds('prometheus')(
  'loads and catchments follow a real Prometheus, hold while it or its source is gone, and follow again',
  async () => {
    const prometheus = await PrometheusRig.start(page);
    let rig: FeedRig | undefined;
    try {
      const query = (direction: string): string => `sum by (link) (link_octets{direction="${direction}"}) * 8`;
      rig = await FeedRig.start(`links: { zrh-transit: { site: zrh, capacity: 10G } }
feeds:
  load: { url: '${prometheus.url}', in: '${query('in')}', out: '${query('out')}', interval: 200ms, timeout: 5s, stale: 15s }
  catchment: { url: '${prometheus.url}/', query: 'sum by (group, site) (flow_octets)', interval: 200ms, timeout: 5s, stale: 1h }`);
      const used = async (): Promise<Record<string, number>> =>
        Object.fromEntries(
          (await rig!.feeds()).links.map(({ direction, ratio }) => [direction, Math.round(ratio * 1000) / 1000]),
        );
      await expect.poll(used).toEqual({ in: 0.2, out: 0.1 });
      const first = await rig.until(({ catchments }) => catchments.length > 0);
      expect(first.catchments.map(({ group, family, shares }) => [group, family, shares])).toEqual([
        ['anycast', 'ipv4', { zrh: 0.75, gva: 0.25 }],
        ['anycast', 'ipv6', { zrh: 0.75, gva: 0.25 }],
      ]);
      Object.assign(said, { entering: 0.93, leaving: 0.5, zrh: 0, gva: 10 });
      await expect.poll(used).toEqual({ in: 0.93, out: 0.5 });
      await rig.until(({ catchments }) => catchments[0].shares['gva'] === 1);
      expect(await rig.metric('steerd_link_utilisation_ratio')).toEqual({
        'zrh-transit in': 0.93,
        'zrh-transit out': 0.5,
      });
      const { stdout } = rig.run('feeds');
      expect(stdout).toMatch(/zrh-transit +zrh +in +93 % +9\.3G of 10G/);
      expect(stdout).toMatch(/anycast +ipv6 +gva 100 %, zrh 0 %/);

      // The exporter is gone: Prometheus has no samples, so what was read holds, and is stale in time.
      await prometheus.hide();
      const silent = await rig.until(({ items }) => items.find(({ id }) => id === 'load')?.state === 'stale');
      expect(silent.links.map(({ ratio, stale }) => [Math.round(ratio * 100), stale])).toEqual([
        [93, true],
        [50, true],
      ]);
      expect(silent.items.find(({ id }) => id === 'load')!.why).toMatch(/^no series is of a link of this network/);
      said.entering = 0.4;
      await prometheus.expose();
      await expect.poll(used).toEqual({ in: 0.4, out: 0.5 });
      await rig.until(({ links }) => links.every(({ stale }) => !stale));

      await prometheus.kill();
      const gone = await rig.until(({ items }) => items.every(({ state }) => state !== 'ok'));
      expect(gone.items.find(({ id }) => id === 'load')!.why).toMatch(/^connection (refused|reset)|^connection closed/);
      expect(await used()).toEqual({ in: 0.4, out: 0.5 });
      said.entering = 0.6;
      await prometheus.run();
      await expect.poll(used).toEqual({ in: 0.6, out: 0.5 });
      await rig.until(({ items }) => items.every(({ state }) => state === 'ok'));
    } finally {
      await rig?.stop();
      await prometheus.stop();
    }
  },
);
