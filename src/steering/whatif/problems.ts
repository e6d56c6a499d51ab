/** What of a run should not be: why a script that asks should stop. */
import type { Network } from '../model.ts';
import { directions } from '../network-data.ts';
import type { Ground } from './ground.ts';
import type { FailureRank, LeftOut } from './n-1.ts';
import type { WhatIf } from './run.ts';
import { thingText } from './thing.ts';

/** A rounding error is no growth. */
const NO_GROWTH = 1.000001;

export interface WhatIfProblem {
  /**
   * `over-limit`: a link goes over the limit, or further over it. `cascade`: a link fails because of that. `unserved`: more hosts than now are answered with what is not
   * usable, or not at all. `lost-traffic`: traffic has nowhere to enter or leave. `unsettled`: it still changed when the time was over. `guarded`: a guard refuses a move, or a prefix.
   * `single`: a single failure on top would do one of these. `left-out`: there was no time to look at all of them.
   */
  readonly kind:
    | 'over-limit'
    | 'cascade'
    | 'unserved'
    | 'lost-traffic'
    | 'unsettled'
    | 'guarded'
    | 'single'
    | 'left-out';
  readonly message: string;
}

/** @param limit of links, as a part of their capacity */
export function problemsOf({ scenario, present, footing }: Ground, result: WhatIf, limit: number): WhatIfProblem[] {
  const { network } = scenario.base;
  const guarded = scenario.guards
    .filter(({ refuses }) => refuses)
    .map(({ guard, message }): WhatIfProblem => ({ kind: 'guarded', message: `${guard}: ${message}` }));
  return [
    ...guarded,
    ...overloads(network, present, result, limit),
    ...cascades(network, result),
    ...unserved(footing.totals, result),
    ...lostTraffic(result),
    ...(result.settled ? [] : [{ kind: 'unsettled', message: 'it still changed when the time was over' } as const]),
  ];
}

/**
 * What single failures would do on top. That the top of a ladder leaves its hosts without an answer lies in what a ladder is, so of groups and targets only what they do
 * to links counts.
 */
export function singleProblems(
  { scenario, present }: Ground,
  ranks: readonly FailureRank[],
  limit: number,
): WhatIfProblem[] {
  const { network } = scenario.changed;
  return ranks.flatMap(({ thing, unserved, cascades: failed, worst, lost }): WhatIfProblem[] => {
    const isPlace = thing.kind === 'site' || thing.kind === 'link';
    const was = worst === undefined ? 0 : present[worst.link][worst.direction].ratio;
    const what = [
      ...(isPlace && unserved > 0 ? [`${percent(unserved)} are left with what is not usable`] : []),
      ...(failed.length > 0 ? [`${failed.map((link) => network.links[link].id).join(', ')} would fail next`] : []),
      ...(worst !== undefined && worst.ratio > limit && worst.ratio > was * NO_GROWTH
        ? [`${network.links[worst.link].id} ${worst.direction} at ${percent(worst.ratio)}`]
        : []),
      ...(lost >= 1 ? [`${rateText(lost)} have nowhere to enter or leave`] : []),
    ];
    return what.length === 0 ? [] : [{ kind: 'single', message: `${thingText(network, thing)}: ${what.join('; ')}` }];
  });
}

/** What was not looked at, and where to look at it: that nothing was found there says nothing. */
export function leftOutProblems({ scenario }: Ground, leftOut: readonly LeftOut[], all: number): WhatIfProblem[] {
  const [largest] = leftOut;
  if (largest === undefined) return [];
  const { thing, hosts } = largest;
  const name = thingText(scenario.changed.network, thing);
  const most =
    hosts === undefined ? `the first is ${name}` : `targets with ${Math.round(hosts)} hosts at the most (${name})`;
  const message = `there was no time for ${leftOut.length} of ${all} single failures: ${most}; ask for one by itself (fail), or of the files (--offline), which take their time`;
  return [{ kind: 'left-out', message }];
}

function overloads({ links }: Network, present: Ground['present'], { peaks }: WhatIf, limit: number): WhatIfProblem[] {
  return links.flatMap(({ id }, link) =>
    directions.flatMap((direction): WhatIfProblem[] => {
      const [was, is] = [present[link][direction].ratio, peaks[link][direction].ratio];
      if (is <= limit || is <= was * NO_GROWTH) return [];
      return [
        { kind: 'over-limit', message: `${id} ${direction}: ${percent(is)} of its capacity, now ${percent(was)}` },
      ];
    }),
  );
}

function cascades({ links }: Network, { steps }: WhatIf): WhatIfProblem[] {
  return steps.flatMap(({ cascades: failed }) =>
    failed.map(({ link, ratio }): WhatIfProblem => {
      return { kind: 'cascade', message: `${links[link].id} fails next, at ${percent(ratio)} of its capacity` };
    }),
  );
}

function unserved({ ipv4, ipv6 }: Ground['footing']['totals'], { before, after }: WhatIf): WhatIfProblem[] {
  const more = after.unserved.hosts - before.unserved.hosts;
  if (more < 0.5) return [];
  const all = ipv4.queries + ipv6.queries;
  const queries = all > 0 ? ` (${percent(after.unserved.queries / all)} of queries)` : '';
  const hosts = Math.round(after.unserved.hosts);
  return [{ kind: 'unserved', message: `${hosts} host addresses are left with what is not usable${queries}` }];
}

function lostTraffic({ after: { lost } }: WhatIf): WhatIfProblem[] {
  const bits = Math.max(lost.in, lost.out);
  return bits < 1 ? [] : [{ kind: 'lost-traffic', message: `${rateText(bits)} have nowhere to enter or leave` }];
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

/** `1.5 Gbit/s` */
export function rateText(bits: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bits, 1)) / 3)));
  return `${Number((bits / 1000 ** at).toPrecision(3))} ${units[at]}`;
}
