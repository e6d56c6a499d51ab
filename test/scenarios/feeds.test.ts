/** Feeds as an operator sees them: a validator's export that changes, breaks, grows old and comes back. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeedRig } from '../support/feed-rig.ts';
import { editFile, replaceFile } from '../support/steerd-process.ts';

/** An export in which an AS may originate 192.0.2.0/24. @param ago milliseconds since it was made */
const vrps = (asn: number, ago = 0): string =>
  JSON.stringify({
    metadata: { buildtime: new Date(Date.now() - ago).toISOString() },
    roas: [
      { asn, prefix: '192.0.2.0/24', maxLength: 24, ta: 'test' },
      { asn: 64500, prefix: '2001:db8::/32', maxLength: 40, ta: 'test' },
    ],
  });

let rig: FeedRig;
beforeAll(async () => {
  rig = await FeedRig.start('feeds: { rpki: { file: PLACE/vrps.json, interval: 100ms, timeout: 2s, stale: 5m } }', {
    'vrps.json': vrps(64500),
  });
});
afterAll(() => rig?.stop());

const put = (text: string): void => replaceFile(join(rig.place.folder, 'vrps.json'), text);
const state = async (): Promise<string> => (await rig.feeds()).items[0].state;
const events = () => rig.server.log.filter(({ event }) => event === 'feed').map(({ msg }) => msg);

describe('announcements', () => {
  it('are put beside what is configured, and what differs is told of', async () => {
    const document = (fra: string[], prefix = '192.0.2.0/24'): string =>
      JSON.stringify({
        observed_at: new Date().toISOString(),
        sites: {
          zrh: { prefixes: [prefix, '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'] },
          gva: { prefixes: ['192.0.0.0/16', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'] },
          fra: { prefixes: fra },
        },
      });
    const other = await FeedRig.start('feeds: { announcements: { file: PLACE/a.json, interval: 100ms, stale: 10m } }', {
      'a.json': document(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32']),
    });
    try {
      const first = await other.until(({ items }) => items[0].state === 'ok');
      expect(first.items[0].notes).toEqual({ sites: 3, missing: 'iad' });
      const swiss = first.routes.find(({ group, family }) => group === 'switzerland' && family === 'ipv4')!;
      expect(swiss.announced).toEqual([
        { site: 'zrh', expected: true, as: 'exact' },
        { site: 'gva', expected: true, as: 'exact' },
        { site: 'fra', expected: false, as: 'exact' },
        { site: 'iad', expected: false, as: 'unknown' },
      ]);
      expect(first.findings.map(({ message }) => message)).toEqual([
        'fra announces 203.0.113.0/24, though it is not in announce of switzerland',
      ]);
      replaceFile(join(other.place.folder, 'a.json'), document(['192.0.2.0/25', '198.51.100.0/24', '2001:db8::/32']));
      await other.until(({ findings }) => findings[0]?.kind === 'unannounced');
      const { stdout } = other.run('feeds');
      expect(stdout).toMatch(
        /anycast +ipv4 +192\.0\.2\.0\/24 +- +zrh, gva \(aggregate\), fra \(part\), iad \(unknown\)/,
      );
      expect(stdout).toContain(
        'unannounced: fra does not announce 192.0.2.0/24, only longer ones in it, though it is in announce of anycast',
      );
      expect((await other.metric('steerd_route_findings'))['unannounced']).toBe(1);
      const told = other.server.log.filter(({ event }) => event === 'route').map(({ msg }) => msg);
      expect(told).toContain('no longer: fra announces 203.0.113.0/24, though it is not in announce of switzerland');
    } finally {
      await other.stop();
    }
  });
});

describe('a feed', () => {
  it('follows its source, and is told of by API, command, metrics and log', async () => {
    const feeds = await rig.until(({ items }) => items[0]?.state === 'ok');
    expect(rig.validity(feeds)).toEqual({
      'anycast/ipv4': 'valid',
      'europe/ipv4': 'not-found',
      'switzerland/ipv4': 'not-found',
      'anycast/ipv6': 'invalid',
      'europe/ipv6': 'invalid',
      'switzerland/ipv6': 'invalid',
      'zurich/ipv6': 'invalid',
    });
    expect(feeds.items[0]).toMatchObject({ id: 'rpki', source: join(rig.place.folder, 'vrps.json'), failures: 0 });
    expect(feeds.items[0].notes).toEqual({ vrps: 2, expired: 0 });
    put(vrps(64501));
    await rig.until((now) => rig.validity(now)['anycast/ipv4'] === 'invalid');
    const { stdout, status } = rig.run('feeds');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^FEED +STATE +SINCE \(UTC\) +DATA OF +STALE AT +SOURCE\nrpki +/);
    expect(stdout).toMatch(
      /anycast +ipv4 +192\.0\.2\.0\/24 +invalid.*192\.0\.2\.0\/24 is for AS64501, not for AS64500/,
    );
    expect(stdout).toMatch(/zurich +ipv6 .*\/48 is longer than what is signed: 2001:db8::\/32-40 is for AS64500/);
    expect(JSON.parse(rig.run('feeds', '--json').stdout).items[0].id).toBe('rpki');
    expect((await rig.metric('steerd_prefix_validity'))['anycast ipv4 invalid']).toBe(1);
    expect(await rig.metric('steerd_feed_attempts_total')).toMatchObject({ 'rpki failed': 0 });
    expect(events()[0]).toBe('feed rpki is ok');
  });

  it('holds what it said when its source breaks, is stale in time, and comes back', async () => {
    put(vrps(64500));
    await rig.until((now) => rig.validity(now)['anycast/ipv4'] === 'valid');
    put(vrps(64501).slice(0, -10));
    const failing = await rig.until(({ items }) => items[0].state === 'failing');
    expect(rig.validity(failing)['anycast/ipv4']).toBe('valid');
    expect(failing.items[0].why).toBe('it is cut off: its end is missing');
    put(vrps(64500, 298_000));
    const stale = await rig.until(({ items }) => items[0].state === 'stale');
    expect(rig.validity(stale)['anycast/ipv4']).toBe('valid stale');
    expect((await rig.metric('steerd_feed_state'))['rpki stale']).toBe(1);
    put(vrps(64500));
    await rig.until(({ items }) => items[0].state === 'ok');
    const told = events();
    expect(told).toContain('feed rpki is failing, so what it said last is used on: it is cut off: its end is missing');
    expect(told.some((text) => text.startsWith('feed rpki is stale, so nothing new is decided by it: '))).toBe(true);
  });

  it('is another one after a reload that changes it, and none after one that takes it away', async () => {
    put(vrps(64500));
    await expect.poll(state).toBe('ok');
    const file = join(rig.place.zones, 'network.yaml');
    editFile(file, (text) => text.replace('origin_as: 64500', 'origin_as: 64501'));
    put(vrps(64500));
    await rig.until((now) => rig.validity(now)['anycast/ipv4'] === 'invalid');
    editFile(file, (text) => text.replace(/^feeds:.*$/m, ''));
    await rig.until(({ items }) => items.length === 0);
    expect(rig.run('feeds').stdout).toBe('no feeds are configured (docs/feeds.md)\n');
  });
});
