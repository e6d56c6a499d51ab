/** The network of the simulated worlds: the example network with more places, and checks. Documentation addresses only, and nothing is ever sent to them. */
import { parseNetwork } from '../../../src/config/network.ts';
import { sitePlans } from '../../../src/steering/ipam/route-plan.ts';
import { families } from '../../../src/steering/model.ts';
import { routeKey } from '../../../src/steering/network-data.ts';
import { type FeedSetup, MINUTE } from '../../support/simulator/scenario.ts';

/** @param policies `policies:` of network.yaml, a line each @param check keys of the one check, as `interval: 2s` */
export function network(policies: readonly string[] = [], check = ''): string {
  const keys = check === '' ? '' : `, ${check}`;
  return `
origin_as: 64500
sites:
  zrh: { name: Zürich, country: CH, location: [47.38, 8.54] }
  gva: { name: Genève, country: CH, location: [46.20, 6.14] }
  fra: { name: Frankfurt, country: DE, location: [50.11, 8.68] }
  iad: { name: Ashburn, country: US, location: [39.04, -77.49] }
groups:
  anycast:     { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  europe:      { parent: anycast, routing: lazy, instances: [zrh, gva, fra], prefixes: { ipv4: 198.51.100.0/24, ipv6: 2001:db8:17::/48 } }
  switzerland: { parent: europe, routing: lazy, instances: [zrh, gva], prefixes: { ipv4: 203.0.113.0/24, ipv6: 2001:db8:18::/48 } }
  zurich:      { parent: switzerland, routing: lazy, instances: [zrh], prefixes: { ipv6: 2001:db8:19::/48 } }
  geneva:      { parent: switzerland, routing: lazy, instances: [gva], prefixes: { ipv6: 2001:db8:1a::/48 } }
  frankfurt:   { parent: europe, routing: lazy, instances: [fra], prefixes: { ipv6: 2001:db8:1b::/48 } }
services:
  web: { vip: 64, checks: { web: { type: http, path: /healthz${keys} } } }
policies:
${['default: { ttl: 60 }', ...policies].map((policy) => `  ${policy}\n`).join('')}`;
}

/** Feeds of a network in which all is announced and signed as it should be. @param text network.yaml @param withHosts whether host routes are observed, too */
export function feedsOf(text: string, withHosts = false): FeedSetup {
  const { network } = parseNetwork('network.yaml', text);
  if (network === undefined) throw new Error('the network has mistakes');
  const announced = sitePlans(network).map(({ site, prefixes, hostRoutes }): [string, string[]] => [
    site,
    [...prefixes.map(({ prefix }) => prefix), ...(withHosts ? hostRoutes.map(({ route }) => route) : [])],
  ]);
  const valid = network.groups.flatMap(({ id }) => families.map((family) => routeKey(id, family)));
  return { announced: Object.fromEntries(announced), valid, stale: 2 * MINUTE };
}
