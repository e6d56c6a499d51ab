/** Addresses: what they are used for, and what more would bring. */
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../config/network.ts';
import type { Assignment, Network } from '../model.ts';
import { answerKey, type Demand } from './demand.ts';
import { ipam } from './ipam.ts';

const { network, diagnostics } = parseNetwork(
  'network.yaml',
  `origin_as: 64500
sites: { zrh: { country: CH }, gva: { country: CH }, fra: { country: DE } }
groups:
  all: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:1::/48 } }
  fra: { parent: all, routing: lazy, instances: [fra], prefixes: { ipv6: 2001:db8:2::/48 } }
  swiss: { parent: all, routing: lazy, instances: [zrh, gva], prefixes: { ipv4: 198.51.100.0/25, ipv6: 2001:db8:3::/48 } }
  zurich: { parent: swiss, routing: group-lazy, instances: [zrh], announce: [zrh, gva], prefixes: { ipv6: 2001:db8:4::/48 } }
  one: { parent: all, routing: important, instances: [gva], prefixes: { ipv4: 192.0.2.0/24 } }
  two: { parent: all, routing: important, instances: [gva], prefixes: { ipv6: 2001:db8:5::/48 } }
services:
  web: { vip: 64, vips: { one: { ipv4: 192.0.2.65 } } }
  mail: { vips: { zurich: { ipv6: 2001:db8:4::25 }, swiss: { ipv4: 198.51.100.25, ipv6: 2001:db8:3::25 } } }
policies: { broad: { ipv4: shared }, none: { ipv4: none }, exact: { ipv4: specific } }
`,
) as { network: Network; diagnostics: { severity: string }[] };

const of = (group: string, hosts: number, policy = 'default', service = 'web'): Demand => {
  const at = network.groups.findIndex(({ id }) => id === group);
  const assignment: Assignment = {
    service: network.services.findIndex(({ id }) => id === service),
    ipv4: at,
    ipv6: at,
    policy: network.policies.findIndex(({ id }) => id === policy),
    ttl: 60,
  };
  return { assignment, hosts };
};
const found = (demands: Demand[], observed?: ReadonlyMap<string, number>) => ipam(network, demands, observed);

it('has a network to look at', () => expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]));

describe('prefixes', () => {
  it('are told once each, with the addresses that are VIPs', () => {
    const { prefixes } = found([]);
    expect(prefixes.map(({ prefix, groups, used, free }) => [prefix, groups.join(), used, free])).toEqual([
      ['192.0.2.0/24', 'all,one', 2, 254],
      ['198.51.100.0/25', 'swiss', 2, 126],
      ['2001:db8:1::/48', 'all', 1, 2 ** 80 - 1],
      ['2001:db8:2::/48', 'fra', 1, 2 ** 80 - 1],
      ['2001:db8:3::/48', 'swiss', 2, 2 ** 80 - 2],
      ['2001:db8:4::/48', 'zurich', 2, 2 ** 80 - 2],
      ['2001:db8:5::/48', 'two', 1, 2 ** 80 - 1],
    ]);
  });

  it('cost what the routing asks for', () => {
    expect(found([]).routing.filter(({ family }) => family === 'ipv4')).toEqual([
      { routing: 'anycast', family: 'ipv4', groups: 1, prefixes: 1, shared: 1 },
      { routing: 'important', family: 'ipv4', groups: 1, prefixes: 1, shared: 1 },
      { routing: 'lazy', family: 'ipv4', groups: 1, prefixes: 1, shared: 0 },
    ]);
  });
});

describe('IPv4 that is broader than IPv6', () => {
  it('is told by kind of host, with the steps between', () => {
    const { broader } = found([
      of('zurich', 5),
      of('zurich', 2, 'broad'),
      of('zurich', 9, 'none'),
      of('swiss', 9),
      of('fra', 7),
      of('zurich', 1, 'default', 'mail'),
    ]);
    expect(
      broader.map(({ service, policy, ipv4, ipv6, steps, hosts }) => [service, policy, ipv4, ipv6, steps, hosts]),
    ).toEqual([
      ['web', 'default', 'all', 'fra', 1, 7],
      ['web', 'default', 'swiss', 'zurich', 1, 5],
      ['web', 'broad', 'all', 'zurich', 2, 2],
      ['mail', 'default', 'swiss', 'zurich', 1, 1],
    ]);
  });
});

describe('one more IPv4 prefix', () => {
  const demands = [
    of('zurich', 30),
    of('zurich', 10, 'broad'),
    of('zurich', 4, 'exact'),
    of('fra', 20),
    of('two', 1),
    of('swiss', 50),
  ];

  it('gains the hosts that a policy lets go there, and none that have no A', () => {
    expect(
      found(demands).gains.map(({ group, needs, hosts, from, share }) => [group, needs, hosts, from, share]),
    ).toEqual([
      ['zurich', 'own', 30, { swiss: 30 }, undefined],
      ['fra', 'own', 20, { all: 20 }, undefined],
      ['two', 'shared', 1, { all: 1 }, undefined],
    ]);
  });

  it('is worth what its hosts are asked for', () => {
    const observed = new Map([
      [answerKey('web', 'zurich', 'ipv6'), 440],
      [answerKey('web', 'fra', 'ipv6'), 1500],
      [answerKey('web', 'swiss', 'ipv6'), 60],
      // What was answered over IPv4 is counted with broader groups, and says nothing of them.
      [answerKey('web', 'zurich', 'ipv4'), 1_000_000],
    ]);
    const { gains } = found(demands, observed);
    expect(gains.map(({ group, queries, share }) => [group, queries, share])).toEqual([
      ['fra', 1500, 0.75],
      // 30 of its 44 hosts.
      ['zurich', 300, 0.15],
      ['two', 0, 0],
    ]);
    expect(found(demands, new Map()).gains[0]).toMatchObject({ group: 'zurich', queries: 0 });
  });
});

describe('what to announce and register', () => {
  it('is told by site: covering prefixes of announce, host routes of instances', () => {
    const { sites } = found([]);
    const gva = sites.find(({ site }) => site === 'gva')!;
    expect(gva.prefixes.map(({ prefix, groups }) => `${prefix} ${groups}`)).toEqual([
      '192.0.2.0/24 all,one',
      '198.51.100.0/25 swiss',
      '2001:db8:1::/48 all',
      '2001:db8:3::/48 swiss',
      '2001:db8:4::/48 zurich',
      '2001:db8:5::/48 two',
    ]);
    // It announces Zurich's prefix, but serves nothing of it.
    expect(gva.hostRoutes.map(({ route }) => route)).toEqual([
      '192.0.2.64/32',
      '2001:db8:1::64/128',
      '198.51.100.64/32',
      '2001:db8:3::64/128',
      '198.51.100.25/32',
      '2001:db8:3::25/128',
      '192.0.2.65/32',
      '2001:db8:5::64/128',
    ]);
  });

  it('is told by prefix, and not without an origin', () => {
    const { objects } = found([]);
    expect(objects).toHaveLength(7);
    expect(objects[0]).toEqual({
      prefix: '192.0.2.0/24',
      family: 'ipv4',
      origin: 64500,
      groups: ['all', 'one'],
      rpsl: 'route:   192.0.2.0/24\norigin:  AS64500',
      roa: { prefix: '192.0.2.0/24', maxLength: 24, asn: 64500 },
    });
    expect(objects[2].rpsl).toBe('route6:  2001:db8:1::/48\norigin:  AS64500');
    expect(ipam({ ...network, originAs: undefined }, [], undefined).objects).toEqual([]);
  });
});
