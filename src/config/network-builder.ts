/**
 * From the entries of network.yaml to the steering model: names become indexes, defaults become lists, and what one entry means for
 * another is checked.
 */
import type { FeedsModel } from '../feeds/model.ts';
import type { HealthModel } from '../health/check.ts';
import type { Group, Network } from '../steering/model.ts';
import { nameTable } from './name-table.ts';
import { buildHealth } from './network-checks.ts';
import { buildClients, buildServes } from './network-clients.ts';
import { buildFeeds } from './network-feeds.ts';
import { buildGroups } from './network-groups.ts';
import { buildGuards } from './network-guards.ts';
import { buildCatchments, buildLinks, buildLoadSteering } from './network-links.ts';
import { buildPolicies } from './network-policies.ts';
import type { NetworkFile } from './network-schema.ts';
import { buildServices } from './network-services.ts';
import { buildSites, checkLimits } from './network-sites.ts';
import type { Reporter } from './reporter.ts';

/** AS numbers nobody can originate a route by: RFC 6793 §9 (AS_TRANS), RFC 7300 (last of each size). */
const reservedAs: ReadonlySet<number> = new Set([23456, 65535, 0xffffffff]);

/**
 * @param file    what is left of the file without its mistakes of shape
 * @param written the file as it is: a name that was left out for a mistake is still no unknown name
 * @param folder  that of the file: paths in it start there
 */
export function buildNetwork(
  file: NetworkFile,
  written: unknown,
  folder: string,
  reporter: Reporter,
): { network: Network; health: HealthModel; feeds: FeedsModel } {
  if (file.origin_as !== undefined && reservedAs.has(file.origin_as)) {
    const message = `AS ${file.origin_as} is reserved and can not originate a prefix`;
    reporter.report({
      code: 'bad-asn',
      path: ['origin_as'],
      message,
      fix: 'write the AS number your routes come from',
    });
  }
  const sites = buildSites(file.sites, reporter);
  const siteNames = nameTable(
    'site',
    sites.map((s) => s.id),
    written,
    ['sites'],
  );
  const groupNames = nameTable('group', Object.keys(file.groups), written, ['groups']);
  const groups: Group[] = buildGroups(file.groups, siteNames, groupNames, reporter).map((group) => ({
    ...group,
    serves: buildServes(file.groups[group.id].serves, group, sites, reporter),
  }));
  const services = buildServices(file.services, groups, groupNames, reporter);
  const policies = buildPolicies(file.policies, groupNames, reporter);
  const clients = buildClients(file.clients, reporter);
  const links = buildLinks(file.links, siteNames, reporter);
  const catchment = buildCatchments(file.catchment, groups, groupNames, siteNames, reporter);
  const guards = buildGuards(file.guards, reporter);
  const loadSteering = buildLoadSteering(file.load_steering, links, file.feeds.load !== undefined, reporter);
  const health = buildHealth(file, written, groupNames, reporter);
  const feeds = buildFeeds(file, folder, reporter);
  const network = {
    originAs: file.origin_as,
    sites,
    groups,
    services,
    policies,
    clients,
    links,
    catchment,
    guards,
    ...(loadSteering === undefined ? {} : { loadSteering }),
  };
  checkLimits(network, reporter);
  return { network, health, feeds };
}
