/** Where IPv4 is scarcer than IPv6, and what one more prefix would change. Pure. */
import { depthOf, isAtOrBelow } from '../ladder.ts';
import type { Network, Routing } from '../model.ts';
import { homeOf, type Placed, vipsOf } from './demand.ts';

/** Hosts of one service and policy whose A is of a broader group than their AAAA. */
export interface BroaderIpv4 {
  readonly service: string;
  readonly policy: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly hosts: number;
  /** Groups that IPv4 is up the ladder from IPv6. */
  readonly steps: number;
}

/** Most hosts first, then by name. */
export function broaderIpv4(network: Network, demands: readonly Placed[]): BroaderIpv4[] {
  const { groups, services, policies } = network;
  const found = new Map<string, BroaderIpv4>();
  for (const { assignment, hosts, homes } of demands) {
    const { ipv4, ipv6 } = homes;
    if (ipv4 < 0 || ipv6 < 0 || ipv4 === ipv6 || !isAtOrBelow(network, ipv6, ipv4)) continue;
    const one = {
      service: services[assignment.service].id,
      policy: policies[assignment.policy].id,
      ipv4: groups[ipv4].id,
      ipv6: groups[ipv6].id,
    };
    const key = JSON.stringify(one);
    const steps = depthOf(network, ipv6) - depthOf(network, ipv4);
    found.set(key, { ...one, hosts: (found.get(key)?.hosts ?? 0) + hosts, steps });
  }
  return [...found.entries()]
    .sort(([a, { hosts: x }], [b, { hosts: y }]) => y - x || (a < b ? -1 : 1))
    .map(([, one]) => one);
}

/** What an IPv4 prefix would change for a group that has none. */
export interface Ipv4Gain {
  readonly group: string;
  readonly routing: Routing;
  /** Whether it needs a prefix of its own, or may have VIPs in one that another group announces everywhere. */
  readonly needs: 'own' | 'shared';
  /** Hosts whose A would be of this group, by the group it is of now. */
  readonly from: Readonly<Record<string, number>>;
  readonly hosts: number;
  /** AAAA queries of these hosts, estimated; undefined where nobody counted. */
  readonly queries: number | undefined;
  /** Of all AAAA queries; undefined likewise. */
  readonly share: number | undefined;
}

/** Most to gain first: by queries where they were counted, else by hosts. It is assumed to have a VIP of each service that has an IPv6 one there. */
export function ipv4Gains(network: Network, demands: readonly Placed[]): Ipv4Gain[] {
  const { groups } = network;
  const hasVip = vipsOf(network);
  const all = demands.reduce((sum, { queries = 0 }) => sum + queries, 0);
  const gains = groups.flatMap((group, index): Ipv4Gain[] => {
    if (group.prefixes.ipv4 !== undefined || group.prefixes.ipv6 === undefined) return [];
    const from = new Map<string, number>();
    let hosts = 0;
    let queries: number | undefined;
    for (const demand of demands) {
      const now = demand.homes.ipv4;
      // Whether a host has an A is its declaration's, and no prefix changes it.
      if (now < 0) continue;
      const then = homeOf(network, demand.assignment, 'ipv4', (service, at, family) =>
        at === index && family === 'ipv4' ? hasVip(service, at, 'ipv6') : hasVip(service, at, family),
      );
      if (then !== index) continue;
      from.set(groups[now].id, (from.get(groups[now].id) ?? 0) + demand.hosts);
      hosts += demand.hosts;
      if (demand.queries !== undefined) queries = (queries ?? 0) + demand.queries;
    }
    const needs = group.routing.ipv4 === 'anycast' || group.routing.ipv4 === 'important' ? 'shared' : 'own';
    const share = queries === undefined || all === 0 ? undefined : queries / all;
    return [
      { group: group.id, routing: group.routing.ipv4, needs, from: Object.fromEntries(from), hosts, queries, share },
    ];
  });
  return gains.sort((a, b) => (b.queries ?? 0) - (a.queries ?? 0) || b.hosts - a.hosts || (a.group < b.group ? -1 : 1));
}
