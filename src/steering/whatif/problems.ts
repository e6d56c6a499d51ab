/** What of a run should not be: why a script that asks should stop. */
import type { Network } from '../model.ts';
import { directions } from '../network-data.ts';
import type { Ground } from './ground.ts';
import type { WhatIf } from './run.ts';

export interface WhatIfProblem {
  /**
   * `over-limit`: a link goes over the limit, or further over it. `cascade`: a link fails because of that. `unserved`: more hosts than now are answered with what is not
   * usable, or not at all. `lost-traffic`: traffic has nowhere to enter or leave. `unsettled`: it still changed when the time was over. `guarded`: a guard refuses a move.
   */
  readonly kind: 'over-limit' | 'cascade' | 'unserved' | 'lost-traffic' | 'unsettled' | 'guarded';
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

function overloads({ links }: Network, present: Ground['present'], { peaks }: WhatIf, limit: number): WhatIfProblem[] {
  return links.flatMap(({ id }, link) =>
    directions.flatMap((direction): WhatIfProblem[] => {
      const [was, is] = [present[link][direction].ratio, peaks[link][direction].ratio];
      // A rounding error is no growth.
      if (is <= limit || is <= was * 1.000001) return [];
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
