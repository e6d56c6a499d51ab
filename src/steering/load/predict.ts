/** Which loads links would have after a change of answers, of demand, or after failures. Pure. */
import { families, type Network, type PerFamily } from '../model.ts';
import { type Direction, directions, type PerDirection, routeKey } from '../network-data.ts';
import { landingOf } from './landing.ts';
import { type Flow, type TargetWeight, type Traffic, volumeOf } from './traffic.ts';

export interface Change {
  /**
   * By target what would hang on it, counted as the traffic's own `weights` are; as now when left out. What a target loses it gives to those of its service and family that
   * gain, in proportion.
   */
  readonly weights?: ReadonlyMap<string, TargetWeight>;
  /** Of all traffic; 1.5 is half as much again. */
  readonly scale?: number;
  /** Indexes. A site whose links are all lost is lost. */
  readonly lostSites?: ReadonlySet<number>;
  readonly lostLinks?: ReadonlySet<number>;
}

export interface PredictedLoad {
  /** Bits per second. */
  readonly load: number;
  /** Of the capacity. A lost link has none, and no load. */
  readonly ratio: number;
}

export interface Prediction {
  /** By index of a link. */
  readonly links: readonly PerDirection<PredictedLoad>[];
  /** Bits per second that go nowhere: what nobody is known to ask for at a lost site, what has no site left, and what leaves a target while none gains. */
  readonly lost: PerDirection<number>;
  /** Groups and families (`zurich/ipv6`) that had traffic, and have no site left where it could enter. */
  readonly stranded: readonly string[];
}

const NONE: ReadonlySet<number> = new Set();

export function predict(traffic: Traffic, change: Change = {}): Prediction {
  const { network, rest } = traffic;
  const { weights, scale = 1, lostLinks = NONE } = change;
  const lostSites = sitesLost(network, new Set([...(change.lostSites ?? NONE), ...traffic.gone]), lostLinks);
  const lost = { in: 0, out: 0 };
  const stranded = new Set<string>();
  const bySite = {} as Record<Direction, number[]>;
  for (const direction of directions) {
    const sites = rest[direction].map((bits, site) => {
      if (!lostSites.has(site)) return bits * scale;
      lost[direction] += bits * scale;
      return 0;
    });
    const after = flowsAfter(traffic, weights, direction);
    lost[direction] += after.lost * scale;
    for (const [key, { group, family, bits }] of after.routes) {
      const homeless = bits.reduce((sum, each, site) => (lostSites.has(site) ? sum + each : sum), 0) * scale;
      bits.forEach((each, site) => {
        if (!lostSites.has(site)) sites[site] += each * scale;
      });
      if (homeless === 0) continue;
      const shares = landingOf(network, group, traffic.entries[group][family], direction, lostSites);
      if (shares.some((share) => share > 0)) addTo(sites, shares, homeless);
      else {
        lost[direction] += homeless;
        stranded.add(key);
      }
    }
    bySite[direction] = sites;
  }
  const links = network.links.map((_, link): PerDirection<PredictedLoad> => {
    const of = (direction: Direction): PredictedLoad => {
      const load = bySite[direction][network.links[link].site] * partOf(traffic, link, direction, lostLinks);
      return { load, ratio: load / network.links[link].capacity[direction] };
    };
    return { in: of('in'), out: of('out') };
  });
  return { links, lost, stranded: [...stranded].sort() };
}

/** A link's part of what its site carries when links are lost: theirs goes to the others by capacity. */
export function partOf(
  { network, links }: Traffic,
  link: number,
  direction: Direction,
  lostLinks: ReadonlySet<number>,
): number {
  if (lostLinks.has(link)) return 0;
  const { site, capacity } = network.links[link];
  let part = 0;
  let room = 0;
  network.links.forEach((other, i) => {
    if (other.site !== site) return;
    if (lostLinks.has(i)) part += links[i][direction].part;
    else room += other.capacity[direction];
  });
  return links[link][direction].part + (part * capacity[direction]) / room;
}

/** The sites that are lost with these links. One that never had a link carries nothing that is known. */
export function sitesLost(
  { sites, links }: Network,
  lostSites: ReadonlySet<number>,
  lostLinks: ReadonlySet<number>,
): ReadonlySet<number> {
  if (lostLinks.size === 0) return lostSites;
  const cut = sites.flatMap((_, site) => {
    const own = links.flatMap((link, i) => (link.site === site ? [i] : []));
    return own.length > 0 && own.every((link) => lostLinks.has(link)) ? [site] : [];
  });
  return new Set([...lostSites, ...cut]);
}

function addTo(sums: number[], amounts: readonly number[], times: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] += amounts[i] * times;
}

interface RouteFlow extends Pick<Flow, 'group' | 'family'> {
  readonly bits: number[];
}

/** By traffic what its targets carry as it is: asked for again and again of the same traffic, in changes that are about few of them. */
const present = new WeakMap<Traffic, PerDirection<ReadonlyMap<string, RouteFlow>>>();

/** By `routeKey` what its targets carry now. */
function routesNow(traffic: Traffic): PerDirection<ReadonlyMap<string, RouteFlow>> {
  let known = present.get(traffic);
  if (known === undefined) {
    const of = (direction: Direction): ReadonlyMap<string, RouteFlow> => {
      const routes = new Map<string, RouteFlow>();
      for (const flow of traffic.flows.values()) addRoute(traffic, routes, flow, flow.bits[direction], 1);
      return routes;
    };
    present.set(traffic, (known = { in: of('in'), out: of('out') }));
  }
  return known;
}

function addRoute(
  { network }: Traffic,
  routes: Map<string, RouteFlow>,
  { group, family }: Pick<Flow, 'group' | 'family'>,
  amounts: readonly number[],
  times: number,
): void {
  const key = routeKey(network.groups[group].id, family);
  const route = routes.get(key) ?? { group, family, bits: network.sites.map(() => 0) };
  routes.set(key, route);
  addTo(route.bits, amounts, times);
}

/** By `routeKey` what its targets would carry in a direction, while nothing fails; `lost` is what no target takes over. */
function flowsAfter(
  traffic: Traffic,
  weights: Change['weights'],
  direction: Direction,
): { readonly routes: ReadonlyMap<string, RouteFlow>; readonly lost: number } {
  const { network, flows, entries, gone, weights: now } = traffic;
  const routes = new Map<string, RouteFlow>();
  for (const [key, { bits, ...route }] of routesNow(traffic)[direction]) routes.set(key, { ...route, bits: [...bits] });
  if (weights === undefined) return { routes, lost: 0 };
  // By service: what leaves targets of a family, and by how much others gain.
  const moved = network.services.map((): PerFamily<{ bits: number; gained: number }> => {
    const none = (): { bits: number; gained: number } => ({ bits: 0, gained: 0 });
    return { ipv4: none(), ipv6: none() };
  });
  for (const [key, flow] of flows) {
    const was = now.get(key)?.weight ?? 0;
    // What no plan leads there comes from answers of before, and goes on.
    const left = was === 0 ? 1 : Math.min(1, (weights.get(key)?.weight ?? 0) / was);
    if (left === 1) continue;
    addRoute(traffic, routes, flow, flow.bits[direction], left - 1);
    moved[flow.service][flow.family].bits += volumeOf(flow, direction) * (1 - left);
  }
  const gains: { readonly after: TargetWeight; readonly gained: number }[] = [];
  for (const [key, after] of weights) {
    const gained = after.weight - (now.get(key)?.weight ?? 0);
    if (gained > 0) gains.push({ after, gained });
  }
  for (const { after, gained } of gains) moved[after.service][after.family].gained += gained;
  for (const { after, gained } of gains) {
    const { group, family } = after;
    const { bits, gained: all } = moved[after.service][family];
    addRoute(
      traffic,
      routes,
      after,
      landingOf(network, group, entries[group][family], direction, gone),
      (bits * gained) / all,
    );
  }
  const untaken = moved.flatMap((of) => families.map((family) => (of[family].gained > 0 ? 0 : of[family].bits)));
  return { routes, lost: untaken.reduce((sum, bits) => sum + bits, 0) };
}
