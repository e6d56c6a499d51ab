/** Small worlds with loads, for tests of what is decided by them. */
import { plainGuards } from '../guards/rules.ts';
import type { Assignment, Family, Group, Link, Network, World } from '../model.ts';
import { type Direction, loadKey, type NetworkData, type Reading } from '../network-data.ts';
import { noClasses, plainPolicy } from '../policy.ts';

export const GBIT = 1e9;
export const NOW = Date.UTC(2026, 0, 1);

export interface GroupSetup {
  /** Ids of sites that serve it and announce it. */
  readonly sites: readonly string[];
  /** Ids of sites that announce it, if others do. */
  readonly announce?: readonly string[];
  readonly fallback?: readonly string[];
}

export interface NetworkSetup {
  /** By site its links: capacity in Gbit/s each way. */
  readonly sites: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly groups: Readonly<Record<string, GroupSetup>>;
  readonly services?: readonly string[];
}

/** Every service has a VIP of both families in every group. */
export function networkOf({ sites, groups, services = ['web'] }: NetworkSetup): Network {
  const [siteIds, groupIds] = [Object.keys(sites), Object.keys(groups)];
  const indexes = (ids: readonly string[]): number[] => ids.map((id) => siteIds.indexOf(id));
  const links = siteIds.flatMap((site, index) =>
    Object.entries(sites[site]).map(([id, capacity]): Link => {
      const bits = capacity * GBIT;
      return { id, site: index, capacity: { in: bits, out: bits }, low: 0.6, high: 0.8 };
    }),
  );
  return {
    sites: siteIds.map((id) => ({ id, name: id, country: 'CH' })),
    groups: groupIds.map((id): Group => {
      const { sites: serving, announce = serving, fallback = [] } = groups[id];
      const announced = indexes(announce);
      return {
        id,
        parent: -1,
        routing: { ipv4: 'lazy', ipv6: 'lazy' },
        instances: indexes(serving),
        announce: { ipv4: announced, ipv6: announced },
        prefixes: {},
        serves: [],
        fallback: fallback.map((each) => groupIds.indexOf(each)),
      };
    }),
    services: services.map((id, s) => ({
      id,
      vips: groupIds.map((_, g) => ({ ipv4: Uint8Array.of(192, 0, 2, s * 16 + g), ipv6: address6(s, g) })),
    })),
    policies: [plainPolicy('default', 60)],
    clients: [],
    links,
    catchment: groupIds.map(() => undefined),
    guards: plainGuards,
  };
}

function address6(service: number, group: number): Uint8Array {
  return Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, service, group);
}

/** A host's assignment in each group, in the order of groups. */
export function oneInEach({ groups }: Network, service = 0): Assignment[] {
  return groups.map((_, group) => ({ service, ipv4: group, ipv6: group, policy: 0, ttl: 60 }));
}

/** Readings of links: `{ 'zrh-a': 7 }` is 7 Gbit/s in and nothing out, `{ 'zrh-a/out': 7 }` the other way. */
export function loadsOf(gbits: Readonly<Record<string, number>>, at = NOW, stale = 120_000): NetworkData {
  const loads = new Map<string, Reading<number>>();
  for (const [key, value] of Object.entries(gbits)) {
    const [link, direction = 'in', family] = key.split('/') as [string, Direction?, Family?];
    const reading = { value: value * GBIT, observedAt: at, staleAt: at + stale };
    loads.set(loadKey(link, direction, family), reading);
    const other = direction === 'in' ? 'out' : 'in';
    if (family === undefined && !(`${link}/${other}` in gbits))
      loads.set(loadKey(link, other), { ...reading, value: 0 });
  }
  return { feeds: [], loads };
}

/** @param queries by target, answers a second */
export function worldOf(network: Network, data: NetworkData, queries: Readonly<Record<string, number>>): World {
  const assignments = network.services.flatMap((_, service) => oneInEach(network, service));
  return {
    network,
    assignments,
    forces: [],
    verdicts: new Map(),
    classes: noClasses(network.policies),
    data,
    demand: { hosts: assignments.map(() => 1), queries: new Map(Object.entries(queries)) },
    now: NOW,
  };
}
