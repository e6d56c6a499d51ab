/** What hosts ask of groups: by assignment how many there are, and how much they are asked for. Pure. */
import { familyStart } from '../ladder.ts';
import type { Assignment, Family, Network, PerFamily } from '../model.ts';

/** Hosts of one assignment. */
export interface Demand {
  readonly assignment: Assignment;
  readonly hosts: number;
}

/** Answers given, by `answerKey`; undefined where nobody counted. */
export type ObservedAnswers = ReadonlyMap<string, number> | undefined;

/** `web/zurich/ipv6` */
export function answerKey(service: string, group: string, family: Family): string {
  return `${service}/${group}/${family}`;
}

/** Whether a service has, or would have, a VIP in a group. */
export type HasVip = (service: number, group: number, family: Family) => boolean;

export function vipsOf({ services }: Network): HasVip {
  return (service, group, family) => services[service].vips[group]?.[family] !== undefined;
}

/** Where a host of an assignment is answered from when all targets are up and the policy's choice is the host's group; -1 for nowhere. */
export function homeOf(network: Network, assignment: Assignment, family: Family, hasVip: HasVip): number {
  const { service, policy } = assignment;
  const { ipv4: rule } = network.policies[policy];
  const start = familyStart(network, rule, assignment[family], family);
  if (start < 0) return -1;
  const ladder = family === 'ipv4' && rule === 'specific' ? [start] : [start, ...network.groups[start].fallback];
  return ladder.find((group) => hasVip(service, group, family)) ?? -1;
}

/** A demand with where it is answered, and the AAAA queries that are its part. */
export interface Placed extends Demand {
  readonly homes: PerFamily<number>;
  /**
   * Of the AAAA answers of its service and group, in proportion to hosts. A answers are counted with the group that gave them, which may be a broader one and have many
   * more hosts, so those of AAAA tell demand apart better. Undefined where nobody counted, or it has no AAAA.
   */
  readonly queries: number | undefined;
}

export function placed(network: Network, demands: readonly Demand[], observed: ObservedAnswers): Placed[] {
  const hasVip = vipsOf(network);
  const homes = demands.map(({ assignment }): PerFamily<number> => {
    const of = (family: Family): number => homeOf(network, assignment, family, hasVip);
    return { ipv4: of('ipv4'), ipv6: of('ipv6') };
  });
  const key = ({ service }: Assignment, group: number): string =>
    answerKey(network.services[service].id, network.groups[group].id, 'ipv6');
  const hosts = new Map<string, number>();
  demands.forEach(({ assignment, hosts: count }, i) => {
    if (homes[i].ipv6 < 0) return;
    const at = key(assignment, homes[i].ipv6);
    hosts.set(at, (hosts.get(at) ?? 0) + count);
  });
  return demands.map((demand, i) => {
    const { ipv6 } = homes[i];
    if (observed === undefined || ipv6 < 0) return { ...demand, homes: homes[i], queries: undefined };
    const at = key(demand.assignment, ipv6);
    return { ...demand, homes: homes[i], queries: ((observed.get(at) ?? 0) * demand.hosts) / hosts.get(at)! };
  });
}
