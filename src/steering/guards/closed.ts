/** Whether a group takes new hosts of a ladder (`routes.ts` says when it does not). */
import type { Family, Network, Policy, World } from '../model.ts';
import { routeKey } from '../network-data.ts';
import type { Closed } from './history.ts';

/** What `ClosedRoute.keeps` calls a ladder, whatever its place in the lists of a network. */
export function ladderName(network: Network, { id }: Policy, service: number, start: number): string {
  const { services, groups } = network;
  return `${id}/${services[service].id}/${groups[start].id}`;
}

/** Why a group takes no new hosts of a ladder; undefined when it does. */
export function closedFor(
  { network, history }: Pick<World, 'network' | 'history'>,
  group: number,
  family: Family,
  ladder: () => string,
): Closed | undefined {
  if (history === undefined || history.routes.size === 0) return undefined;
  const route = history.routes.get(routeKey(network.groups[group].id, family));
  return route === undefined || route.keeps.has(ladder()) ? undefined : route.by[0];
}
