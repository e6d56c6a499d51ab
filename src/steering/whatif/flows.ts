/**
 * What hosts and queries are led from where to where between two plans, by what hangs on their sets, never by host. The plans are of the same assignments, in the
 * same order: then what hangs on a row of one hangs on that row of the other.
 */
import {
  type AnswerSet,
  BUCKETS,
  type Family,
  families,
  type Network,
  type Plan,
  targetKey,
  type World,
} from '../model.ts';
import { bucketsOf } from '../shares.ts';
import { type SetWeight, setWeights } from '../weights.ts';

/** Hosts and answers a second that go from one group to another. */
export interface Flow {
  /** Index of the service. */
  readonly service: number;
  readonly family: Family;
  /** Indexes of groups; -1: no answer. */
  readonly from: number;
  readonly to: number;
  readonly hosts: number;
  readonly queries: number;
}

/** What is answered badly, or not at all. */
export interface Trouble {
  /** Nothing was usable: the least bad group answers, or nobody does. */
  readonly lastResort: SetWeight;
  /** Answered with a target that is dead: as the last resort, or by an operator's force or freeze. */
  readonly dead: SetWeight;
  /** Either. */
  readonly unserved: SetWeight;
}

/** What hangs on a set of the plan before and one of a later plan alike. */
interface Pair extends SetWeight {
  readonly service: number;
  readonly family: Family;
  /** Numbers of sets. */
  readonly before: number;
  readonly after: number;
}

/** In one of two sets, by bucket, a number that stands for its answer. */
const NOBODY = -1;

/** A plan with what hangs on it, to which later ones are held. */
export class Footing {
  readonly plan: Plan;
  readonly weights: readonly SetWeight[];
  readonly #world: World;
  #pairs: { readonly rows: Plan['rows']; readonly list: readonly Pair[] } | undefined;

  /** @param weights what hangs on each of the plan's sets; as counted in the world, of which the plan must then be */
  constructor(world: World, plan: Plan, weights: readonly SetWeight[] = setWeights(world, plan)) {
    this.#world = world;
    this.plan = plan;
    this.weights = weights;
  }

  /** Of one family: a host counts in each that it has. */
  get totals(): Readonly<Record<Family, SetWeight>> {
    const { origins } = this.plan;
    const total = (family: Family): SetWeight => sum(this.weights.filter((_, i) => origins[i]?.family === family));
    return { ipv4: total('ipv4'), ipv6: total('ipv6') };
  }

  /** Everything that is answered otherwise, most hosts first. */
  flowsTo(plan: Plan): Flow[] {
    const flows = new Map<string, Flow>();
    for (const { service, family, before, after, hosts, queries } of this.#pairsWith(plan)) {
      if (this.plan.sets[before] === plan.sets[after]) continue;
      for (const { from, to, part } of exchange(this.plan.sets[before], plan.sets[after])) {
        const key = `${service} ${family} ${from} ${to}`;
        const sofar = flows.get(key);
        flows.set(key, {
          service,
          family,
          from,
          to,
          hosts: (sofar?.hosts ?? 0) + hosts * part,
          queries: (sofar?.queries ?? 0) + queries * part,
        });
      }
    }
    return [...flows.values()]
      .filter(({ hosts, queries }) => hosts > 0 || queries > 0)
      .sort(
        (a, b) => b.hosts - a.hosts || b.queries - a.queries || a.service - b.service || a.from - b.from || a.to - b.to,
      );
  }

  /** What hangs on each set of a plan, by its number: what is asked for stays the same. */
  weightsUnder(plan: Plan): readonly SetWeight[] {
    if (plan.rows === this.plan.rows) return this.weights;
    const weights = plan.sets.map(() => ({ hosts: 0, queries: 0 }));
    for (const { after, hosts, queries } of this.#pairsWith(plan)) {
      weights[after].hosts += hosts;
      weights[after].queries += queries;
    }
    return weights;
  }

  /** The same hosts and queries under a later plan. */
  under(plan: Plan): Footing {
    if (plan === this.plan) return this;
    const next = new Footing(this.#world, plan, this.weightsUnder(plan));
    // Sets that keep their numbers keep what hangs on them.
    if (plan.rows === this.plan.rows) next.#pairs = this.#pairs?.rows === plan.rows ? this.#pairs : undefined;
    return next;
  }

  /** By index of a group what it answers under a plan, in a family. */
  byGroup(plan: Plan, network: Network, family: Family): SetWeight[] {
    const found = network.groups.map(() => ({ hosts: 0, queries: 0 }));
    for (const pair of this.#pairsWith(plan)) {
      if (pair.family !== family) continue;
      for (const { group, part } of partsOf(plan.sets[pair.after])) {
        found[group].hosts += pair.hosts * part;
        found[group].queries += pair.queries * part;
      }
    }
    return found;
  }

  /** Hosts by target. */
  byTarget({ services, groups }: Network): Map<string, number> {
    const found = new Map<string, number>();
    for (const { service, family, before, hosts } of this.#pairsWith(this.plan))
      for (const { group, part } of partsOf(this.plan.sets[before])) {
        const key = targetKey(services[service].id, groups[group].id, family);
        found.set(key, (found.get(key) ?? 0) + hosts * part);
      }
    return found;
  }

  /** What is answered badly under a plan. @param dead targets nobody answers at, by key */
  troubleIn(plan: Plan, network: Network, dead: ReadonlyMap<string, string>): Trouble {
    const lastResort: SetWeight[] = [];
    const atDead: SetWeight[] = [];
    const unserved: SetWeight[] = [];
    const isDead = deadTest(network, dead);
    for (const { service, family, after, hosts, queries } of this.#pairsWith(plan)) {
      const set = plan.sets[after];
      const take = (part: number, ...to: SetWeight[][]): void => {
        for (const list of to) list.push({ hosts: hosts * part, queries: queries * part });
      };
      if (set.failure === true) take(1, lastResort, unserved);
      for (const { group, part, isLastResort } of partsOf(set)) {
        const atDeadOne = isDead(service, group, family);
        if (isLastResort) take(part, lastResort);
        if (atDeadOne) take(part, atDead);
        if (isLastResort || atDeadOne) take(part, unserved);
      }
    }
    return { lastResort: sum(lastResort), dead: sum(atDead), unserved: sum(unserved) };
  }

  #pairsWith(plan: Plan): readonly Pair[] {
    if (this.#pairs?.rows !== plan.rows) {
      const list = plan.rows === this.plan.rows ? this.#same() : this.#aligned(plan);
      this.#pairs = { rows: plan.rows, list };
    }
    return this.#pairs.list;
  }

  /** Sets have kept their numbers. */
  #same(): Pair[] {
    return this.plan.origins.flatMap((origin, i) => {
      if (origin === undefined) return [];
      const { family, assignment } = origin;
      return [{ service: assignment.service, family, before: i, after: i, ...this.weights[i] }];
    });
  }

  #aligned(after: Plan): Pair[] {
    const { assignments, classes, demand } = this.#world;
    const before = this.plan;
    const found = new Map<string, { -readonly [K in keyof Pair]: Pair[K] }>();
    assignments.forEach(({ service }, a) => {
      const count = demand?.hosts[a] ?? 0;
      if (count === 0) return;
      const use = before.clients[a];
      const width = use === undefined || use.policy < 0 ? 1 : Math.max(1, classes[use.policy]?.length ?? 1);
      for (let c = 0; c < width; c++)
        families.forEach((family, f) => {
          const [was, is] = [before, after].map(
            ({ rows, classes: room }) => rows[(a * room + Math.min(c, room - 1)) * 2 + f],
          );
          const weight = this.weights[was];
          const hosts = count / width;
          const queries = weight.hosts > 0 ? (weight.queries * hosts) / weight.hosts : 0;
          const key = `${service} ${family} ${was} ${is}`;
          const pair = found.get(key);
          if (pair === undefined) found.set(key, { service, family, before: was, after: is, hosts, queries });
          else {
            pair.hosts += hosts;
            pair.queries += queries;
          }
        });
    });
    return [...found.values()];
  }
}

/** Whether a target is one of these: by numbers, since it is asked of each set that leads anywhere. */
function deadTest(
  { services, groups }: Network,
  dead: ReadonlyMap<string, string>,
): (service: number, group: number, family: Family) => boolean {
  if (dead.size === 0) return () => false;
  const numberOf = (service: number, group: number, family: Family): number =>
    (service * groups.length + group) * families.length + families.indexOf(family);
  const [byService, byGroup] = [services, groups].map((list) => new Map(list.map(({ id }, i) => [id, i])));
  const numbers = new Set<number>();
  for (const key of dead.keys()) {
    const [service, group, family] = key.split('/') as [string, string, Family];
    numbers.add(numberOf(byService.get(service) ?? -1, byGroup.get(group) ?? -1, family));
  }
  return (service, group, family) => numbers.has(numberOf(service, group, family));
}

/** Which groups a set's buckets go to. */
function partsOf({ answers, spread }: AnswerSet): { group: number; part: number; isLastResort: boolean }[] {
  const buckets = spread === undefined ? [BUCKETS] : bucketsOf(spread.map, answers.length);
  return answers.flatMap(({ group, lastResort }, i) =>
    buckets[i] === 0 ? [] : [{ group, part: buckets[i] / BUCKETS, isLastResort: lastResort }],
  );
}

/** What goes from where to where between two sets of the same hosts, as parts of all buckets. What stays is left out. */
function exchange(one: AnswerSet, other: AnswerSet): { from: number; to: number; part: number }[] {
  const groupOf = ({ answers }: AnswerSet, i: number): number => answers[i]?.group ?? NOBODY;
  const counts =
    one.spread === undefined && other.spread === undefined
      ? [[0, 0, BUCKETS] as const]
      : joint(one.spread?.map, other.spread?.map);
  return counts.flatMap(([a, b, buckets]) => {
    const [from, to] = [groupOf(one, a), groupOf(other, b)];
    return from === to ? [] : [{ from, to, part: buckets / BUCKETS }];
  });
}

/** Stands for the map of a set that is not shared out. */
const ALL_FIRST = new Uint8Array(BUCKETS);

type Joint = readonly (readonly [one: number, other: number, buckets: number])[];

/** By both maps, which are never changed. */
const joints = new WeakMap<Uint8Array, WeakMap<Uint8Array, Joint>>();

/** How many buckets have this place in one map and that in the other. Without a map all have the first place. */
function joint(one: Uint8Array = ALL_FIRST, other: Uint8Array = ALL_FIRST): Joint {
  let byOther = joints.get(one);
  if (byOther === undefined) joints.set(one, (byOther = new WeakMap()));
  let found = byOther.get(other);
  if (found === undefined) {
    const counts = new Uint32Array(65536);
    for (let bucket = 0; bucket < BUCKETS; bucket++) counts[(one[bucket] << 8) | other[bucket]]++;
    const list: [number, number, number][] = [];
    counts.forEach((count, at) => {
      if (count > 0) list.push([at >>> 8, at & 0xff, count]);
    });
    byOther.set(other, (found = list));
  }
  return found;
}

function sum(weights: readonly SetWeight[]): SetWeight {
  let [hosts, queries] = [0, 0];
  for (const weight of weights) {
    hosts += weight.hosts;
    queries += weight.queries;
  }
  return { hosts, queries };
}
