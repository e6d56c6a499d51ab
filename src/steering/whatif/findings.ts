/** What routes would be found wrong that is not now. */
import { type RouteFinding, routeFindings } from '../announcements.ts';
import type { World } from '../model.ts';

export type Finding = Pick<RouteFinding, 'kind' | 'group' | 'family' | 'site' | 'message'>;

/** @param lost sites of which nobody would expect a route */
export function newFindings(before: World, after: World, lost: ReadonlySet<number>): Finding[] {
  const known = new Set(routeFindings(before).map(({ key }) => key));
  const gone = new Set([...lost].map((site) => after.network.sites[site].id));
  return routeFindings(after).filter(({ key, site }) => !known.has(key) && (site === undefined || !gone.has(site)));
}
