/** What sessions and routers of a site take. */
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../config/network.ts';
import { brief } from '../../config/testing.ts';
import { judgeDestinations } from './judge-move.ts';
import { limitFindings } from './limits.ts';

/** Two groups with both families in Zurich, one of them in Geneva as well. @param zrh more of that site @param guards of network.yaml */
function parsed(zrh: string, guards = '{}', gva = '') {
  return parseNetwork(
    'network.yaml',
    `sites: { zrh: { country: CH${zrh} }, gva: { country: CH${gva} } }
groups:
  a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  b: { routing: lazy, instances: [zrh], prefixes: { ipv4: 198.51.100.0/24, ipv6: 2001:db8:17::/48 } }
services: { web: { vip: 64 }, mail: { vip: 65 } }
guards: ${guards}
`,
  );
}

function found(zrh: string, guards?: string, gva?: string): string[] {
  const { network, diagnostics } = parsed(zrh, guards, gva);
  expect(network).toBeDefined();
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return limitFindings(network!).map(
    ({ guard, site, isExceeded, message }) => `${guard} ${site} ${isExceeded}: ${message}`,
  );
}

const limits = (limit: string): string => `, prefix_limits: { upstream: ${limit} }`;

describe('prefix limits', () => {
  it.each<[string, string, string[]]>([
    ['fit with room', '{ ipv4: { maximum: 10 }, ipv6: { maximum: 3 } }', []],
    [
      'are warned of when little is left',
      '{ ipv4: { maximum: 20, others: 17 } }',
      [
        'prefix-limit zrh false: zrh announces 19 IPv4 prefixes to upstream (2 of groups, 17 others), which accepts 20: 1 more and it is full',
      ],
    ],
    ['have room down to the headroom', '{ ipv4: { maximum: 20, others: 16 } }', []],
    [
      'count host routes where a session carries those',
      '{ carries: host-routes, ipv6: { maximum: 4 } }',
      ['prefix-limit zrh false: zrh announces 4 IPv6 host routes to upstream, which accepts 4: 0 more and it is full'],
    ],
  ])('%s', (_, limit, expected) => expect(found(limits(limit))).toEqual(expected));

  it('are of a site, and say nothing where no group is announced', () => {
    const full = limits('{ ipv4: { maximum: 1, others: 900 } }');
    expect(found('', '{ prefix_limit: { exceeded: warn } }', full)).toHaveLength(1);
    const text = 'sites: { zrh: { country: CH, prefix_limits: { x: { ipv4: { maximum: 1, others: 900 } } } } }';
    const { network, diagnostics } = parseNetwork('network.yaml', text);
    expect([limitFindings(network!), diagnostics]).toEqual([[], []]);
  });

  it('refuse files that exceed them, unless they are to be warned of', () => {
    const limit = limits('{ ipv4: { maximum: 1 } }');
    const message =
      'zrh announces 2 IPv4 prefixes to upstream, which accepts 1: the session would be ended, and with it all that is announced there (have the limit raised, announce fewer there, or let groups share a prefix)';
    const refused = parsed(limit);
    expect(refused.network).toBeUndefined();
    expect(refused.diagnostics.map(brief)).toEqual([`1:76 prefix-limit: ${message}`]);
    const warned = parsed(limit, '{ prefix_limit: { exceeded: warn } }');
    expect(warned.network).toBeDefined();
    expect(warned.diagnostics.map(brief)).toEqual([`1:76 prefix-limit!: ${message}`]);
  });
});

describe('ECMP width', () => {
  const wide =
    ', announcing_nodes: 24, ecmp_max_next_hops: { leaf: 24, spine: 16, core: { maximum: 8, next_hops: 2 } }';
  const message = 'a VIP has 24 next hops at spine of zrh, and its routers use 16: 8 get no traffic';

  it('is by layer, warned of, and refused where that is wanted', () => {
    expect(found(wide)).toEqual([`ecmp zrh true: ${message}`]);
    expect(parsed(wide).diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['ecmp', 'warning']]);
    const { network, diagnostics } = parsed(wide, '{ ecmp: { exceeded: refuse } }');
    expect([network, diagnostics.map(({ severity }) => severity)]).toEqual([undefined, ['error']]);
  });

  it('needs to know how many nodes announce', () => {
    const { diagnostics } = parsed(', ecmp_max_next_hops: { leaf: 16 }');
    expect(diagnostics.map(brief)).toEqual([
      '1:58 missing-key: nothing is said of how many next hops a VIP has here (add announcing_nodes to the site, or write leaf: { maximum: 16, next_hops: … })',
    ]);
  });

  it('and prefix limits are told of in a move to a group they are about', () => {
    const { network } = parsed(`${wide}${limits('{ ipv6: { maximum: 2 } }')}`);
    const told = (group: number, family: 'ipv4' | 'ipv6') =>
      judgeDestinations({ network: network!, now: 0 }, [{ group, family }]).map(({ guard, refuses }) => [
        guard,
        refuses,
      ]);
    expect(told(1, 'ipv6')).toEqual([
      ['prefix-limit', false],
      ['ecmp', false],
    ]);
    expect(told(1, 'ipv4')).toEqual([['ecmp', false]]);
  });
});
