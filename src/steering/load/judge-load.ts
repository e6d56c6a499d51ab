/** What the capacity guard says of hosts that operators move: whether a link would get more than its high watermark allows. */
import type { GuardFinding } from '../guards/judge-move.ts';
import { type Family, type Plan, targetKey, type World } from '../model.ts';
import { directions } from '../network-data.ts';
import { setWeights } from '../weights.ts';
import { Balance } from './balance.ts';
import { targetWeights, trafficOf } from './traffic.ts';

/** Hosts that are to be answered with another group. */
export interface Arrival {
  /** Indexes into the network's lists. */
  readonly service: number;
  readonly from: number;
  readonly to: number;
  readonly family: Family;
  readonly hosts: number;
}

/** By so little more a link is not fuller: sums of fractions are not exact. */
const DUST = 1e-6;

/**
 * What speaks against these hosts where they are to go, by what feeds say or, when they are stale, said last. Where nothing was ever measured nobody speaks.
 * @param plan what is answered now, with `world.demand` as it is counted under it
 */
export function judgeArrivals(world: World, plan: Plan, arrivals: readonly Arrival[]): GuardFinding[] {
  const { network, data } = world;
  if (!network.guards.capacity || arrivals.length === 0 || (data?.loads?.size ?? 0) === 0) return [];
  const traffic = trafficOf(world, plan);
  const hosts = targetWeights(
    network,
    plan,
    setWeights(world, plan).map((weight) => ({ ...weight, queries: 0 })),
  );
  const [before, after] = [new Balance(traffic, new Set(), true), new Balance(traffic, new Set(), true)];
  for (const { service, from, to, family, hosts: some } of arrivals) {
    const key = targetKey(network.services[service].id, network.groups[from].id, family);
    const flow = traffic.flows.get(key);
    const all = hosts.get(key)?.weight ?? 0;
    // Of a target's traffic hosts are taken to have equal parts: nobody counts them one by one.
    if (flow !== undefined && all > 0) after.apply({ from: flow, to, bits: flow.bits }, Math.min(1, some / all), true);
  }
  return network.links.flatMap(({ id, high }, link) =>
    directions.flatMap((direction): GuardFinding[] => {
      const { known, observedAt } = traffic.links[link][direction];
      const [was, is] = [before.ratio(link, direction), after.ratio(link, direction)];
      if (known === 'none' || is <= high || is <= was + DUST) return [];
      const old = known === 'stale' ? `; as of ${new Date(observedAt).toISOString()}, the feed is stale` : '';
      const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
      const message = `${id} ${direction} would be at ${percent(is)}, above its high watermark of ${percent(high)}; it is at ${percent(was)}${old}`;
      return [{ guard: 'capacity', refuses: true, message }];
    }),
  );
}
