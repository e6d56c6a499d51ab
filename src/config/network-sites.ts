/** Sites of network.yaml as the steering model has them, and what their routers can't take. */
import { limitFindings } from '../steering/guards/limits.ts';
import { type EcmpLayer, families, type Network, type PrefixLimit, type Site } from '../steering/model.ts';
import { countryField } from './countries.ts';
import type { NetworkFile } from './network-schema.ts';
import type { SiteFile } from './network-sites-schema.ts';
import type { Reporter } from './reporter.ts';

export function buildSites(file: NetworkFile['sites'], reporter: Reporter): Site[] {
  return Object.entries(file).map(([id, entry]) => {
    const { name = id, country, location } = entry;
    const problem = countryField(country);
    if (problem !== undefined) reporter.report({ code: 'bad-country', path: ['sites', id, 'country'], ...problem });
    const limits = limitsOf(entry);
    const layers = layersOf(id, entry, reporter);
    return {
      id,
      name,
      country,
      location,
      ...(limits.length === 0 ? {} : { prefixLimits: limits }),
      ...(layers.length === 0 ? {} : { ecmpLayers: layers }),
    };
  });
}

/** Tells what does not fit: as a mistake where the guard is to refuse it, else as a warning. */
export function checkLimits(network: Network, reporter: Reporter): void {
  const { prefixLimit, ecmp } = network.guards;
  for (const { guard, site, at, isExceeded, message, fix } of limitFindings(network)) {
    const refuses = isExceeded && (guard === 'ecmp' ? ecmp : prefixLimit.exceeded) === 'refuse';
    const severity = refuses ? 'error' : 'warning';
    reporter.report({ code: guard, severity, path: ['sites', site, ...at], message, fix });
  }
}

function limitsOf({ prefix_limits: sessions }: SiteFile): PrefixLimit[] {
  return Object.entries(sessions).flatMap(([session, { carries, ...of }]) =>
    families.flatMap((family): PrefixLimit[] => {
      const limit = of[family];
      return limit === undefined ? [] : [{ session, carries, family, ...limit }];
    }),
  );
}

function layersOf(
  id: string,
  { announcing_nodes: nodes, ecmp_max_next_hops: layers }: SiteFile,
  reporter: Reporter,
): EcmpLayer[] {
  return Object.entries(layers).flatMap(([layer, entry]): EcmpLayer[] => {
    if (typeof entry === 'object') return [{ layer, maximum: entry.maximum, nextHops: entry.next_hops }];
    if (nodes !== undefined) return [{ layer, maximum: entry, nextHops: nodes }];
    reporter.report({
      code: 'missing-key',
      path: ['sites', id, 'ecmp_max_next_hops', layer],
      message: 'nothing is said of how many next hops a VIP has here',
      fix: `add announcing_nodes to the site, or write ${layer}: { maximum: ${entry}, next_hops: … }`,
    });
    return [];
  });
}
