/** Client classes worked out the slow way: longest match over lists, then the ordering word by word. What the real thing is compared with. */

import fc from 'fast-check';
import { continentOf } from '../../src/config/continents.ts';
import { type GeoNetworks, type Place, PlaceTable } from '../../src/feeds/geo/places.ts';
import { type Marked, prefixRuns } from '../../src/feeds/geo/prefix-runs.ts';
import { distance } from '../../src/feeds/geo/ranking.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { plainGuards } from '../../src/steering/guards/rules.ts';
import { depthOf, isAtOrBelow } from '../../src/steering/ladder.ts';
import type { Family, Network } from '../../src/steering/model.ts';
import { plainPolicy } from '../../src/steering/policy.ts';

export interface Known {
  readonly prefix: Prefix;
  readonly place: Place;
}

export const OCTETS = { ipv4: 4, ipv6: 16 } as const;
const UNIT_OCTETS = { ipv4: 3, ipv6: 7 } as const;

/** `10.0.0.0/8` of octets: host bits are cleared. */
export function prefixOf(family: Family, octets: readonly number[], length: number): Prefix {
  const address = new Uint8Array(OCTETS[family]);
  octets.forEach((octet, i) => {
    address[i] = octet & (0xff00 >> Math.min(8, Math.max(0, length - i * 8)));
  });
  return { family, address, length };
}

/** What a database of these networks would be read as. */
export function networksOf(known: readonly Known[]): GeoNetworks {
  const table = new PlaceTable();
  const marked = known.map(({ prefix, place }) => ({ prefix, mark: table.number(place) }));
  const longest = (inForce: readonly Marked[]): number => inForce.at(-1)?.mark ?? 0;
  return { places: table.places, ipv4: prefixRuns(marked, 'ipv4', longest), ipv6: prefixRuns(marked, 'ipv6', longest) };
}

export function contains({ address, length }: Prefix, octets: Uint8Array): boolean {
  if (address.length !== octets.length) return false;
  for (let bit = 0; bit < length; bit++) {
    const mask = 0x80 >> (bit & 7);
    if ((address[bit >> 3] & mask) !== (octets[bit >> 3] & mask)) return false;
  }
  return true;
}

function longest<T extends { prefix: Prefix }>(list: readonly T[], octets: Uint8Array): T | undefined {
  let best: T | undefined;
  // Of one prefix twice the last counts, as in the real thing.
  for (const one of list)
    if (contains(one.prefix, octets) && (best === undefined || one.prefix.length >= best.prefix.length)) best = one;
  return best;
}

/** The address with zeros behind its /24 or /56. */
export function unitOf(octets: Uint8Array): Uint8Array {
  const family = octets.length === 4 ? 'ipv4' : 'ipv6';
  return octets.map((octet, i) => (i < UNIT_OCTETS[family] ? octet : 0));
}

/** The groups that serve a client, best first. */
export function servingGroups(
  network: Network,
  databases: readonly (readonly Known[])[],
  address: Uint8Array,
): number[] {
  const unit = unitOf(address);
  let place: Place = {};
  for (const database of databases) place = { ...place, ...longest(database, unit)?.place };
  const own = longest(
    network.clients.flatMap((client) => client.prefixes.map((prefix) => ({ prefix, client }))),
    unit,
  )?.client;
  if (own !== undefined) {
    const moved = own.country !== undefined && own.country !== place.country;
    place = {
      country: own.country ?? place.country,
      asn: own.asn ?? place.asn,
      location: own.location ?? (moved ? undefined : place.location),
    };
  }
  const { country, asn, location } = place;
  const serving = network.groups.flatMap((group, index) => {
    const serves = group.serves.some((one) => {
      if (one.kind === 'network') return contains(one.prefix, unit);
      if (one.kind === 'asn') return one.asn === asn;
      return (
        country !== undefined &&
        continentOf(country) === one.continent &&
        (one.country === undefined || one.country === country)
      );
    });
    if (!serves) return [];
    const sites = group.instances.flatMap((site) => network.sites[site].location ?? []);
    let far = Number.MAX_VALUE;
    for (let i = 0; location !== undefined && i < sites.length; i += 2)
      far = Math.min(far, distance(location, [sites[i], sites[i + 1]]));
    return [{ index, depth: depthOf(network, index), far }];
  });
  serving.sort((a, b) => b.depth - a.depth || a.far - b.far || a.index - b.index);
  return serving.map(({ index }) => index);
}

/** What every possible host is led to by such a list: by assigned group and service, the group its ladder begins at. */
export function effect(network: Network, groups: readonly number[]): string {
  return network.groups
    .map((_, own) =>
      network.services
        .map(({ vips }) => {
          const has = (g: number): boolean => vips[g]?.ipv4 !== undefined || vips[g]?.ipv6 !== undefined;
          return groups.find((g) => has(g) && isAtOrBelow(network, g, own)) ?? own;
        })
        .join(),
    )
    .join(' ');
}

const COUNTRIES = ['CH', 'DE', 'US', 'JP', 'ZZ'] as const;
const ASNS = [64500, 64501] as const;

/** Few octets, so that networks nest, touch and meet. */
const octet = fc.constantFrom(0, 1, 2, 127, 128, 192, 255);

export function arbitraryPrefix(families: readonly Family[] = ['ipv4', 'ipv6']): fc.Arbitrary<Prefix> {
  return fc
    .tuple(fc.constantFrom(...families), fc.array(octet, { minLength: 10, maxLength: 10 }), fc.nat(128))
    .map(([family, octets, length]) =>
      prefixOf(family, octets.slice(0, OCTETS[family]), family === 'ipv4' ? length % 33 : length % 65),
    );
}

const location = fc.tuple(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -179, max: 179 }));
const country = fc.constantFrom(...COUNTRIES);
const asn = fc.constantFrom(...ASNS);

export const arbitraryKnown: fc.Arbitrary<Known[]> = fc.array(
  fc.record({
    prefix: arbitraryPrefix(),
    place: fc.record({ country, location }, { requiredKeys: [] }) as fc.Arbitrary<Place>,
  }),
  { maxLength: 10 },
);

export const arbitraryAsns: fc.Arbitrary<Known[]> = fc.array(
  fc.record({ prefix: arbitraryPrefix(), place: fc.record({ asn }) }),
  { maxLength: 4 },
);

const serves = fc.array(
  fc.oneof(
    fc.constantFrom(
      { kind: 'geo', continent: 'EU' } as const,
      { kind: 'geo', continent: 'EU', country: 'CH' } as const,
      { kind: 'geo', continent: 'NA', country: 'US' } as const,
      { kind: 'geo', continent: 'AS' } as const,
    ),
    asn.map((number) => ({ kind: 'asn' as const, asn: number })),
    arbitraryPrefix().map((prefix) => ({ kind: 'network' as const, prefix })),
  ),
  { maxLength: 3 },
);

/** A network of up to six groups and three services, with a policy that looks at clients and one that does not. */
export const arbitraryNetwork: fc.Arbitrary<Network> = fc
  .record({
    sites: fc.array(fc.option(location, { nil: undefined }), { minLength: 1, maxLength: 4 }),
    groups: fc.array(fc.record({ parent: fc.nat(6), serves, site: fc.nat(3) }), { minLength: 1, maxLength: 6 }),
    services: fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
    clients: fc.array(
      fc.record({
        prefixes: fc.uniqueArray(arbitraryPrefix(), { minLength: 1, maxLength: 3, selector: (p) => JSON.stringify(p) }),
        country: fc.option(country, { nil: undefined }),
        asn: fc.option(asn, { nil: undefined }),
        location: fc.option(location, { nil: undefined }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ sites, groups, services, clients }) => ({
    sites: sites.map((at, i) => ({ id: `s${i}`, name: `s${i}`, country: 'CH', location: at })),
    groups: groups.map(({ parent, serves, site }, i) => ({
      id: `g${i}`,
      // Above itself in the list, or nothing: no circles.
      parent: parent < i ? parent : -1,
      routing: { ipv4: 'lazy' as const, ipv6: 'lazy' as const },
      instances: [site % sites.length],
      announce: { ipv4: [], ipv6: [] },
      prefixes: {},
      fallback: [],
      serves,
    })),
    services: services.map((has, i) => ({
      id: `v${i}`,
      vips: groups.map((_, g) => (has[g] ? { ipv6: new Uint8Array(16).fill(g + 1) } : {})),
    })),
    policies: [plainPolicy('default', 60), { ...plainPolicy('near', 60), choice: { kind: 'nearest' as const } }],
    clients,
    links: [],
    catchment: [],
    guards: plainGuards,
  }));

/** Addresses where anything can begin or end: with two neighbours of one treatment, what lies between is treated so too. */
export function edges(prefixes: readonly Prefix[], family: Family): Uint8Array[] {
  const octets = OCTETS[family];
  const found = new Map<string, Uint8Array>();
  const add = (value: bigint): void => {
    if (value < 0n || value >= 1n << BigInt(octets * 8)) return;
    const address = new Uint8Array(octets);
    for (let i = octets - 1, rest = value; i >= 0; i--, rest >>= 8n) address[i] = Number(rest & 0xffn);
    found.set(address.join(), address);
  };
  add(0n);
  const unit = BigInt((octets - UNIT_OCTETS[family]) * 8);
  for (const prefix of prefixes) {
    if (prefix.family !== family) continue;
    const first = prefix.address.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
    const size = 1n << BigInt(octets * 8 - prefix.length);
    const step = 1n << unit;
    for (const value of [first, first + size]) for (const near of [-step, -1n, 0n, 1n, step]) add(value + near);
  }
  return [...found.values()];
}

/** All prefixes that say anything about clients. */
export function prefixesIn(network: Network, databases: readonly (readonly Known[])[]): Prefix[] {
  return [
    ...databases.flat().map(({ prefix }) => prefix),
    ...network.clients.flatMap(({ prefixes }) => prefixes),
    ...network.groups.flatMap(({ serves }) => serves.flatMap((one) => (one.kind === 'network' ? [one.prefix] : []))),
  ];
}
