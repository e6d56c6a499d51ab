import { entryOf, landingOf } from '../load/landing.ts';
import { targetWeights } from '../load/traffic.ts';
import type { Plan, World } from '../model.ts';
import { directions, loadKey, NO_DATA, type Reading } from '../network-data.ts';
import { setWeights } from '../weights.ts';

/**
 * A world in which so much traffic enters, and as much leaves, where nobody measures it: divided among groups by what they are asked for, or by hosts, among sites by
 * catchments, and within a site by capacity. What lands at sites without links is on none.
 * @param plan the world's
 * @param bits per second
 */
export function withAssumedLoads(world: World, plan: Plan, bits: number): World {
  const { network, now } = world;
  const weights = [...targetWeights(network, plan, setWeights(world, plan)).values()];
  const all = weights.reduce((sum, { weight }) => sum + weight, 0);
  const loads = new Map<string, Reading<number>>();
  for (const direction of directions) {
    const shares = network.sites.map(() => 0);
    for (const { group, family, weight } of weights)
      landingOf(network, group, entryOf(world, group, family), direction).forEach((share, site) => {
        shares[site] += (share * weight) / all;
      });
    for (const { id, site, capacity } of network.links) {
      const room = network.links.reduce(
        (sum, other) => (other.site === site ? sum + other.capacity[direction] : sum),
        0,
      );
      const value = (bits * shares[site] * capacity[direction]) / room;
      loads.set(loadKey(id, direction), { value, observedAt: now, staleAt: Number.POSITIVE_INFINITY });
    }
  }
  return { ...world, data: { ...(world.data ?? NO_DATA), loads } };
}
