/** Where traffic lands under other answers, with as much more as a scenario has, and less what enters nowhere. Pure. */
import { type PredictedLoad, type Prediction, predict } from '../load/predict.ts';
import { type TargetWeight, type Traffic, trafficOf } from '../load/traffic.ts';
import type { Plan, World } from '../model.ts';
import { directions, loadKey, type NetworkData, type PerDirection, routeKey } from '../network-data.ts';
import type { Outage } from './outage.ts';
import type { LoadFactors } from './scenario.ts';

export type Forecast = Pick<Prediction, 'links' | 'lost'>;

export class Forecaster {
  readonly #traffic: Traffic;
  /** Of it what has no prefix by which it could enter. */
  readonly #unheard: Traffic | undefined;
  readonly #scale: number;

  /**
   * @param plan    the one under which the world was measured
   * @param traffic of that world
   */
  constructor(world: World, plan: Plan, traffic: Traffic, load: LoadFactors, unheard: ReadonlySet<string>) {
    this.#scale = load.all;
    const grown = withLinks(world, load);
    this.#traffic = withGroups(grown === world ? traffic : trafficOf(grown, plan), load);
    this.#unheard = unheard.size === 0 ? undefined : only(this.#traffic, unheard);
  }

  /** @param weights what would hang on each target, counted as `targetWeights` does */
  under(weights: ReadonlyMap<string, TargetWeight>, { sites, links }: Outage): Forecast {
    const change = { scale: this.#scale, lostSites: sites, lostLinks: links };
    const all = predict(this.#traffic, { ...change, weights });
    if (this.#unheard === undefined) return all;
    const { flows } = this.#unheard;
    const none = predict(this.#unheard, {
      ...change,
      weights: new Map([...weights].filter(([key]) => flows.has(key))),
    });
    return { links: all.links.map((link, i) => less(link, none.links[i])), lost: total(all.lost, none) };
  }
}

/** Loads of single links, as many times as much. */
function withLinks(world: World, { links: factors }: LoadFactors): World {
  const { data, network } = world;
  if (data === undefined || factors.size === 0) return world;
  const loads = new Map(data.loads);
  for (const [link, factor] of factors)
    for (const direction of directions)
      for (const family of [undefined, 'ipv4', 'ipv6'] as const) {
        const key = loadKey(network.links[link].id, direction, family);
        const reading = loads.get(key);
        if (reading !== undefined) loads.set(key, { ...reading, value: reading.value * factor });
      }
  const grown: NetworkData = { ...data, loads };
  return { ...world, data: grown };
}

/** Traffic of single groups, as many times as much. */
function withGroups(traffic: Traffic, { groups: factors }: LoadFactors): Traffic {
  if (factors.size === 0) return traffic;
  const flows = [...traffic.flows].map(([key, flow]): [string, typeof flow] => {
    const factor = factors.get(routeKey(traffic.network.groups[flow.group].id, flow.family)) ?? 1;
    const grown = (bits: readonly number[]): number[] => bits.map((each) => each * factor);
    return [key, { ...flow, bits: { in: grown(flow.bits.in), out: grown(flow.bits.out) } }];
  });
  return { ...traffic, flows: new Map(flows) };
}

/** Only what goes to these groups (`routeKey`). */
function only(traffic: Traffic, routes: ReadonlySet<string>): Traffic {
  const { network } = traffic;
  const nothing = network.sites.map(() => 0);
  const flows = [...traffic.flows].filter(([, { group, family }]) =>
    routes.has(routeKey(network.groups[group].id, family)),
  );
  return { ...traffic, flows: new Map(flows), rest: { in: nothing, out: nothing } };
}

function less(one: PerDirection<PredictedLoad>, other: PerDirection<PredictedLoad>): PerDirection<PredictedLoad> {
  const of = (direction: 'in' | 'out'): PredictedLoad => {
    const [a, b] = [one[direction], other[direction]];
    return { load: Math.max(0, a.load - b.load), ratio: Math.max(0, a.ratio - b.ratio) };
  };
  return { in: of('in'), out: of('out') };
}

/** What was lost anyway, and all that enters nowhere. */
function total(lost: PerDirection<number>, unheard: Prediction): PerDirection<number> {
  const of = (direction: 'in' | 'out'): number =>
    unheard.links.reduce((sum, link) => sum + link[direction].load, lost[direction]);
  return { in: of('in'), out: of('out') };
}
