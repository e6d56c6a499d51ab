/** What announcements that were observed say of the operator's routes. Pure. */
import { formatAddress } from '../net/address.ts';
import { covers, formatPrefix, type Prefix } from '../net/prefix.ts';
import { type Family, families, type Network, targetKey, type World } from './model.ts';
import { type Announced, isStale, type NetworkData, type Reading, routeKey } from './network-data.ts';

/**
 * How a site announces a prefix. `exact`: as it is. `aggregate`: by a shorter one that covers it, so it is heard all the same. `part`: only longer ones in it are. `none`:
 * not at all. `unknown`: nobody has said for too long.
 */
export type RouteAt = 'exact' | 'aggregate' | 'part' | 'none' | 'unknown';

export function routeAt(prefix: Prefix, announced: Reading<Announced> | undefined, now: number): RouteAt {
  if (announced === undefined || isStale(announced, now)) return 'unknown';
  const { prefixes } = announced.value;
  if (prefixes.some((one) => one.length === prefix.length && covers(one, prefix))) return 'exact';
  if (prefixes.some((one) => covers(one, prefix))) return 'aggregate';
  return prefixes.some((one) => covers(prefix, one)) ? 'part' : 'none';
}

/**
 * Whether the world can hear a group's prefix from any site.
 * @returns undefined where that can't be told: nobody observes it, or too little is fresh to rule it out
 */
export function isAnnounced(
  network: Network,
  data: NetworkData | undefined,
  group: number,
  family: Family,
  now: number,
): boolean | undefined {
  const prefix = network.groups[group].prefixes[family];
  const announcements = data?.announcements;
  if (prefix === undefined || announcements === undefined) return undefined;
  const routes = network.sites.map(({ id }) => routeAt(prefix, announcements.get(id), now));
  if (routes.some((route) => route === 'exact' || route === 'aggregate')) return true;
  return routes.includes('unknown') ? undefined : false;
}

/** Something about a route that an operator should look at. */
export interface RouteFinding {
  /**
   * `invalid`, `not-found`: what RPKI says of the prefix. `unannounced`: a site that should announce it doesn't. `unexpected`: a site that shouldn't does. `stuck`: what is
   * announced there is dead, so traffic goes on coming.
   */
  readonly kind: 'invalid' | 'not-found' | 'unannounced' | 'unexpected' | 'stuck';
  /** The same as long as it lasts: `stuck web/zurich/ipv4 zrh`. */
  readonly key: string;
  readonly group: string;
  readonly family: Family;
  readonly site?: string;
  readonly message: string;
}

/** A target that went down a moment ago may still be announced: speakers, routers and whoever observes them take so long, in milliseconds. */
export const STUCK_AFTER_MS = 60_000;

/** All that fresh data say. */
export function routeFindings(world: Pick<World, 'network' | 'data' | 'verdicts' | 'now'>): RouteFinding[] {
  const { network, data } = world;
  if (data === undefined) return [];
  return network.groups.flatMap((_, group) =>
    families.flatMap((family) => [
      ...validityFindings(world, group, family),
      ...announceFindings(world, group, family),
      ...stuckFindings(world, group, family),
    ]),
  );
}

type Look = (
  world: Pick<World, 'network' | 'data' | 'verdicts' | 'now'>,
  group: number,
  family: Family,
) => RouteFinding[];

const validityFindings: Look = ({ network, data, now }, group, family) => {
  const { id, prefixes } = network.groups[group];
  const prefix = prefixes[family];
  const reading = data?.validity?.get(routeKey(id, family));
  if (prefix === undefined || reading === undefined || isStale(reading, now) || reading.value.state === 'valid')
    return [];
  const { state, cause } = reading.value;
  const message =
    state === 'invalid'
      ? `${formatPrefix(prefix)} is RPKI-invalid for AS${network.originAs}: ${cause}`
      : `${formatPrefix(prefix)} has no ROA: ${cause}`;
  return [{ kind: state, key: `${state} ${id}/${family}`, group: id, family, message }];
};

const announceFindings: Look = ({ network, data, now }, group, family) => {
  const { id, prefixes, announce } = network.groups[group];
  const prefix = prefixes[family];
  if (prefix === undefined || data?.announcements === undefined) return [];
  const text = formatPrefix(prefix);
  return network.sites.flatMap(({ id: site }, index): RouteFinding[] => {
    const route = routeAt(prefix, data.announcements?.get(site), now);
    const expected = announce[family].includes(index);
    const about = { group: id, family, site };
    if (expected && (route === 'none' || route === 'part')) {
      const part = route === 'part' ? ', only longer ones in it' : '';
      const message = `${site} does not announce ${text}${part}, though it is in announce of ${id}`;
      return [{ kind: 'unannounced', key: `unannounced ${id}/${family} ${site}`, ...about, message }];
    }
    // Another group may have the same prefix, and announce it there.
    const isOthers = network.groups.some(
      ({ prefixes: others, announce: where }) =>
        where[family].includes(index) && others[family] !== undefined && formatPrefix(others[family]) === text,
    );
    if (expected || isOthers || route !== 'exact') return [];
    const message = `${site} announces ${text}, though it is not in announce of ${id}`;
    return [{ kind: 'unexpected', key: `unexpected ${id}/${family} ${site}`, ...about, message }];
  });
};

const stuckFindings: Look = ({ network, data, verdicts, now }, group, family) => {
  const { id, instances } = network.groups[group];
  if (data?.announcements === undefined) return [];
  return network.services.flatMap(({ id: service, vips }) => {
    const vip = vips[group]?.[family];
    const target = targetKey(service, id, family);
    const verdict = verdicts.get(target);
    if (vip === undefined || verdict?.state !== 'down') return [];
    return instances.flatMap((index): RouteFinding[] => {
      const site = network.sites[index].id;
      const reading = data.announcements?.get(site);
      if (reading === undefined || isStale(reading, now) || reading.observedAt < verdict.since + STUCK_AFTER_MS)
        return [];
      if (!reading.value.hosts.some((host) => host.length === vip.length && host.every((octet, i) => octet === vip[i])))
        return [];
      const since = new Date(verdict.since).toISOString();
      const message = `${target} is down since ${since} (${verdict.cause}), and ${site} still has its host route ${formatAddress(vip)}: traffic goes on coming`;
      return [{ kind: 'stuck', key: `stuck ${target} ${site}`, group: id, family, site, message }];
    });
  });
};
