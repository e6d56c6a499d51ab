/**
 * Groups that take no new hosts by themselves: their prefix is RPKI-invalid, or nobody announces it, whatever checks see. As a fallback such a group comes after those that
 * are fine, and its targets do not call hosts back. Hosts that are there stay: to drive them away is for operators and their policies.
 *
 * Only fresh data close a route or open it again. When a feed falls silent, what was so when it was fresh goes on.
 */
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import { isAnnounced } from '../announcements.ts';
import { Chooser } from '../chooser.ts';
import { type Family, families, type World } from '../model.ts';
import { isStale, routeKey } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import { ladderName } from './closed.ts';
import { type Closed, type ClosedRoute, type History, NO_HISTORY } from './history.ts';
import type { GuardName } from './rules.ts';

/** What routes are closed now. @param before what is answered until now: the hosts that are at a group when it is closed stay */
export function closeRoutes(world: World, before: Decided | undefined, history: History): History {
  const { network } = world;
  if (world.data === undefined && history.routes.size === 0) return history;
  const routes = new Map<string, ClosedRoute>();
  network.groups.forEach(({ id, prefixes }, group) => {
    for (const family of families) {
      const prefix = prefixes[family];
      if (prefix === undefined) continue;
      const key = routeKey(id, family);
      const route = routeNow(world, group, family, prefix, history.routes.get(key), () =>
        laddersAt(before, id, family),
      );
      if (route !== undefined) routes.set(key, route);
    }
  });
  return isSame(routes, history.routes) ? history : { ...history, routes };
}

/** Whether feeds say something of routes that is not decided by yet. */
export function haveRoutesChanged(world: World): boolean {
  const history = world.history ?? NO_HISTORY;
  return closeRoutes(world, undefined, history) !== history;
}

/** Forgets ladders that have left a closed group: their hosts are new ones now. */
export function forgetLeft({ world, plan }: Decided, before: Decided | undefined, history: History): History {
  if (before?.plan === plan) return history;
  const routes = new Map<string, ClosedRoute>();
  for (const [key, route] of history.routes) {
    const [id, family] = key.split('/');
    const there = route.keeps.size === 0 ? route.keeps : laddersAt({ world, plan }, id, family as Family);
    const keeps = new Set([...route.keeps].filter((ladder) => there.has(ladder)));
    routes.set(key, keeps.size === route.keeps.size ? route : { ...route, keeps });
  }
  return isSame(routes, history.routes) ? history : { ...history, routes };
}

function routeNow(
  world: World,
  group: number,
  family: Family,
  prefix: Prefix,
  known: ClosedRoute | undefined,
  keeps: () => ReadonlySet<string>,
): ClosedRoute | undefined {
  const text = formatPrefix(prefix);
  const was = known?.prefix === text ? known : undefined;
  const by = [invalidNow, unannouncedNow].flatMap((look): Closed[] => {
    const seen = look(world, group, family, text);
    const before = was?.by.find(({ guard }) => guard === seen.guard);
    if (seen.state === 'unknown') return before === undefined ? [] : [before];
    if (seen.state === 'open') return [];
    const { guard, cause } = seen;
    return before?.cause === cause ? [before] : [{ guard, cause, since: before?.since ?? world.now }];
  });
  if (by.length === 0) return undefined;
  if (was !== undefined && by.length === was.by.length && by.every((each, i) => each === was.by[i])) return was;
  // Hosts that have come since it was opened in part stay.
  const part = was?.freed === undefined ? {} : { freed: was.freed };
  return { prefix: text, by, keeps: was?.keeps ?? keeps(), ...part };
}

/** What a guard sees: why a route is closed, that it is open, or that nothing fresh says so. */
type Seen = { readonly guard: GuardName } & (
  | { readonly state: 'open' }
  | { readonly state: 'unknown' }
  | { readonly state: 'closed'; readonly cause: string }
);

type Look = (world: World, group: number, family: Family, prefix: string) => Seen;

const invalidNow: Look = ({ network, data, now }, group, family, prefix) => {
  const guard = 'rpki';
  if (!network.guards.rpki) return { guard, state: 'open' };
  if (data === undefined) return { guard, state: 'unknown' };
  // Nobody is asked any longer.
  if (data.validity === undefined) return { guard, state: 'open' };
  const { id } = network.groups[group];
  const reading = data.validity.get(routeKey(id, family));
  if (reading === undefined || isStale(reading, now)) return { guard, state: 'unknown' };
  if (reading.value.state !== 'invalid') return { guard, state: 'open' };
  const cause = `${prefix} of ${id} is RPKI-invalid for AS${network.originAs} (${reading.value.cause})`;
  return { guard, state: 'closed', cause };
};

const unannouncedNow: Look = ({ network, data, now }, group, family, prefix) => {
  const guard = 'announcement';
  if (!network.guards.announcement) return { guard, state: 'open' };
  if (data === undefined) return { guard, state: 'unknown' };
  if (data.announcements === undefined) return { guard, state: 'open' };
  const isHeard = isAnnounced(network, data, group, family, now);
  if (isHeard !== false) return { guard, state: isHeard === undefined ? 'unknown' : 'open' };
  const cause = `no site announces ${prefix} of ${network.groups[group].id}, nor a prefix that covers it`;
  return { guard, state: 'closed', cause };
};

/** Ladders that have come to a group from others. */
function laddersAt(decided: Decided | undefined, group: string, family: Family): ReadonlySet<string> {
  const found = new Set<string>();
  if (decided === undefined) return found;
  const { world, plan } = decided;
  const { network } = world;
  const chooser = new Chooser(world);
  for (const origin of plan.origins) {
    if (origin === undefined || origin.family !== family) continue;
    const { assignment, starts } = origin;
    for (const start of [...starts.groups, assignment[family]]) {
      const { candidates, chosen } = chooser.from(assignment, start, family);
      if (chosen === undefined || network.groups[chosen.group].id !== group || chosen === candidates[0]) continue;
      found.add(ladderName(network, network.policies[assignment.policy], assignment.service, candidates[0].group));
    }
  }
  return found;
}

function isSame(one: ReadonlyMap<string, ClosedRoute>, other: ReadonlyMap<string, ClosedRoute>): boolean {
  return one.size === other.size && [...one].every(([key, route]) => other.get(key) === route);
}
