/** Where a group's traffic enters and leaves: shares by index of a site, of which all together are 1, or 0 when there is nowhere. Pure. */
import type { Family, Network, World } from '../model.ts';
import { type Direction, routeKey } from '../network-data.ts';

export type Shares = readonly number[];

const NONE_LOST: ReadonlySet<number> = new Set();

/** Where a group's traffic enters: as a feed measures it, else as the operator says, else alike at every site that announces it. What is stale was measured all the same. */
export function entryOf({ network, data }: Pick<World, 'network' | 'data'>, group: number, family: Family): Shares {
  const { sites, groups, catchment } = network;
  const { id, announce } = groups[group];
  const measured = data?.catchments?.get(routeKey(id, family))?.value;
  const told = catchment[group];
  const announced = sites.map((_, site) => (announce[family].includes(site) ? 1 : 0));
  return (
    normal(sites.map((site) => measured?.get(site.id) ?? 0)) ??
    normal(announced.map((one, site) => one * (told?.get(site) ?? 0))) ??
    normal(announced) ??
    announced
  );
}

/**
 * Where it lands in a direction, when sites are lost. What enters is led to the sites that are left; what leaves does so where it is served: at the site it entered if
 * that is one of the group's instances, else at any of those.
 */
export function landingOf(
  { groups }: Pick<Network, 'groups'>,
  group: number,
  entry: Shares,
  direction: Direction,
  lost: ReadonlySet<number> = NONE_LOST,
): Shares {
  const left = lost.size === 0 ? entry : entry.map((share, site) => (lost.has(site) ? 0 : share));
  const enters = lost.size === 0 ? entry : (normal(left) ?? left);
  if (direction === 'in') return enters;
  const { instances } = groups[group];
  const serving = instances.filter((site) => !lost.has(site));
  const leaves = enters.map((share, site) => (serving.includes(site) ? share : 0));
  const carried = enters.reduce((sum, share) => sum + share, 0) - leaves.reduce((sum, share) => sum + share, 0);
  for (const site of serving) leaves[site] += carried / serving.length;
  return leaves;
}

/** Weights as shares; undefined when there are none. */
function normal(weights: Shares): number[] | undefined {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? weights.map((weight) => weight / total) : undefined;
}
