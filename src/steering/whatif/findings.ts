/** What routes would be found wrong that is not now. */
import { type RouteFinding, routeFindings } from '../announcements.ts';
import type { Ground } from './ground.ts';
import { lostSites } from './outage.ts';
import type { WhatIf } from './run.ts';

export type Finding = Pick<RouteFinding, 'kind' | 'group' | 'family' | 'site' | 'message'>;

/** Of sites that are lost nobody would expect a route. */
export function newFindings({ scenario }: Ground, { outage, end }: WhatIf): Finding[] {
  const { base } = scenario;
  const known = new Set(routeFindings(base).map(({ key }) => key));
  const gone = new Set([...lostSites(base.network, outage)].map((site) => base.network.sites[site].id));
  return routeFindings(end.world).filter(({ key, site }) => !known.has(key) && (site === undefined || !gone.has(site)));
}
