/**
 * What probes of a target say of the observer's own network: whether it was reached, and since when it isn't. Reports, and what a Prometheus says, tell nothing of that.
 * Pure.
 */
import type { ProbeType, ServiceChecks, Timing } from './check.ts';
import type { CheckState } from './check-state.ts';

const REACHING: ReadonlySet<ProbeType> = new Set(['tcp', 'http', 'https', 'dns', 'exec']);
/** Milliseconds by which timers, and the news of what they found, are late. */
const LATE_MS = 200;

/** How a target that fell has been failing. */
export interface Failing {
  /** Whatever made it fail was there by now: a probe of another target that began later and succeeded is a sign that the observer is connected. */
  readonly from: number;
  /** By now whoever is probed as often as it has been probed once since then. */
  readonly until: number;
  /** In so many milliseconds it is probed once, whenever one begins to look. */
  readonly round: number;
}

/** @returns undefined when it fell by what others say */
export function failingOf({ checks }: ServiceChecks, states: readonly CheckState[]): Failing | undefined {
  let latest: Failing | undefined;
  for (const [i, { state, said, first }] of states.entries()) {
    const { probe, timing } = checks[i];
    if (state !== 'down' || said?.result !== 'failed' || first === undefined || !REACHING.has(probe.type)) continue;
    const began = first.at - first.duration;
    const round = roundOf(timing);
    // An answer that is not there after half the timeout would seldom have come: so one needn't wait until the timeout to know that something was wrong.
    const from = began + Math.min(first.duration, timing.timeout / 2);
    if (latest === undefined || from > latest.from) latest = { from, until: began + round + LATE_MS, round };
  }
  return latest;
}

/** How a target that is up can be reached. */
export interface Reach {
  /** When the last probe that succeeded began. */
  readonly at: number;
  /** As in `Failing`. */
  readonly round: number;
}

/** @returns undefined when no probe goes to the target */
export function reachOf({ checks }: ServiceChecks, states: readonly CheckState[]): Reach | undefined {
  let at = Number.NEGATIVE_INFINITY;
  let round = Number.POSITIVE_INFINITY;
  for (const [i, { said }] of states.entries()) {
    const { probe, timing } = checks[i];
    if (!REACHING.has(probe.type)) continue;
    round = Math.min(round, roundOf(timing));
    if (said?.result === 'ok') at = Math.max(at, said.at - said.duration);
  }
  return Number.isFinite(round) ? { at, round } : undefined;
}

function roundOf({ interval, timeout }: Timing): number {
  return interval + timeout;
}
