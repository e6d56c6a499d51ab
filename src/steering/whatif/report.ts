/** A run in the operator's words: names instead of numbers, seconds instead of milliseconds. */
import type { PlanChange } from '../changes.ts';
import { type Family, families, type Network, type Verdicts } from '../model.ts';
import { type Direction, directions, type PerDirection } from '../network-data.ts';
import type { SetWeight } from '../weights.ts';
import { type Finding, newFindings } from './findings.ts';
import type { Flow } from './flows.ts';
import type { Ground } from './ground.ts';
import type { FailureRank } from './n-1.ts';
import { lostSites } from './outage.ts';
import { problemsOf, type WhatIfProblem } from './problems.ts';
import type { WhatIf, WhatIfStep } from './run.ts';
import { thingText } from './thing.ts';

export interface WhatIfReport {
  /** What should not be; empty when nothing speaks against it. */
  readonly problems: readonly WhatIfProblem[];
  readonly settled: boolean;
  /** Seconds until the last change. */
  readonly lasted: number;
  readonly totals: Readonly<Record<Family, SetWeight>>;
  readonly groups: readonly ReportedGroup[];
  readonly moved: readonly ReportedFlow[];
  readonly unserved: {
    readonly before: SetWeight;
    readonly after: SetWeight;
    /** Of those after: what is answered with a dead target, and what nothing usable was found for. */
    readonly dead: SetWeight;
    readonly lastResort: SetWeight;
  };
  readonly links: readonly ReportedLink[];
  readonly sites: readonly ReportedSite[];
  /** Bits per second. */
  readonly lost: PerDirection<number>;
  readonly steps: readonly ReportedStep[];
  readonly dead: readonly { readonly target: string; readonly why: string }[];
  readonly guards: readonly ReportedGuard[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** Every single failure, where that was asked for. */
  readonly singles?: readonly ReportedFailure[];
  /** Failures that there was no time for. */
  readonly leftOut?: number;
}

/** What a group answers. */
export interface ReportedGroup
  extends Readonly<Record<Family, { readonly before: SetWeight; readonly after: SetWeight }>> {
  readonly group: string;
  readonly parent: string | null;
}

export interface ReportedFlow extends SetWeight {
  readonly service: string;
  readonly family: Family;
  /** null: no answer */
  readonly from: string | null;
  readonly to: string | null;
}

/** Bits per second. */
export interface ReportedLink {
  readonly link: string;
  readonly site: string;
  readonly direction: Direction;
  readonly capacity: number;
  readonly before: number;
  readonly after: number;
  readonly peak: number;
}

export interface ReportedSite {
  readonly site: string;
  readonly lost: boolean;
  readonly before: PerDirection<number>;
  readonly after: PerDirection<number>;
}

export interface ReportedStep {
  /** Seconds after the changes. */
  readonly at: number;
  readonly cascades: readonly { readonly link: string; readonly ratio: number }[];
  readonly changes: readonly PlanChange[];
  readonly moved: readonly ReportedFlow[];
  readonly links: readonly {
    readonly link: string;
    readonly direction: Direction;
    readonly load: number;
    readonly ratio: number;
  }[];
  readonly sites: readonly ({ readonly site: string } & PerDirection<number>)[];
  readonly lost: PerDirection<number>;
}

export interface ReportedGuard {
  readonly guard: string;
  /** The target it holds, the group and family it closes, or the link that has too much; absent where it speaks of a move. */
  readonly about?: string;
  /** Seconds after the changes, and until when it holds (Unix milliseconds). */
  readonly at: number;
  readonly until?: number;
  readonly refuses: boolean;
  readonly cause: string;
}

/** Parts of all queries, or of all hosts where nobody counts queries. */
export interface ReportedFailure {
  readonly failure: string;
  readonly unserved: number;
  readonly cascades: readonly string[];
  readonly worst?: { readonly link: string; readonly direction: Direction; readonly ratio: number };
  /** Bits per second. */
  readonly lost: number;
  readonly moved: number;
  readonly settled: boolean;
}

/** @param limit of links, as a part of their capacity */
export function reportOf(ground: Ground, result: WhatIf, limit: number): WhatIfReport {
  const { scenario, footing } = ground;
  const { network } = scenario.base;
  const { before, after, peaks } = result;
  const lost = lostSites(network, result.outage);
  const siteLoads = { before: bySite(network, before.links), after: bySite(network, after.links) };
  return {
    problems: problemsOf(ground, result, limit),
    settled: result.settled,
    lasted: result.lasted / 1000,
    totals: footing.totals,
    groups: groupsOf(ground, result),
    moved: result.flows.map((flow) => flowOf(network, flow)),
    unserved: {
      before: before.unserved,
      after: after.unserved,
      dead: after.dead,
      lastResort: after.lastResort,
    },
    links: network.links.flatMap(({ id, site, capacity }, link) =>
      directions.map((direction) => ({
        link: id,
        site: network.sites[site].id,
        direction,
        capacity: capacity[direction],
        before: before.links[link][direction].load,
        after: after.links[link][direction].load,
        peak: peaks[link][direction].load,
      })),
    ),
    sites: network.sites.map(({ id }, site) => ({
      site: id,
      lost: lost.has(site),
      before: siteLoads.before[site],
      after: siteLoads.after[site],
    })),
    lost: after.lost,
    steps: result.steps.map((step) => stepOf(network, step)),
    dead: [...result.dead].map(([target, why]) => ({ target, why })),
    guards: guardsOf(ground, result),
    findings: newFindings(ground, result),
    notes: [...scenario.notes, ...unchecked(scenario.changed.verdicts, result)],
  };
}

export function failureOf(network: Network, { thing, worst, cascades, ...rank }: FailureRank): ReportedFailure {
  return {
    failure: thingText(network, thing),
    ...rank,
    cascades: cascades.map((link) => network.links[link].id),
    ...(worst === undefined ? {} : { worst: { ...worst, link: network.links[worst.link].id } }),
  };
}

/** What nobody looks at fails unseen. */
function unchecked(verdicts: Verdicts, { dead }: WhatIf): string[] {
  const unseen = [...dead.keys()].filter((target) => !verdicts.has(target));
  if (unseen.length === 0) return [];
  const some = unseen.slice(0, 3).join(', ') + (unseen.length > 3 ? ` and ${unseen.length - 3} more` : '');
  return [`no check looks at ${some}, so a server would go on answering with what is dead; here it sees it`];
}

function groupsOf({ scenario, footing }: Ground, { end }: WhatIf): ReportedGroup[] {
  const { base, changed } = scenario;
  const weights = Object.fromEntries(
    families.map((family) => [
      family,
      {
        before: footing.byGroup(footing.plan, base.network, family),
        after: footing.byGroup(end.plan, changed.network, family),
      },
    ]),
  ) as Record<Family, { before: SetWeight[]; after: SetWeight[] }>;
  const { groups } = base.network;
  return groups.map(({ id, parent }, group) => {
    const of = (family: Family) => ({ before: weights[family].before[group], after: weights[family].after[group] });
    return { group: id, parent: parent < 0 ? null : groups[parent].id, ipv4: of('ipv4'), ipv6: of('ipv6') };
  });
}

function flowOf({ services, groups }: Network, { service, family, from, to, hosts, queries }: Flow): ReportedFlow {
  const name = (group: number): string | null => groups[group]?.id ?? null;
  return { service: services[service].id, family, from: name(from), to: name(to), hosts, queries };
}

function stepOf(network: Network, { at, cascades, changes, flows, links, lost }: WhatIfStep): ReportedStep {
  return {
    at: at / 1000,
    cascades: cascades.map(({ link, ratio }) => ({ link: network.links[link].id, ratio })),
    changes,
    moved: flows.map((flow) => flowOf(network, flow)),
    links: links.flatMap((load, link) =>
      directions.map((direction) => ({ link: network.links[link].id, direction, ...load[direction] })),
    ),
    sites: bySite(network, links).map((load, site) => ({ site: network.sites[site].id, ...load })),
    lost,
  };
}

function bySite({ sites, links }: Network, loads: WhatIfStep['links']): PerDirection<number>[] {
  const sum = (site: number, direction: Direction): number =>
    loads.reduce((total, load, link) => (links[link].site === site ? total + load[direction].load : total), 0);
  return sites.map((_, site) => ({ in: sum(site, 'in'), out: sum(site, 'out') }));
}

function guardsOf({ scenario }: Ground, { trips }: WhatIf): ReportedGuard[] {
  return [
    ...scenario.guards.map(({ guard, refuses, message }) => ({ guard, at: 0, refuses, cause: message })),
    ...trips.map(({ guard, about, at, until, cause }) => ({
      guard,
      about,
      at: at / 1000,
      ...(until === undefined ? {} : { until }),
      refuses: true,
      cause,
    })),
  ];
}
