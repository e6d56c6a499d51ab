/** Walks the engine through a time of failures and recoveries, a step at each, as the server takes them. */
import type { Prefix } from '../../src/net/prefix.ts';
import { explain } from '../../src/steering/explain.ts';
import { parseForces } from '../../src/steering/forces.ts';
import { type Freeze, nextLook } from '../../src/steering/guards/history.ts';
import { type GuardRules, plainGuards } from '../../src/steering/guards/rules.ts';
import {
  type Assignment,
  BUCKETS,
  type Choice,
  type Family,
  type Force,
  type Group,
  type Network,
  planSet,
  type Verdict,
  type World,
  type WorldDemand,
} from '../../src/steering/model.ts';
import type { NetworkData } from '../../src/steering/network-data.ts';
import type { Decided } from '../../src/steering/redecide.ts';
import { bucketsOf } from '../../src/steering/shares.ts';
import { step } from '../../src/steering/step.ts';
import { exampleNetwork } from './records.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** Without damping. */
export const OFF: GuardRules = (({ damping: _, hostDamping: __, ...rest }) => rest)(plainGuards);

/** The example network with a host in each of its groups. */
export class Walk {
  /** Every change of what any host is answered with, in IPv6: `zurich -> switzerland`. */
  readonly changes: string[] = [];
  /** Told of every step. */
  stepped: (decided: Decided) => void = () => {};
  readonly #network: Network;
  readonly #assignments: readonly Assignment[];
  #decided: Decided;
  #forces: readonly Force[] = [];
  #freezes: readonly Freeze[] = [];
  #data: NetworkData | undefined;
  #demand: WorldDemand | undefined;
  #verdicts: ReadonlyMap<string, Verdict>;
  #now = 0;

  constructor(guards: GuardRules = plainGuards, choice: Choice = { kind: 'ladder' }) {
    const policies = [{ ...exampleNetwork.policies[0], choice }];
    // One site a group, so that no fallback is passed over for a site that failed.
    const groups = exampleNetwork.groups.map((group, i) => ({ ...group, instances: [i], prefixes: prefixesOf(i) }));
    this.#network = { ...exampleNetwork, groups, guards, policies };
    this.#assignments = groups.map((_, group) => ({ service: 0, ipv4: group, ipv6: group, policy: 0, ttl: 60 }));
    this.#verdicts = new Map(
      groups.flatMap(({ id }) =>
        ['ipv4', 'ipv6'].map((family) => [`web/${id}/${family}`, { state: 'up', since: 0, cause: 'tcp: connected' }]),
      ),
    );
    this.#decided = step(this.world, undefined);
  }

  get now(): number {
    return this.#now;
  }

  get world(): World {
    return {
      network: this.#network,
      assignments: this.#assignments,
      forces: this.#forces,
      verdicts: this.#verdicts,
      classes: CLASSES,
      freezes: this.#freezes,
      ...(this.#data === undefined ? {} : { data: this.#data }),
      ...(this.#demand === undefined ? {} : { demand: this.#demand }),
      now: this.#now,
    };
  }

  get decided(): Decided {
    return this.#decided;
  }

  /** Time passes, with the steps the guards ask for on the way. */
  at(time: number): this {
    for (;;) {
      const next = nextLook(this.#decided.world.history!);
      if (next === undefined || next > time || next <= this.#now) break;
      this.#now = next;
      this.#step();
    }
    this.#now = time;
    this.#step();
    return this;
  }

  see(target: string, state: Verdict['state']): this {
    const verdict: Verdict = { state, since: this.#now, cause: `tcp: ${state}` };
    this.#verdicts = new Map(this.#verdicts).set(target, verdict);
    this.#step();
    return this;
  }

  force(states: Record<string, string>): this {
    this.#forces = parseForces(states, this.#network).forces;
    this.#step();
    return this;
  }

  /** Feeds say something else. */
  inform(data: NetworkData): this {
    this.#data = data;
    this.#step();
    return this;
  }

  /** Hosts of each group's assignment, and answers a second of targets. */
  count(hosts: readonly number[], queries: Readonly<Record<string, number>> = {}): this {
    this.#demand = { hosts, queries: new Map(Object.entries(queries)) };
    return this;
  }

  /** A restart: what is stored is what guards remember. */
  restart(): this {
    const { history } = this.#decided.world;
    this.#decided = step({ ...this.world, ...(history === undefined ? {} : { history }) }, undefined);
    return this;
  }

  freeze(freezes: readonly Freeze[]): this {
    this.#freezes = freezes;
    this.#step();
    return this;
  }

  /** The group that answers for the host in a group. */
  answers(group: string, family: Family = 'ipv6'): string {
    return this.groups(group, family)[0];
  }

  /** By group that answers, the part of the buckets of a group's hosts: 0 to 1. */
  parts(group: string, family: Family = 'ipv6'): Record<string, number> {
    const { answers, spread } = planSet(this.#decided.plan, this.#index(group), 0, family);
    const parts: Record<string, number> = {};
    const counts = spread === undefined ? [BUCKETS] : bucketsOf(spread.map, answers.length);
    answers.forEach((answer, i) => {
      const { id } = this.#network.groups[answer.group];
      if (counts[i] > 0) parts[id] = (parts[id] ?? 0) + counts[i] / BUCKETS;
    });
    return parts;
  }

  /** The groups that answer for the host in a group, if its answers are shared out. */
  groups(group: string, family: Family = 'ipv6'): string[] {
    const { answers, spread } = planSet(this.#decided.plan, this.#index(group), 0, family);
    const used = new Set(spread === undefined ? [0] : spread.map);
    return answers.filter((_, i) => used.has(i)).map((answer) => this.#network.groups[answer.group].id);
  }

  explained(group: string, family: Family = 'ipv6'): string {
    return explain(this.#decided.world, this.#assignments[this.#index(group)], 0, family).chain;
  }

  reasons(group: string, family: Family = 'ipv6'): string[] {
    const { candidates } = explain(this.#decided.world, this.#assignments[this.#index(group)], 0, family);
    return candidates.map(({ reason }) => reason);
  }

  /** What is held: target, guard, until when. */
  holds(): [target: string, guard: string, until: number][] {
    return [...this.#decided.world.history!.targets].flatMap(([key, { hold }]) =>
      hold === undefined ? [] : [[key, hold.guard, hold.until] as [string, string, number]],
    );
  }

  #index(group: string): number {
    return this.#network.groups.findIndex(({ id }) => id === group);
  }

  #step(): void {
    const before = this.#network.groups.map(({ id }) => this.groups(id).join());
    this.#decided = step(this.world, this.#decided);
    this.stepped(this.#decided);
    this.#network.groups.forEach(({ id }, i) => {
      const after = this.groups(id).join();
      if (after !== before[i]) this.changes.push(`${before[i]} -> ${after}`);
    });
  }
}

/** Of the group's VIPs in the example network. */
function prefixesOf(group: number): Group['prefixes'] {
  const { ipv4, ipv6 } = exampleNetwork.services[0].vips[group];
  const covering = (family: Family, vip: Uint8Array, length: number): Prefix => ({
    family,
    address: vip.map((octet, i) => (i < length / 8 ? octet : 0)),
    length,
  });
  return {
    ...(ipv4 === undefined ? {} : { ipv4: covering('ipv4', ipv4, 24) }),
    ...(ipv6 === undefined ? {} : { ipv6: covering('ipv6', ipv6, 48) }),
  };
}

const CLASSES: World['classes'] = [[{ groups: [] }]];
