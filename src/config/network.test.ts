import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../net/address.ts';
import { plainGuards } from '../steering/guards/rules.ts';
import type { Network, Serves } from '../steering/model.ts';
import { plainPolicy } from '../steering/policy.ts';
import { loadNetwork, parseNetwork } from './network.ts';
import { prefixText } from './prefix-field.ts';
import { brief } from './testing.ts';

const example = new URL('../../zones/network.yaml', import.meta.url).pathname;

/** A network that has no mistake. */
function parsed(text: string): Network {
  const { network, diagnostics } = parseNetwork('network.yaml', text);
  expect(diagnostics.map(brief)).toEqual([]);
  return network!;
}

/** Addresses of the first service by group, `-` for none. */
function vips(network: Network): string[] {
  const text = (octets?: Uint8Array) => (octets === undefined ? '-' : formatAddress(octets));
  return network.services[0].vips.map((v, i) => `${network.groups[i].id} ${text(v.ipv4)} ${text(v.ipv6)}`);
}

describe('the example network', () => {
  const { network, diagnostics } = loadNetwork(example);

  test('has no mistake', () => {
    expect(diagnostics).toEqual([]);
    expect(network?.originAs).toBe(64500);
    expect(network?.policies).toEqual([plainPolicy('default', 60)]);
  });

  test('has its sites', () => {
    expect(network?.sites).toHaveLength(4);
    expect(network?.sites[3]).toEqual({ id: 'iad', name: 'Ashburn', country: 'US', location: [39.04, -77.49] });
  });

  test('has a ladder, whose routing decides who announces', () => {
    const all = [0, 1, 2, 3];
    expect(network?.groups.map((g) => [g.id, g.parent, g.fallback, g.instances, g.announce.ipv4])).toEqual([
      ['anycast', -1, [], all, all],
      ['europe', 0, [0], [0, 1, 2], [0, 1, 2]],
      ['switzerland', 1, [1, 0], [0, 1], [0, 1]],
      ['zurich', 2, [2, 1, 0], [0], [0, 1]],
    ]);
    const { ipv4, ipv6 } = network!.groups[0].prefixes;
    expect([ipv4, ipv6].map((p) => prefixText(p!))).toEqual(['192.0.2.0/24', '2001:db8:16::/48']);
  });

  test('has the same digits in every group', () => {
    expect(vips(network!)).toEqual([
      'anycast 192.0.2.64 2001:db8:16::64',
      'europe 198.51.100.64 2001:db8:17::64',
      'switzerland 203.0.113.64 2001:db8:18::64',
      'zurich - 2001:db8:19::64',
    ]);
  });
});

describe('clients', () => {
  const text = (file: string): string[] =>
    parsed(file).groups.map(({ id, serves }) => `${id}: ${serves.map(servesText).join(' ')}`);
  const servesText = (one: Serves): string =>
    one.kind === 'network'
      ? prefixText(one.prefix)
      : one.kind === 'asn'
        ? `AS${one.asn}`
        : [one.continent, one.country].filter(Boolean).join('-');

  test('are served by the groups announced in their countries, unless the file says whom a group serves', () => {
    expect(
      loadNetwork(example).network?.groups.map(({ id, serves }) => `${id}: ${serves.map(servesText).join(' ')}`),
    ).toEqual(['anycast: EU-CH EU-DE NA-US', 'europe: EU-CH EU-DE', 'switzerland: EU-CH', 'zurich: EU-CH']);
    const group = 'routing: anycast, prefixes: { ipv4: 192.0.2.0/24 }';
    expect(
      text(
        `sites: { zrh: { country: CH } }\ngroups: { a: { ${group}, serves: [AS, AS64500, 198.51.100.0/24, '2001:db8::/32', OC-AU] }, b: { ${group}, serves: [] }, c: { ${group} } }`,
      ),
    ).toEqual(['a: AS AS64500 198.51.100.0/24 2001:db8::/32 OC-AU', 'b: ', 'c: EU-CH']);
  });

  test('of the operator have what is said of them', () => {
    const { clients } = parsed(
      "clients:\n  - { networks: [198.51.100.0/24, '2001:db8:100::/48'], country: CH, location: [47.4, 8.5] }\n  - { networks: [203.0.113.0/24], asn: 64501 }\n",
    );
    expect(clients.map(({ prefixes, ...rest }) => ({ ...rest, prefixes: prefixes.map(prefixText) }))).toEqual([
      { prefixes: ['198.51.100.0/24', '2001:db8:100::/48'], country: 'CH', asn: undefined, location: [47.4, 8.5] },
      { prefixes: ['203.0.113.0/24'], country: undefined, asn: 64501, location: undefined },
    ]);
  });
});

describe('defaults', () => {
  test('a file with nothing in it is a network without groups', () => {
    const empty = { sites: [], groups: [], services: [], clients: [], links: [], catchment: [], guards: plainGuards };
    const nothing = { ...empty, policies: [plainPolicy('default', 60)] };
    expect(parsed('')).toEqual(nothing);
    expect(parsed('# nothing yet\n')).toEqual(nothing);
  });

  test('a site is called by its id', () => {
    expect(parsed('sites: { zrh: { country: CH } }').sites[0]).toMatchObject({ name: 'zrh', location: undefined });
  });

  test('`default` comes first, with the TTL it is given', () => {
    const { policies } = parsed('policies: { slow: { ttl: 300 }, plain: {}, default: { ttl: 30 } }');
    expect(policies.map((p) => `${p.id} ${p.ttl}`)).toEqual(['default 30', 'slow 300', 'plain 60']);
  });

  test('announcing sites follow the routing, family by family', () => {
    const { groups } = parsed(`
sites: { zrh: { country: CH }, gva: { country: CH }, fra: { country: DE } }
groups:
  a: { routing: { ipv4: important, ipv6: lazy }, instances: [gva], prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:1::/48 } }
  b: { routing: { ipv4: lazy, ipv6: group-lazy }, instances: [gva], announce: { ipv6: [gva, fra] }, prefixes: { ipv4: 198.51.100.0/24, ipv6: 2001:db8:2::/48 } }
  c: { routing: { ipv4: group-lazy, ipv6: lazy }, instances: [zrh], prefixes: { ipv6: 2001:db8:3::/48 } }
`);
    expect(groups.map((g) => g.announce)).toEqual([
      { ipv4: [0, 1, 2], ipv6: [1] },
      { ipv4: [1], ipv6: [1, 2] },
      { ipv4: [0], ipv6: [0] },
    ]);
  });

  test('fallbacks are those listed, even none', () => {
    const group = 'routing: anycast, prefixes: { ipv6: 2001:db8';
    const { groups } = parsed(`groups:
  a: { ${group}:1::/48 } }
  b: { parent: a, ${group}:2::/48 } }
  c: { parent: b, fallback: [a], ${group}:3::/48 } }
  d: { parent: b, fallback: [], ${group}:4::/48 } }
`);
    expect(groups.map((g) => g.fallback)).toEqual([[], [0], [0], []]);
  });
});

describe('VIPs', () => {
  const groups = `groups:
  a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  b: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:17::/48 } }
`;

  test('`vips` wins in the groups it names, as a whole', () => {
    const network = parsed(`${groups}services: { web: { vip: 64, vips: { b: { ipv4: 192.0.2.65 } } } }`);
    expect(vips(network)).toEqual(['a 192.0.2.64 2001:db8:16::64', 'b 192.0.2.65 -']);
  });

  test('without `vip` there are those of `vips` only', () => {
    const network = parsed(`${groups}services: { web: { vips: { b: { ipv6: '2001:db8:17::a:1' } } } }`);
    expect(vips(network)).toEqual(['a - -', 'b - 2001:db8:17::a:1']);
  });

  test('digits are the last octet, in a large prefix too; in IPv6 they are read as written', () => {
    const text =
      'groups: { a: { routing: anycast, prefixes: { ipv4: 10.0.0.0/8, ipv6: 2001:db8::/32 } } }\nservices: { web: { vip: 255 } }';
    expect(vips(parsed(text))).toEqual(['a 10.0.0.255 2001:db8::255']);
  });
});

describe('policies', () => {
  const groups =
    'groups:\n  a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }\n  b: { routing: anycast, prefixes: { ipv4: 198.51.100.0/24 } }\n';

  test.each<[string, object]>([
    ['{ ttl: 20 }', { ttl: 20 }],
    ['{ ttl_min: 10, ttl_max: 100 }', { ttlMin: 10, ttlMax: 100 }],
    ['{ choice: nearest }', { choice: { kind: 'nearest' } }],
    [
      '{ choice: { weighted: { b: 3, a: 0.5 } } }',
      {
        choice: {
          kind: 'weighted',
          by: 'host',
          shares: [
            { group: 1, weight: 3 },
            { group: 0, weight: 0.5 },
          ],
        },
      },
    ],
    [
      '{ choice: { split: b, percent: 2.5, by: client, rest: nearest } }',
      { choice: { kind: 'split', to: 1, percent: 2.5, by: 'client', rest: { kind: 'nearest' } } },
    ],
    ['{ ipv4: { at_least: b } }', { ipv4: { atLeast: 1 } }],
    ['{ ipv4: none }', { ipv4: 'none' }],
    ['{ last_resort: servfail }', { lastResort: 'servfail', lastResortIpv6: 'answer' }],
    ['{ last_resort: { ipv6: nodata } }', { lastResort: 'last-good', lastResortIpv6: 'nodata' }],
    ['{ unknown: down, failback: manual }', { unknown: 'down', failback: 'manual' }],
  ])('%s', (text, expected) => {
    const { policies } = parsed(`${groups}policies: { p: ${text} }`);
    expect(policies.map(({ id }) => id)).toEqual(['default', 'p']);
    expect(policies[1]).toEqual({ ...plainPolicy('p', 60), ...expected });
  });

  test('default can be another, and is always first', () => {
    const { policies } = parsed(`${groups}policies: { p: {}, default: { ttl: 5, choice: nearest } }`);
    expect(policies).toEqual([{ ...plainPolicy('default', 5), choice: { kind: 'nearest' } }, plainPolicy('p', 60)]);
  });
});

describe('guards', () => {
  test('have the defaults of the engine', () => {
    expect(parsed('guards: { dwell: 5m }').guards).toEqual({ ...plainGuards, dwell: 300_000 });
    const blastRadius = { hosts: 0.1, queries: 0.25, interval: 600_000, leaveDead: true };
    expect(parsed('guards: { blast_radius: { hosts: 10 } }').guards).toEqual({ ...plainGuards, blastRadius });
  });

  test('damping may be off', () => {
    const { damping: _, hostDamping: __, ...rest } = plainGuards;
    const off = '{ enabled: false }';
    expect(parsed(`guards: { damping: ${off}, host_damping: ${off} }`).guards).toEqual(rest);
  });
});

describe('links', () => {
  test('have a capacity in bits per second, and watermarks', () => {
    const text =
      'sites: { zrh: { country: CH }, gva: { country: CH } }\n' +
      'links: { t: { site: gva, capacity: 2.5G }, p: { site: zrh, capacity: { in: 100M, out: 40000000000 }, low: 50, high: 90 } }';
    expect(parsed(text).links).toEqual([
      { id: 't', site: 1, capacity: { in: 2.5e9, out: 2.5e9 }, low: 0.6, high: 0.8 },
      { id: 'p', site: 0, capacity: { in: 1e8, out: 4e10 }, low: 0.5, high: 0.9 },
    ]);
  });
});

describe('load steering', () => {
  test('is off unless it is turned on', () => {
    expect(parsed('load_steering: { step: 5 }').loadSteering).toBeUndefined();
    const text =
      'sites: { zrh: { country: CH } }\nlinks: { t: { site: zrh, capacity: 1G } }\n' +
      "feeds: { load: { url: 'http://127.0.0.1:9090', in: a, out: b } }\nload_steering: { enabled: true, step: 5 }";
    expect(parsed(text).loadSteering).toEqual({ step: 0.05, interval: 300_000 });
  });
});

describe('a catchment', () => {
  test('becomes shares', () => {
    const text =
      'sites: { zrh: { country: CH }, gva: { country: CH }, fra: { country: DE } }\n' +
      'groups: { a: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24 } }, b: { routing: anycast, prefixes: { ipv4: 198.51.100.0/24 } } }\n' +
      'catchment: { b: { fra: 3, zrh: 1, gva: 0 } }';
    const { catchment } = parsed(text);
    expect(catchment.map((shares) => shares && [...shares])).toEqual([
      undefined,
      [
        [2, 0.75],
        [0, 0.25],
      ],
    ]);
  });
});

describe('a file that can not be read', () => {
  test('is a mistake', () => {
    const directory = mkdtempSync(join(tmpdir(), 'steerd-network-'));
    try {
      const file = join(directory, 'network.yaml');
      expect(loadNetwork(file)).toEqual({
        diagnostics: [
          {
            code: 'missing-file',
            severity: 'error',
            file,
            line: 0,
            column: 0,
            message: 'there is no such file',
            fix: 'write sites, groups and services into it; an empty file will do where no host is steered',
          },
        ],
      });
      expect(loadNetwork(directory).diagnostics[0]).toMatchObject({ code: 'unreadable-file', line: 0 });
      writeFileSync(file, 'origin_as: 64500\n');
      expect(loadNetwork(file).network?.originAs).toBe(64500);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
