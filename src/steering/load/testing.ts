/** Small worlds with loads, for tests of what is decided by them. */
import type { Freeze } from '../guards/history.ts';
import { plainGuards } from '../guards/rules.ts';
import {
  type Assignment,
  BUCKETS,
  type Family,
  families,
  type Group,
  type Link,
  type Network,
  type Plan,
  planSet,
  targetKey,
  type Verdict,
  type World,
} from '../model.ts';
import { type Direction, directions, loadKey, type NetworkData, type Reading } from '../network-data.ts';
import { noClasses, plainPolicy } from '../policy.ts';
import type { Decided } from '../redecide.ts';
import { bucketsOf } from '../shares.ts';
import { step } from '../step.ts';
import { type LoadHistory, NO_LOAD } from './diversion.ts';
import { entryOf, landingOf } from './landing.ts';
import type { LoadRules } from './rules.ts';

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
  readonly loadSteering?: LoadRules;
}

/** Every service has a VIP of both families in every group. */
export function networkOf({ sites, groups, services = ['web'], loadSteering }: NetworkSetup): Network {
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
    ...(loadSteering === undefined ? {} : { loadSteering }),
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

/** How a network's hosts are used, and what its links carry of that as the engine decides: traffic follows each decision at once, and is measured without a fault. */
export class Town {
  readonly network: Network;
  /** Gbit/s that enter for the host at home in a group, by `zurich/ipv6`. */
  asked: Readonly<Record<string, number>>;
  /** Gbit/s by site that has nothing to do with us. */
  foreign: Readonly<Record<string, number>> = {};
  verdicts: ReadonlyMap<string, Verdict> = new Map();
  freezes: readonly Freeze[] = [];
  /** Nothing is measured any longer. */
  isBlind = false;
  /** By index of a site: it is lost, with whoever measured it. */
  readonly lost = new Set<number>();
  now = NOW;
  decided: Decided;
  readonly #assignments: readonly Assignment[];
  #data: NetworkData | undefined;
  #queries: ReadonlyMap<string, number> = new Map();

  constructor(network: Network, asked: Readonly<Record<string, number>>) {
    this.network = network;
    this.asked = asked;
    this.#assignments = oneInEach(network);
    this.decided = step(this.world, undefined);
    this.measure();
  }

  get world(): World {
    return {
      network: this.network,
      assignments: this.#assignments,
      forces: NONE,
      verdicts: this.verdicts,
      classes: CLASSES,
      freezes: this.freezes,
      demand: { hosts: this.#assignments.map(() => 1), queries: this.#queries },
      ...(this.#data === undefined ? {} : { data: this.#data }),
      now: this.now,
    };
  }

  get load(): LoadHistory {
    return this.decided.world.history?.load ?? NO_LOAD;
  }

  /** What targets get of what is asked, in Gbit/s. @param plan the one that is answered unless another is given */
  targets(plan: Plan = this.decided.plan): Map<string, number> {
    const { groups, services } = this.network;
    const found = new Map<string, number>();
    groups.forEach(({ id }, home) => {
      for (const family of families) {
        const volume = this.asked[`${id}/${family}`] ?? 0;
        const { answers, spread } = planSet(plan, home, 0, family);
        const buckets = spread === undefined ? [BUCKETS] : bucketsOf(spread.map, answers.length);
        answers.forEach(({ group }, i) => {
          const key = targetKey(services[0].id, groups[group].id, family);
          const part = (volume * buckets[i]) / BUCKETS;
          if (part > 0) found.set(key, (found.get(key) ?? 0) + part);
        });
      }
    });
    return found;
  }

  /** By link the part of its capacity that is used by what enters. */
  used(plan: Plan = this.decided.plan): Record<string, number> {
    const { sites, groups, links } = this.network;
    const bySite = sites.map(({ id }) => this.foreign[id] ?? 0);
    for (const [key, volume] of this.targets(plan)) {
      const [, id, family] = key.split('/') as [string, string, Family];
      const index = groups.findIndex((group) => group.id === id);
      const entry = entryOf({ network: this.network }, index, family);
      landingOf(this.network, index, entry, 'in', this.lost).forEach((share, site) => {
        bySite[site] += volume * share;
      });
    }
    const total = sites.map((_, s) => links.reduce((sum, l) => (l.site === s ? sum + l.capacity.in : sum), 0));
    return Object.fromEntries(links.map(({ id, site }) => [id, (bySite[site] * GBIT) / total[site]]));
  }

  /** Looks at what links carry. */
  measure(): this {
    if (this.isBlind) return this;
    const loads = Object.fromEntries(
      this.network.links.map(({ id, capacity }) => [id, (this.used()[id] * capacity.in) / GBIT]),
    );
    const before = this.#data?.loads;
    this.#data = loadsOf(loads, this.now);
    for (const { id, site } of this.network.links)
      if (this.lost.has(site))
        for (const key of directions.map((direction) => loadKey(id, direction))) this.#keep(key, before?.get(key));
    this.#queries = new Map([...this.targets()].map(([key, volume]) => [key, volume * 100]));
    return this;
  }

  /** What was said last goes on. */
  #keep(key: string, reading: Reading<number> | undefined): void {
    const loads = new Map(this.#data?.loads);
    if (reading === undefined) loads.delete(key);
    else loads.set(key, reading);
    this.#data = { feeds: [], loads };
  }

  /** A site is lost, with all that is served there alone. */
  lose(site: string): this {
    const { sites, groups, services } = this.network;
    const index = sites.findIndex(({ id }) => id === site);
    this.lost.add(index);
    this.verdicts = new Map([
      ...this.verdicts,
      ...groups.flatMap(({ id, instances }): [string, Verdict][] => {
        const verdict: Verdict = { state: 'down', since: this.now, cause: 'tcp: down' };
        if (instances.some((each) => each !== index)) return [];
        return services.flatMap((service) =>
          families.map((family): [string, Verdict] => [targetKey(service.id, id, family), verdict]),
        );
      }),
    ]);
    this.decided = step(this.world, this.decided);
    return this;
  }

  /** So much later: measured, and decided. @param times again */
  pass(ms: number, times = 1): this {
    for (let i = 0; i < times; i++) {
      this.now += ms;
      this.measure();
      this.decided = step(this.world, this.decided);
    }
    return this;
  }

  see(target: string, state: Verdict['state']): this {
    this.verdicts = new Map(this.verdicts).set(target, { state, since: this.now, cause: `tcp: ${state}` });
    this.decided = step(this.world, this.decided);
    return this;
  }
}

const CLASSES: World['classes'] = [[{ groups: [] }]];
const NONE: World['forces'] = [];
