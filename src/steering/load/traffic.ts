/**
 * Which target's traffic a link carries, as well as it can be told: loads are measured by link, answers by target, and catchments say where a target's traffic enters.
 *
 * What the links of a site carry is divided among targets in proportion to what they are asked for times their share of the catchment at that site. A link of which
 * a feed tells the families apart is divided by family. Within a site traffic is spread over links as it is measured now. Pure.
 */
import {
  type AnswerSet,
  BUCKETS,
  type Family,
  families,
  type Network,
  type PerFamily,
  type Plan,
  targetKey,
  type World,
} from '../model.ts';
import {
  type Direction,
  directions,
  isStale,
  loadKey,
  type NetworkData,
  type PerDirection,
  type Reading,
} from '../network-data.ts';
import { bucketsOf } from '../shares.ts';
import { type SetWeight, setWeights } from '../weights.ts';
import { entryOf, landingOf, type Shares } from './landing.ts';
import { goneSites } from './lost.ts';

/** By so little of what is taken away sums of fractions may be wrong. */
const DUST = 1e-9;

/** Bits per second by index of a site. */
export type BySite = readonly number[];

/** What is known of a link in one direction. */
export interface LinkLoad {
  /** Bits per second; 0 where nothing was ever said. */
  readonly load: number;
  /** `none`: nothing was ever said of it. */
  readonly known: 'fresh' | 'stale' | 'none';
  /** Unix milliseconds; 0: never. */
  readonly observedAt: number;
  /** Its part of what its site carries, 0 to 1. */
  readonly part: number;
}

/** What a target is asked for, and carries. */
export interface Flow {
  readonly service: number;
  readonly group: number;
  readonly family: Family;
  /** Answers a second, or hosts where nobody counts answers. */
  readonly weight: number;
  readonly bits: PerDirection<BySite>;
}

export interface Traffic {
  readonly network: Network;
  /** By index of a link. */
  readonly links: readonly PerDirection<LinkLoad>[];
  /** By target. One that nobody asks for is absent. */
  readonly flows: ReadonlyMap<string, Flow>;
  /** What sites carry of no target that is known: nobody asks for what enters there. It stays where it is. */
  readonly rest: PerDirection<BySite>;
  /** By target what of the weights of sets hangs on it: what changes are reckoned from (`predict`). */
  readonly weights: ReadonlyMap<string, TargetWeight>;
  /** By group where its traffic enters. */
  readonly entries: readonly PerFamily<Shares>[];
  /** Sites that are lost already (`goneSites`): nothing enters, leaves or lands there, whatever was measured last. */
  readonly gone: ReadonlySet<number>;
}

/** @param plan the one under which `world.demand` was counted */
export function trafficOf(measured: Omit<World, 'held' | 'freezes'>, plan: Plan): Traffic {
  const { network } = measured;
  const gone = goneSites(measured);
  const world = gone.size === 0 ? measured : { ...measured, ...withoutLoads(measured, gone) };
  const entry = (group: number, family: Family): Shares =>
    landingOf(network, group, entryOf(world, group, family), 'in', gone);
  const entries = network.groups.map(
    (_, group): PerFamily<Shares> => ({ ipv4: entry(group, 'ipv4'), ipv6: entry(group, 'ipv6') }),
  );
  const planned = targetWeights(network, plan, setWeights(world, plan));
  const weights = countedWeights(world) ?? [...planned.values()];
  const parts = {
    in: attributed(world, weights, entries, gone, 'in'),
    out: attributed(world, weights, entries, gone, 'out'),
  };
  const flows = weights.map(({ key, ...target }, i): [string, Flow] => [
    key,
    { ...target, bits: { in: parts.in.bits[i], out: parts.out.bits[i] } },
  ]);
  const loads = { in: linkLoads(world, 'in'), out: linkLoads(world, 'out') };
  return {
    network,
    links: network.links.map((_, link) => ({ in: loads.in[link], out: loads.out[link] })),
    flows: new Map(flows),
    rest: { in: parts.in.rest, out: parts.out.rest },
    weights: planned,
    entries,
    gone,
  };
}

/** As if nobody had ever measured the links of some sites. */
function withoutLoads(
  { network, data }: Pick<World, 'network' | 'data'>,
  sites: ReadonlySet<number>,
): Pick<World, 'data'> {
  if (data?.loads === undefined) return {};
  const loads = new Map(data.loads);
  for (const { id, site } of network.links)
    if (sites.has(site))
      for (const direction of directions)
        for (const family of [undefined, ...families]) loads.delete(loadKey(id, direction, family));
  return { data: { ...data, loads } };
}

export interface TargetWeight extends Omit<Flow, 'bits'> {
  readonly key: string;
}

/**
 * By target what of the weights of sets hangs on it. The same weights put to another plan with the same sets say what would hang on its targets.
 * @param weights by number of a set: queries count, or hosts where nobody counts queries
 */
export function targetWeights(
  network: Network,
  plan: Pick<Plan, 'sets' | 'origins'>,
  weights: readonly SetWeight[],
): Map<string, TargetWeight> {
  const unit = unitOf(weights);
  const found = new Map<string, TargetWeight>();
  plan.sets.forEach((set, i) => {
    addSet(network, found, set, plan.origins[i], weights[i]?.[unit] ?? 0);
  });
  return found;
}

/** The same under another plan of the same sets, from what hangs on targets under the one before: only sets that are others cost anything. */
export function changedWeights(
  network: Network,
  { before, after, weights }: { readonly before: Plan; readonly after: Plan; readonly weights: readonly SetWeight[] },
  known: ReadonlyMap<string, TargetWeight>,
): ReadonlyMap<string, TargetWeight> {
  const unit = unitOf(weights);
  const found = new Map(known);
  after.sets.forEach((set, i) => {
    const weight = weights[i]?.[unit] ?? 0;
    if (set === before.sets[i] || weight === 0) return;
    addSet(network, found, before.sets[i], before.origins[i], -weight);
    addSet(network, found, set, after.origins[i], weight);
  });
  return found;
}

/** What weights are counted by. */
function unitOf(weights: readonly SetWeight[]): keyof SetWeight {
  return weights.some(({ queries }) => queries > 0) ? 'queries' : 'hosts';
}

/** What hangs on a set's targets, more or less. */
function addSet(
  network: Network,
  weights: Map<string, TargetWeight>,
  { answers, spread }: AnswerSet,
  origin: Plan['origins'][number],
  weight: number,
): void {
  if (origin === undefined || weight === 0) return;
  const { family } = origin;
  const buckets = spread === undefined ? [BUCKETS] : bucketsOf(spread.map, answers.length);
  answers.forEach(({ service, group }, a) => {
    if (buckets[a] === 0) return;
    const key = targetKey(network.services[service].id, network.groups[group].id, family);
    const was = weights.get(key)?.weight ?? 0;
    const sum = was + (weight * buckets[a]) / BUCKETS;
    // Nothing is left where fractions alone are.
    weights.set(key, { key, service, group, family, weight: Math.abs(sum) < DUST * Math.abs(weight) ? 0 : sum });
  });
}

/** What was counted by target; undefined where nobody counts. */
function countedWeights({ network, demand }: Pick<World, 'network' | 'demand'>): TargetWeight[] | undefined {
  if (demand === undefined || demand.queries.size === 0) return undefined;
  const weights = network.services.flatMap(({ id }, service) =>
    network.groups.flatMap((group, g) =>
      families.flatMap((family): TargetWeight[] => {
        const key = targetKey(id, group.id, family);
        const weight = demand.queries.get(key) ?? 0;
        return weight > 0 ? [{ key, service, group: g, family, weight }] : [];
      }),
    ),
  );
  return weights.length === 0 ? undefined : weights;
}

/** What the links of sites carry, divided among targets. */
function attributed(
  { network, data }: Pick<World, 'network' | 'data'>,
  weights: readonly TargetWeight[],
  entries: readonly PerFamily<Shares>[],
  gone: ReadonlySet<number>,
  direction: Direction,
): { bits: number[][]; rest: number[] } {
  const carried = carriedOf(network, data, direction);
  const landings = network.groups.map(
    (_, group): PerFamily<Shares> => ({
      ipv4: landingOf(network, group, entries[group].ipv4, direction, gone),
      ipv6: landingOf(network, group, entries[group].ipv6, direction, gone),
    }),
  );
  const bits = weights.map((): number[] => network.sites.map(() => 0));
  const rest = network.sites.map((_, site) => {
    const claims: { readonly of: number; readonly family: Family; readonly claim: number }[] = [];
    for (const [of, { group, family, weight }] of weights.entries()) {
      const claim = weight * landings[group][family][site];
      if (claim > 0) claims.push({ of, family, claim });
    }
    const divide = (amount: number, family?: Family): number => {
      if (amount === 0) return 0;
      const claimants = family === undefined ? claims : claims.filter((each) => each.family === family);
      const total = claimants.reduce((sum, { claim }) => sum + claim, 0);
      if (total === 0) return amount;
      for (const { of, claim } of claimants) bits[of][site] += (amount * claim) / total;
      return 0;
    };
    const { both, ipv4, ipv6 } = carried[site];
    return divide(both) + divide(ipv4, 'ipv4') + divide(ipv6, 'ipv6');
  });
  return { bits, rest };
}

/** By site what its links carry: of links that tell families apart by family. */
function carriedOf(
  { sites, links }: Network,
  data: NetworkData | undefined,
  direction: Direction,
): Record<'both' | Family, number>[] {
  const carried = sites.map(() => ({ both: 0, ipv4: 0, ipv6: 0 }));
  for (const { id, site } of links) {
    const whole = data?.loads?.get(loadKey(id, direction))?.value ?? 0;
    const parts = families.map((family) => data?.loads?.get(loadKey(id, direction, family))?.value);
    if (parts.every((part) => part === undefined)) carried[site].both += whole;
    else {
      // Of two the one that is told says the other.
      const ipv4 = Math.min(whole, parts[0] ?? Math.max(0, whole - (parts[1] ?? 0)));
      carried[site].ipv4 += ipv4;
      carried[site].ipv6 += whole - ipv4;
    }
  }
  return carried;
}

function linkLoads({ network, data, now }: Pick<World, 'network' | 'data' | 'now'>, direction: Direction): LinkLoad[] {
  const { sites, links } = network;
  const readings = links.map(({ id }) => data?.loads?.get(loadKey(id, direction)));
  const loads = readings.map((reading) => reading?.value ?? 0);
  const bySite = sites.map((_, site) => sumWhere(links, loads, site));
  const capacities = links.map(({ capacity }) => capacity[direction]);
  const capacityBySite = sites.map((_, site) => sumWhere(links, capacities, site));
  return links.map(({ site }, i) => ({
    load: loads[i],
    known: knownOf(readings[i], now),
    observedAt: readings[i]?.observedAt ?? 0,
    part: bySite[site] > 0 ? loads[i] / bySite[site] : capacities[i] / capacityBySite[site],
  }));
}

function knownOf(reading: Reading<number> | undefined, now: number): LinkLoad['known'] {
  if (reading === undefined) return 'none';
  return isStale(reading, now) ? 'stale' : 'fresh';
}

function sumWhere(links: Network['links'], values: readonly number[], site: number): number {
  return values.reduce((sum, value, i) => (links[i].site === site ? sum + value : sum), 0);
}

/** What a target carries in a direction, all sites together. */
export function volumeOf({ bits }: Pick<Flow, 'bits'>, direction: Direction): number {
  return bits[direction].reduce((sum, each) => sum + each, 0);
}
