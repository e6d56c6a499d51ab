/** Changes put to a world: what is so after them, before the engine has acted. Pure. */

import { covers, formatPrefix, type Prefix } from '../../net/prefix.ts';
import { explain } from '../explain.ts';
import { type GuardFinding, judgeDestinations } from '../guards/judge-move.ts';
import { limitFindings } from '../guards/limits.ts';
import { type Arrival, judgeArrivals } from '../load/judge-load.ts';
import {
  type Assignment,
  type Family,
  families,
  type Group,
  type Network,
  type Plan,
  targetKey,
  type Verdict,
  type Verdicts,
  type World,
} from '../model.ts';
import { type Announced, isStale, type NetworkData, NO_DATA, type Reading, routeKey } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import type { Change, MoveChange } from './change.ts';
import { assignmentInGroup } from './moved-assignment.ts';
import { NO_OUTAGE, type Outage, withFailure } from './outage.ts';
import { type ChangeProblem, type GroupThing, isProblem } from './thing.ts';

export interface Scenario {
  /** As it is. Assignments that moves take hosts from are in two: hosts that stay, and hosts that go. */
  readonly base: World;
  /** The same assignments in the same order, with all that is changed but failures: those are the outage's. */
  readonly changed: World;
  readonly outage: Outage;
  /** Prefixes that nobody announces any more, by `routeKey`. */
  readonly unheard: ReadonlySet<string>;
  readonly load: LoadFactors;
  /** What guards say of the moves, and of a prefix that is added. A move that is refused is not made. */
  readonly guards: readonly GuardFinding[];
  /** What to know of how the changes were taken. */
  readonly notes: readonly string[];
}

/** How many times as much traffic there is. */
export interface LoadFactors {
  readonly all: number;
  /** By number of the link. */
  readonly links: ReadonlyMap<number, number>;
  /** By `routeKey`. */
  readonly groups: ReadonlyMap<string, number>;
}

/**
 * @param world with `demand`: what hangs on what; the time is that of the change
 * @param plan  the one in it
 */
export function scenarioOf(world: World, plan: Plan, changes: readonly Change[]): Scenario | ChangeProblem {
  const data = lasting(world.data ?? NO_DATA, world.now);
  const base: World = { ...world, ...(world.data === undefined ? {} : { data }) };
  let scenario: Scenario = {
    base,
    changed: base,
    outage: NO_OUTAGE,
    unheard: new Set(),
    load: { all: 1, links: new Map(), groups: new Map() },
    guards: [],
    notes:
      world.held === undefined
        ? []
        : [`the server takes itself to be cut off (${world.held.cause}): verdicts are those from before`],
  };
  const taken = world.assignments.map(() => 0);
  for (const change of changes) {
    const next =
      change.kind === 'move' ? withMove(scenario, { world, plan }, change, taken) : withChange(scenario, change);
    if (isProblem(next)) return next;
    scenario = next;
  }
  return scenario;
}

function withChange(scenario: Scenario, change: Exclude<Change, MoveChange>): Scenario {
  const { network } = scenario.changed;
  switch (change.kind) {
    case 'fail':
      return { ...scenario, outage: withFailure(network, scenario.outage, change.thing) };
    case 'load':
      return { ...scenario, load: withLoad(network, scenario.load, change) };
    case 'invalid':
      return withInvalid(scenario, change.of);
    case 'withdraw':
      return withdrawn(scenario, change.of);
    case 'add-ipv4':
      return withIpv4(scenario, change.group, change.prefix);
  }
}

function withLoad(network: Network, load: LoadFactors, { of, factor }: Extract<Change, { kind: 'load' }>): LoadFactors {
  if (of === undefined) return { ...load, all: load.all * factor };
  if (of.kind === 'link')
    return { ...load, links: new Map(load.links).set(of.link, (load.links.get(of.link) ?? 1) * factor) };
  const groups = new Map(load.groups);
  for (const key of keysOf(network, of)) groups.set(key, (groups.get(key) ?? 1) * factor);
  return { ...load, groups };
}

/** `routeKey`s of a group's prefixes. */
function keysOf({ groups }: Network, { group, family }: GroupThing): string[] {
  return families
    .filter((each) => family === undefined || family === each)
    .map((each) => routeKey(groups[group].id, each));
}

function prefixesOf({ groups }: Network, { group, family }: GroupThing): Prefix[] {
  const { prefixes } = groups[group];
  return families.flatMap((each) => {
    const prefix = family === undefined || family === each ? prefixes[each] : undefined;
    return prefix === undefined ? [] : [prefix];
  });
}

function withInvalid(scenario: Scenario, of: GroupThing): Scenario {
  const { changed } = scenario;
  const validity = new Map(changed.data?.validity);
  for (const key of keysOf(changed.network, of))
    validity.set(key, fresh({ state: 'invalid' as const, cause: 'what if' }, changed.now));
  const noted = withNote(
    scenario,
    changed.data?.validity === undefined,
    'no rpki feed is configured, so a server would not learn that a prefix is invalid; here it does',
  );
  return { ...noted, changed: { ...changed, data: { ...(changed.data ?? NO_DATA), validity } } };
}

function withdrawn(scenario: Scenario, of: GroupThing): Scenario {
  const { changed } = scenario;
  const { network } = changed;
  const gone = prefixesOf(network, of);
  const known = changed.data?.announcements ?? asConfigured(network, changed.now);
  const announcements = new Map(
    [...known].map(([site, reading]): [string, Reading<Announced>] => {
      const prefixes = reading.value.prefixes.filter((one) => !gone.some((prefix) => covers(prefix, one)));
      return [site, { ...reading, value: { ...reading.value, prefixes } }];
    }),
  );
  const isHeard = (prefix: Prefix): boolean =>
    [...announcements.values()].some(({ value }) => value.prefixes.some((one) => covers(one, prefix)));
  const unheard = new Set(scenario.unheard);
  for (const family of families) {
    const prefix = network.groups[of.group].prefixes[family];
    if (prefix === undefined || !gone.includes(prefix) || isHeard(prefix)) continue;
    // Another group may have VIPs in the same prefix.
    for (const group of network.groups) if (isSamePrefix(group, prefix)) unheard.add(routeKey(group.id, family));
  }
  const noted = withNote(
    scenario,
    changed.data?.announcements === undefined,
    'no announcements feed is configured, so a server would not learn that a prefix is withdrawn; here it does',
  );
  return { ...noted, unheard, changed: { ...changed, data: { ...(changed.data ?? NO_DATA), announcements } } };
}

function isSamePrefix({ prefixes }: Group, prefix: Prefix): boolean {
  const own = prefixes[prefix.family];
  return own !== undefined && formatPrefix(own) === formatPrefix(prefix);
}

/** What each site announces if all is as network.yaml has it. */
function asConfigured({ sites, groups }: Network, now: number): ReadonlyMap<string, Reading<Announced>> {
  return new Map(
    sites.map(({ id }, site) => {
      const prefixes = groups.flatMap((group) =>
        families.flatMap((family) => {
          const prefix = group.prefixes[family];
          return prefix !== undefined && group.announce[family].includes(site) ? [prefix] : [];
        }),
      );
      return [id, fresh({ prefixes, hosts: [] }, now)];
    }),
  );
}

/** A VIP for each service that has an IPv6 one there. Which address it is changes nothing that is told. */
function withIpv4(scenario: Scenario, index: number, prefix: Prefix | undefined): Scenario {
  const { changed } = scenario;
  const { network } = changed;
  const groups = network.groups.map((group, g) =>
    g === index && prefix !== undefined ? { ...group, prefixes: { ...group.prefixes, ipv4: prefix } } : group,
  );
  const services = network.services.map((service, s) => ({
    ...service,
    vips: service.vips.map((vip, g) =>
      g === index && vip.ipv6 !== undefined && vip.ipv4 === undefined ? { ...vip, ipv4: addressIn(prefix, s) } : vip,
    ),
  }));
  const { data, now } = changed;
  const next: World = { ...changed, network: { ...network, groups, services }, verdicts: checkedAlike(changed, index) };
  const guards = [...scenario.guards, ...newLimits(network, next.network)];
  if (prefix === undefined || data === undefined) return { ...scenario, guards, changed: next };
  const { id, announce } = groups[index];
  const announcements =
    data.announcements === undefined
      ? undefined
      : new Map(
          [...data.announcements].map(([site, reading]): [string, Reading<Announced>] => {
            if (!announce.ipv4.some((at) => network.sites[at].id === site)) return [site, reading];
            return [site, { ...reading, value: { ...reading.value, prefixes: [...reading.value.prefixes, prefix] } }];
          }),
        );
  const validity =
    data.validity === undefined
      ? undefined
      : new Map(data.validity).set(routeKey(id, 'ipv4'), fresh({ state: 'valid' as const, cause: 'what if' }, now));
  const told: NetworkData = {
    ...data,
    ...(announcements === undefined ? {} : { announcements }),
    ...(validity === undefined ? {} : { validity }),
  };
  return { ...scenario, guards, changed: { ...next, data: told } };
}

/** What sessions and routers would not take of one network, or hardly, that they do of another. */
function newLimits(before: Network, after: Network): GuardFinding[] {
  const known = new Set(limitFindings(before).map(({ message }) => message));
  return limitFindings(after)
    .filter(({ message }) => !known.has(message))
    .map(({ guard, isExceeded, message }) => ({ guard, refuses: isExceeded, message }));
}

/** VIPs that are new in a group are checked where those of IPv6 are, and well. */
function checkedAlike({ network, verdicts, now }: World, group: number): Verdicts {
  const { id } = network.groups[group];
  const checked = network.services.filter(({ id: service }) => verdicts.has(targetKey(service, id, 'ipv6')));
  const up: Verdict = { state: 'up', since: now, cause: 'what if', last: 'up' };
  return new Map([
    ...verdicts,
    ...checked.map(({ id: service }): [string, Verdict] => [targetKey(service, id, 'ipv4'), up]),
  ]);
}

function addressIn(prefix: Prefix | undefined, service: number): Uint8Array {
  const octets = prefix === undefined ? new Uint8Array(4) : Uint8Array.from(prefix.address);
  octets[3] += (service + 1) & 0xff;
  return octets;
}

/** @param taken how many hosts of each assignment of the world moves have taken so far */
function withMove(
  scenario: Scenario,
  { world: measured, plan }: Decided,
  move: MoveChange,
  taken: number[],
): Scenario | ChangeProblem {
  const { base, changed } = scenario;
  const hosts = [...(base.demand?.hosts ?? [])];
  const [stay, go]: [Assignment[], Assignment[]] = [[...base.assignments], [...changed.assignments]];
  const arrivals: Arrival[] = [];
  for (const [a, count] of move.hosts.entries()) {
    if (count === 0) continue;
    taken[a] += count;
    if (hosts[a] < count)
      return { code: 'invalid', message: 'two moves are about the same hosts; write moves of different hosts' };
    const to = assignmentInGroup(changed.network, changed.assignments[a], move.to, move.families);
    if (isProblem(to)) return to;
    arrivals.push(...arrivalsOf(changed, changed.assignments[a], to, count));
    hosts[a] -= count;
    hosts.push(count);
    stay.push(base.assignments[a]);
    go.push(to);
  }
  const destinations = new Map(arrivals.map(({ to: group, family }) => [`${group}/${family}`, { group, family }]));
  const findings = [
    ...judgeDestinations(changed, [...destinations.values()]),
    ...judgeArrivals(measured, plan, arrivals),
  ];
  const guards = [...scenario.guards, ...findings];
  if (!move.force && findings.some(({ refuses }) => refuses)) return { ...scenario, guards };
  const demand = { queries: new Map<string, number>(), ...base.demand, hosts };
  return {
    ...scenario,
    guards,
    base: { ...base, assignments: stay, demand },
    changed: { ...changed, assignments: go, demand },
  };
}

/** Hosts that are answered with another group than before. */
function arrivalsOf(world: World, before: Assignment, after: Assignment, hosts: number): Arrival[] {
  const groupOf = (assignment: Assignment, family: Family): number => {
    const { group } = explain(world, assignment, 0, family);
    return world.network.groups.findIndex(({ id }) => id === group);
  };
  return families.flatMap((family) => {
    const [from, to] = [groupOf(before, family), groupOf(after, family)];
    return from < 0 || to < 0 || from === to ? [] : [{ service: before.service, from, to, family, hosts }];
  });
}

function withNote(scenario: Scenario, isSo: boolean, note: string): Scenario {
  return isSo && !scenario.notes.includes(note) ? { ...scenario, notes: [...scenario.notes, note] } : scenario;
}

function fresh<T>(value: T, now: number): Reading<T> {
  return { value, observedAt: now, staleAt: Number.POSITIVE_INFINITY };
}

/** What is fresh stays so however long virtual time goes on, as it would while feeds are read on. What is stale stays stale. */
function lasting(data: NetworkData, now: number): NetworkData {
  const kept = <T>(
    readings: ReadonlyMap<string, Reading<T>> | undefined,
  ): ReadonlyMap<string, Reading<T>> | undefined =>
    readings === undefined
      ? undefined
      : new Map(
          [...readings].map(([key, reading]) => [
            key,
            isStale(reading, now) ? reading : { ...reading, staleAt: Number.POSITIVE_INFINITY },
          ]),
        );
  const { loads, catchments, validity, announcements, feeds } = data;
  return defined({
    loads: kept(loads),
    catchments: kept(catchments),
    validity: kept(validity),
    announcements: kept(announcements),
    feeds,
  });
}

/** Without keys of undefined value: to have none is to be asked for nothing. */
function defined(
  data: { [K in keyof NetworkData]: NetworkData[K] | undefined } & Pick<NetworkData, 'feeds'>,
): NetworkData {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as unknown as NetworkData;
}
