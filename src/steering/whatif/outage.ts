/** What has failed, and which targets are dead by it. Pure. */
import { type Family, families, type Network, targetKey } from '../model.ts';
import { type Thing, thingText } from './thing.ts';

/** Failures that have happened. */
export interface Outage {
  readonly sites: ReadonlySet<number>;
  readonly links: ReadonlySet<number>;
  /** Targets that failed by themselves, with the reason in words. */
  readonly targets: ReadonlyMap<string, string>;
}

export const NO_OUTAGE: Outage = { sites: new Set(), links: new Set(), targets: new Map() };

/** One failure more. */
export function withFailure(network: Network, outage: Outage, thing: Thing): Outage {
  switch (thing.kind) {
    case 'site':
      return { ...outage, sites: new Set(outage.sites).add(thing.site) };
    case 'link':
      return { ...outage, links: new Set(outage.links).add(thing.link) };
    default: {
      const targets = new Map(outage.targets);
      for (const key of targetsOf(network, thing)) targets.set(key, `${thingText(network, thing)} fails`);
      return { ...outage, targets };
    }
  }
}

/** VIPs of a group, or the one target. */
function targetsOf(network: Network, thing: Extract<Thing, { kind: 'group' | 'target' }>): string[] {
  const { services, groups } = network;
  return services.flatMap(({ id, vips }, service) =>
    families.flatMap((family) => {
      if (thing.family !== undefined && thing.family !== family) return [];
      if (thing.kind === 'target' && thing.service !== service) return [];
      return vips[thing.group]?.[family] === undefined ? [] : [targetKey(id, groups[thing.group].id, family)];
    }),
  );
}

/** Sites that nothing can enter or leave: failed ones, and those that have lost the last of their links. A site without links in network.yaml loses none. */
export function lostSites({ sites, links }: Network, outage: Outage): ReadonlySet<number> {
  const lost = new Set(outage.sites);
  if (outage.links.size === 0) return lost;
  sites.forEach((_, site) => {
    const own = links.flatMap((link, i) => (link.site === site ? [i] : []));
    if (own.length > 0 && own.every((link) => outage.links.has(link))) lost.add(site);
  });
  return lost;
}

/**
 * By target that is dead the reason in words. Beside those that failed by themselves these are targets none of whose instances is left, and those whose
 * prefix is announced at lost sites alone.
 */
export function deadTargets(network: Network, outage: Outage): ReadonlyMap<string, string> {
  const dead = new Map(outage.targets);
  const lost = lostSites(network, outage);
  if (lost.size === 0) return dead;
  const gone = (sites: readonly number[]): boolean => sites.length > 0 && sites.every((site) => lost.has(site));
  network.groups.forEach(({ id, instances, announce }, group) => {
    for (const family of families) {
      const why = gone(instances)
        ? `no instance is left: ${names(network, instances)}`
        : gone(announce[family])
          ? `its prefix enters nowhere any more: ${names(network, announce[family])}`
          : undefined;
      if (why === undefined) continue;
      for (const { id: service, vips } of network.services)
        if (vips[group]?.[family] !== undefined) note(dead, targetKey(service, id, family), why);
    }
  });
  return dead;
}

function note(dead: Map<string, string>, key: string, why: string): void {
  if (!dead.has(key)) dead.set(key, why);
}

function names({ sites }: Network, which: readonly number[]): string {
  return `${which.map((site) => sites[site].id).join(', ')} lost`;
}

/** All that may fail by itself: each site, link, group and target. Groups and targets without a VIP are none. */
export function singleFailures(network: Network): Thing[] {
  const { sites, links, groups, services } = network;
  const targets = services.flatMap(({ vips }, service) =>
    groups.flatMap((_, group) =>
      families.flatMap((family: Family): Thing[] =>
        vips[group]?.[family] === undefined ? [] : [{ kind: 'target', service, group, family }],
      ),
    ),
  );
  return [
    ...sites.map((_, site): Thing => ({ kind: 'site', site })),
    ...links.map((_, link): Thing => ({ kind: 'link', link })),
    ...groups.flatMap((_, group): Thing[] =>
      services.some(({ vips }) => vips[group]?.ipv4 !== undefined || vips[group]?.ipv6 !== undefined)
        ? [{ kind: 'group', group }]
        : [],
    ),
    ...targets,
  ];
}
