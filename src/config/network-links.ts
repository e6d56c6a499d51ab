/** Links and catchments of network.yaml as the steering model has them. */
import type { LoadRules } from '../steering/load/rules.ts';
import { type Catchment, families, type Group, type Link } from '../steering/model.ts';
import type { NameTable } from './name-table.ts';
import type { CatchmentFile, LinksFile, LoadSteeringFile } from './network-links-schema.ts';
import type { Reporter } from './reporter.ts';

/** All links of the file, in its order. One whose site is unknown is left out. */
export function buildLinks(file: LinksFile, sites: NameTable, reporter: Reporter): Link[] {
  return Object.entries(file).flatMap(([id, { site, capacity, low, high }]) => {
    if (low >= high)
      reporter.report({
        code: 'bad-watermark',
        path: ['links', id, 'low'],
        message: `low is ${low} %, not below high, which is ${high} %: a load between them changes nothing, so there must be room`,
        fix: 'write e.g. low: 60 and high: 80',
      });
    const index = sites.find(site, ['links', id, 'site'], reporter);
    if (index === undefined) return [];
    const both = typeof capacity === 'number' ? { in: capacity, out: capacity } : capacity;
    return [{ id, site: index, capacity: both, low: low / 100, high: high / 100 }];
  });
}

/**
 * Undefined when it is off. That nothing is measured is a mistake: an operator who turns it on counts on it.
 * @param isMeasured whether there is a feed of loads
 */
export function buildLoadSteering(
  { enabled, step, interval }: LoadSteeringFile,
  links: readonly Link[],
  isMeasured: boolean,
  reporter: Reporter,
): LoadRules | undefined {
  if (!enabled) return undefined;
  const mistake = (missing: string, fix: string): void =>
    reporter.report({
      code: 'blind-load-steering',
      path: ['load_steering', 'enabled'],
      message: `load_steering is on, but there is no ${missing}, so nothing would ever be shed`,
      fix,
    });
  if (links.length === 0) mistake('link', 'write the links of sites with their capacities, or leave load_steering out');
  else if (!isMeasured) mistake('feed of loads', 'write feeds: { load: … }, or leave load_steering out');
  return { step: step / 100, interval };
}

/** By group what the file says of its catchment. */
export function buildCatchments(
  file: CatchmentFile,
  groups: readonly Group[],
  names: NameTable,
  sites: NameTable,
  reporter: Reporter,
): (Catchment | undefined)[] {
  const found: (Catchment | undefined)[] = groups.map(() => undefined);
  for (const [name, weights] of Object.entries(file)) {
    const path = ['catchment', name];
    const index = names.find(name, path, reporter, true);
    const shares = new Map<number, number>();
    for (const [site, weight] of Object.entries(weights)) {
      const at = sites.find(site, [...path, site], reporter, true);
      if (at === undefined || index === undefined) continue;
      if (!families.some((family) => groups[index].announce[family].includes(at)))
        reporter.report({
          code: 'bad-catchment',
          path: [...path, site],
          key: true,
          message: `group "${name}" is not announced at ${site}, so none of its traffic enters there`,
          fix: `leave ${site} out, or add it to the group's announce`,
        });
      else if (weight > 0) shares.set(at, weight);
    }
    const total = [...shares.values()].reduce((sum, weight) => sum + weight, 0);
    if (index === undefined) continue;
    if (total > 0) found[index] = new Map([...shares].map(([site, weight]) => [site, weight / total]));
    else
      reporter.report({
        code: 'bad-catchment',
        path,
        message: `the catchment of group "${name}" has no site with a weight above 0`,
        fix: 'write a weight above 0 for one site at least, or leave the group out',
      });
  }
  return found;
}
