/** What guards say of hosts that are to go to groups, whoever sends them there. */
import { formatPrefix } from '../../net/prefix.ts';
import { isAnnounced } from '../announcements.ts';
import type { Family, World } from '../model.ts';
import { isStale, routeKey } from '../network-data.ts';
import { limitFindings } from './limits.ts';
import type { GuardName } from './rules.ts';

export interface GuardFinding {
  readonly guard: GuardName;
  /** Refused unless it is forced; otherwise only told. */
  readonly refuses: boolean;
  readonly message: string;
}

/** A group that new hosts are to be answered with. */
export interface Destination {
  readonly group: number;
  readonly family: Family;
}

type Data = Pick<World, 'network' | 'data' | 'now'>;

/** What speaks against new hosts at these groups, by what feeds say or, when they are stale, said last. */
export function judgeDestinations(world: Data, destinations: readonly Destination[]): GuardFinding[] {
  return [
    ...destinations.flatMap((to) => [...validityFinding(world, to), ...announcementFinding(world, to)]),
    ...limitsAt(world, destinations),
  ];
}

/** A move announces nothing that is not announced already: that it is too much there is only told. */
function limitsAt({ network }: Data, destinations: readonly Destination[]): GuardFinding[] {
  return limitFindings(network).flatMap(({ guard, family: of, groups, message }): GuardFinding[] => {
    const isThere = ({ group, family }: Destination): boolean =>
      groups.includes(network.groups[group].id) && (of === undefined || of === family);
    return destinations.some(isThere) ? [{ guard, refuses: false, message }] : [];
  });
}

function validityFinding({ network, data, now }: Data, { group, family }: Destination): GuardFinding[] {
  const { id, prefixes } = network.groups[group];
  const prefix = prefixes[family];
  const reading = data?.validity?.get(routeKey(id, family));
  if (!network.guards.rpki || prefix === undefined || reading === undefined) return [];
  const { state, cause } = reading.value;
  if (state === 'valid') return [];
  const old = isStale(reading, now) ? `; as of ${new Date(reading.observedAt).toISOString()}, the feed is stale` : '';
  const text = `${formatPrefix(prefix)} of ${id}`;
  const message =
    state === 'invalid'
      ? `${text} is RPKI-invalid for AS${network.originAs}, so many networks drop it (${cause}${old})`
      : `${text} has no ROA (${cause}${old})`;
  return [{ guard: 'rpki', refuses: state === 'invalid', message }];
}

function announcementFinding({ network, data }: Data, { group, family }: Destination): GuardFinding[] {
  const { id, prefixes } = network.groups[group];
  const prefix = prefixes[family];
  // At the beginning of time nothing is stale: a feed that fell silent says what it said last.
  if (!network.guards.announcement || prefix === undefined || isAnnounced(network, data, group, family, 0) !== false)
    return [];
  const message = `no site announces ${formatPrefix(prefix)} of ${id}, nor a prefix that covers it`;
  return [{ guard: 'announcement', refuses: true, message }];
}
