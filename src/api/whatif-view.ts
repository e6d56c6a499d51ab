import type * as z from 'zod';
import type { WhatIfRules } from '../control/whatif/work.ts';
import type { WhatIfReport } from '../steering/whatif/report.ts';
import type { whatIfReply, whatIfRequest } from './schemas/whatif.ts';
import { timeText } from './views.ts';

/** A request's knobs, as the engine takes them. */
export function rulesOf(request: z.output<typeof whatIfRequest>): WhatIfRules {
  const { n_1: singles, cascade, limit, horizon, traffic } = request;
  return { singles, cascade: cascade ?? undefined, limit, traffic, horizon: horizon * 1000, explains: true };
}

/** What the API says of a what-if. */
export function whatIfView(report: WhatIfReport): z.input<typeof whatIfReply> {
  const { unserved, guards, leftOut, singles, ...rest } = report;
  const { lastResort, ...others } = unserved;
  return {
    ...(rest as Mutable<typeof rest>),
    unserved: { ...others, last_resort: lastResort },
    guards: guards.map(({ until, ...guard }) => ({
      ...guard,
      // A freeze may be without an end that a date can tell.
      ...(until === undefined || !Number.isFinite(until) ? {} : { until: timeText(until) }),
    })),
    ...(singles === undefined ? {} : { singles: singles as Mutable<typeof singles> }),
    ...(leftOut === undefined ? {} : { left_out: leftOut }),
  };
}

/** Replies are written out, so nothing of them is changed. */
type Mutable<T> = T extends readonly (infer U)[]
  ? Mutable<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
