/** What sessions and routers of a site take of what groups announce there: prefix limits and ECMP width. Pure: files alone say it. */
import { sitePlans } from '../ipam/route-plan.ts';
import type { EcmpLayer, Family, Network, PrefixLimit } from '../model.ts';

/** Something that does not fit, or hardly. */
export interface LimitFinding {
  readonly guard: 'prefix-limit' | 'ecmp';
  readonly site: string;
  /** Undefined: both. */
  readonly family: Family | undefined;
  /** Ids of the groups whose routes are part of it. */
  readonly groups: readonly string[];
  /** Beyond the limit, not only near it. */
  readonly isExceeded: boolean;
  readonly message: string;
  readonly fix: string;
  /** Where the limit is written, below the site. */
  readonly at: readonly string[];
}

/** In the order of sites. */
export function limitFindings(network: Network): LimitFinding[] {
  if (network.sites.every(({ prefixLimits, ecmpLayers }) => prefixLimits === undefined && ecmpLayers === undefined))
    return [];
  const plans = sitePlans(network);
  return network.sites.flatMap(({ id, prefixLimits = [], ecmpLayers = [] }, i) => [
    ...prefixLimits.flatMap((limit) => prefixFinding(network, id, limit, plans[i])),
    ...ecmpLayers.flatMap((layer) => ecmpFinding(network, id, i, layer)),
  ]);
}

function prefixFinding(
  { guards }: Network,
  site: string,
  { session, carries, family, maximum, others }: PrefixLimit,
  plan: ReturnType<typeof sitePlans>[number],
): LimitFinding[] {
  const routes: readonly { family: Family; groups: readonly string[] }[] =
    carries === 'prefixes' ? plan.prefixes : plan.hostRoutes.map((route) => ({ ...route, groups: [route.group] }));
  const ours = routes.filter((route) => route.family === family);
  const all = ours.length + others;
  const isExceeded = all > maximum;
  const { headroom } = guards.prefixLimit;
  // What has no route of ours there is no matter of ours.
  if (ours.length === 0 || (!isExceeded && all <= maximum * (1 - headroom))) return [];
  const what = `${site} announces ${all} ${familyText(family)} ${carries === 'prefixes' ? 'prefixes' : 'host routes'} to ${session}${others === 0 ? '' : ` (${ours.length} of groups, ${others} others)`}`;
  return [
    {
      guard: 'prefix-limit',
      site,
      family,
      groups: [...new Set(ours.flatMap(({ groups }) => groups))],
      isExceeded,
      message: isExceeded
        ? `${what}, which accepts ${maximum}: the session would be ended, and with it all that is announced there`
        : `${what}, which accepts ${maximum}: ${maximum - all} more and it is full`,
      fix: 'have the limit raised, announce fewer there, or let groups share a prefix',
      at: ['prefix_limits', session, family, 'maximum'],
    },
  ];
}

function ecmpFinding(
  { groups }: Network,
  site: string,
  index: number,
  { layer, maximum, nextHops }: EcmpLayer,
): LimitFinding[] {
  const here = groups.filter(({ instances }) => instances.includes(index)).map(({ id }) => id);
  if (nextHops <= maximum || here.length === 0) return [];
  const idle = nextHops - maximum;
  return [
    {
      guard: 'ecmp',
      site,
      family: undefined,
      groups: here,
      isExceeded: true,
      message: `a VIP has ${nextHops} next hops at ${layer} of ${site}, and its routers use ${maximum}: ${idle === 1 ? 'one gets' : `${idle} get`} no traffic`,
      fix: 'raise the maximum of the routers, let fewer nodes announce, or put another layer between',
      at: ['ecmp_max_next_hops', layer],
    },
  ];
}

function familyText(family: Family): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}
