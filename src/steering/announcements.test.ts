/** What announcements say of routes, and what they don't. */
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../config/network.ts';
import { parseAddress } from '../net/address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { isAnnounced, type RouteAt, routeAt, routeFindings, STUCK_AFTER_MS } from './announcements.ts';
import type { Network, Verdicts } from './model.ts';
import type { Announced, NetworkData, Reading, Validity } from './network-data.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const { network } = parseNetwork(
  'network.yaml',
  `origin_as: 64500
sites: { zrh: { country: CH }, gva: { country: CH }, fra: { country: DE } }
groups:
  all: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }
  swiss: { parent: all, routing: lazy, instances: [zrh, gva], prefixes: { ipv4: 203.0.113.0/24 } }
  one: { parent: swiss, routing: important, instances: [zrh], prefixes: { ipv4: 192.0.2.0/24 } }
services: { web: { vip: 64, vips: { one: { ipv4: 192.0.2.65 } } } }
`,
) as { network: Network };

const SWISS = 1;
const reading = (prefixes: string[], hosts: string[] = [], ago = 1000): Reading<Announced> => ({
  value: { prefixes: prefixes.map((text) => parsePrefix(text)!), hosts: hosts.map((text) => parseAddress(text)!) },
  observedAt: NOW - ago,
  staleAt: NOW - ago + 120_000,
});
const STALE = 130_000;

function data(
  sites: Readonly<Record<string, Reading<Announced>>>,
  validity: Readonly<Record<string, Validity>> = {},
): NetworkData {
  const aged = Object.entries(validity).map(
    ([key, value]) => [key, { value, observedAt: NOW, staleAt: NOW + 1 }] as const,
  );
  return { announcements: new Map(Object.entries(sites)), validity: new Map(aged), feeds: [] };
}
const found = (of: NetworkData, verdicts: Verdicts = new Map()): string[] =>
  routeFindings({ network, data: of, verdicts, now: NOW }).map(({ kind, message }) => `${kind}: ${message}`);

describe('a prefix', () => {
  it.each<[string[], RouteAt]>([
    [['203.0.113.0/24'], 'exact'],
    [['203.0.112.0/22'], 'aggregate'],
    [['203.0.112.0/22', '203.0.113.0/24'], 'exact'],
    [['203.0.113.0/25', '203.0.113.128/25'], 'part'],
    [['203.0.112.0/24', '2001:db8::/32'], 'none'],
    [[], 'none'],
  ])('where %s are announced: %s', (prefixes, route) => {
    const prefix = parsePrefix('203.0.113.0/24')!;
    expect(routeAt(prefix, reading(prefixes), NOW)).toBe(route);
    expect(routeAt(prefix, reading(prefixes, [], STALE), NOW)).toBe('unknown');
    expect(routeAt(prefix, undefined, NOW)).toBe('unknown');
  });

  it('is announced when any site does, and unannounced only when all have said so', () => {
    const is = (sites: Readonly<Record<string, Reading<Announced>>>) =>
      isAnnounced(network, data(sites), SWISS, 'ipv4', NOW);
    const none = reading([]);
    expect(is({ zrh: reading(['203.0.113.0/24']) })).toBe(true);
    expect(is({ zrh: none, gva: reading(['203.0.112.0/22']), fra: none })).toBe(true);
    expect(is({ zrh: none, gva: none, fra: none })).toBe(false);
    expect(is({ zrh: none, gva: none })).toBeUndefined();
    expect(is({ zrh: none, gva: none, fra: reading([], [], STALE) })).toBeUndefined();
    expect(is({ zrh: reading(['203.0.113.0/24'], [], STALE), gva: none, fra: none })).toBeUndefined();
    expect(isAnnounced(network, { feeds: [] }, SWISS, 'ipv4', NOW)).toBeUndefined();
    expect(isAnnounced(network, data({}), SWISS, 'ipv6', NOW)).toBeUndefined();
  });
});

describe('findings', () => {
  const well = {
    zrh: reading(['192.0.2.0/24', '203.0.113.0/24']),
    gva: reading(['192.0.2.0/23', '203.0.112.0/22']),
    fra: reading(['192.0.2.0/24']),
  };

  it('are none where all is as it should be, and aggregates are as good', () => {
    expect(found(data(well))).toEqual([]);
    expect(routeFindings({ network, data: undefined, verdicts: new Map(), now: NOW })).toEqual([]);
  });

  it('tell of a site that does not announce, or announces what it should not, and nothing of one that is stale', () => {
    expect(
      found(
        data({
          ...well,
          gva: reading(['192.0.2.0/24', '203.0.113.0/25']),
          fra: reading(['192.0.2.0/24', '203.0.113.0/24']),
        }),
      ),
    ).toEqual([
      'unannounced: gva does not announce 203.0.113.0/24, only longer ones in it, though it is in announce of swiss',
      'unexpected: fra announces 203.0.113.0/24, though it is not in announce of swiss',
    ]);
    expect(found(data({ ...well, gva: reading([], [], STALE) }))).toEqual([]);
  });

  it('tell of a host route that stays though its target is dead, once it had the time to go', () => {
    const down = (ago: number): Verdicts =>
      new Map([['web/swiss/ipv4', { state: 'down', since: NOW - ago, cause: 'http: status 503' }]]);
    const stuck = { ...well, zrh: reading(['192.0.2.0/24', '203.0.113.0/24'], ['203.0.113.64', '192.0.2.64']) };
    expect(found(data(stuck), down(STUCK_AFTER_MS + 1000))).toEqual([
      `stuck: web/swiss/ipv4 is down since ${new Date(NOW - STUCK_AFTER_MS - 1000).toISOString()} (http: status 503), and zrh still has its host route 203.0.113.64: traffic goes on coming`,
    ]);
    // It was observed before the route could have gone.
    expect(found(data(stuck), down(STUCK_AFTER_MS))).toEqual([]);
    expect(found(data(well), down(STUCK_AFTER_MS * 2))).toEqual([]);
  });

  it('tell what RPKI says against a prefix', () => {
    expect(
      found(
        data(well, {
          'all/ipv4': { state: 'valid', cause: 'x' },
          'swiss/ipv4': { state: 'invalid', cause: '203.0.113.0/24 is for AS64501, not for AS64500' },
          'one/ipv4': { state: 'not-found', cause: 'no ROA covers 192.0.2.0/24' },
        }),
      ),
    ).toEqual([
      'invalid: 203.0.113.0/24 is RPKI-invalid for AS64500: 203.0.113.0/24 is for AS64501, not for AS64500',
      'not-found: 192.0.2.0/24 has no ROA: no ROA covers 192.0.2.0/24',
    ]);
  });
});
