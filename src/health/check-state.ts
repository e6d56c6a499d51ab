/**
 * One check of one target: a state machine fed with observations. Pure: it is given the time and what it said before.
 *
 *     unknown ──1 success (after a down: rise)──> up ──fall failures, or a brown-out──> down ──rise successes──> up
 *        ^  └──fall failures──> down                                                       │
 *        └──────────── nothing observed for too long, from any state ──────────────────────┘
 *
 * With a rule for brown-outs it also takes a window that is better than half the rule's ratio to be up again, whatever brought it down.
 */
import type { BrownOut, Check, Timing } from './check.ts';

/** What one probe, or one report, found. */
export interface Observation {
  /** When it ended, in Unix milliseconds. */
  readonly at: number;
  /** `none`: nothing was learnt of the target, as when the Prometheus that is asked doesn't answer. */
  readonly result: 'ok' | 'failed' | 'none';
  /** In words, as `status 503`. */
  readonly cause: string;
  /** Milliseconds it took. */
  readonly duration: number;
  /** What an operator should know though all is well, as of a certificate that ends soon. */
  readonly warning?: string;
  /** Until when it counts, if it says so itself: a report's expiry. */
  readonly until?: number;
}

export interface CheckState {
  readonly state: 'up' | 'down' | 'unknown';
  readonly cause: string;
  /** The last state that was not `unknown`. */
  readonly known?: 'up' | 'down';
  /** The last observation, if there was one. */
  readonly last?: Observation;
  /** The last that said something. */
  readonly said?: Observation;
  /** How many in a row have said the same as the last. */
  readonly streak: number;
  /** The first of those. */
  readonly first?: Observation;
  /** Observations of the brown-out's window, oldest first. */
  readonly window: readonly { readonly at: number; readonly failed: boolean }[];
  /** Down for failing too often: its window is asked however few observations are left in it. */
  readonly brownedOut: boolean;
}

/** A check of which nothing has been observed. @param known what it was in an earlier life of the server: a target that was down rises slowly */
export function unobserved(check: Check, known?: 'up' | 'down'): CheckState {
  const rest = { streak: 0, window: [], brownedOut: false, ...(known === undefined ? {} : { known }) };
  // Nobody checks it, so it is up until somebody says otherwise.
  if (check.probe.type === 'manual') return { ...rest, state: 'up', cause: 'manual' };
  return { ...rest, state: 'unknown', cause: check.probe.type === 'push' ? 'no report yet' : 'not checked yet' };
}

/** What a check says after another observation. */
export function observe(before: CheckState, check: Check, seen: Observation): CheckState {
  // A late one tells of a time that newer ones have told of already.
  if (before.last !== undefined && seen.at < before.last.at) return before;
  if (seen.result === 'none') return { ...before, last: seen };
  const failed = seen.result === 'failed';
  const goesOn = before.said?.result === seen.result && before.streak > 0;
  const [streak, first] = goesOn ? [before.streak + 1, before.first] : [1, seen];
  const { timing } = check;
  const window = slide(before.window, timing.brownOut, seen.at, failed);
  const after = { ...before, last: seen, said: seen, streak, window, ...(first === undefined ? {} : { first }) };
  const told = `${check.probe.type}: ${seen.cause}`;
  if (isReported(check)) return settle(after, failed ? 'down' : 'up', told);
  if (failed) {
    if (streak >= timing.fall) return before.state === 'down' ? after : settle(after, 'down', told);
    if (before.state !== 'down' && isBrownOut(window, timing)) {
      const count = window.filter((each) => each.failed).length;
      const cause = `${told} (${count} of the last ${window.length} failed)`;
      return { ...settle(after, 'down', cause), brownedOut: true };
    }
    return after;
  }
  if (before.state === 'up') return after;
  const needed = before.known === 'down' ? timing.rise : 1;
  if (streak < needed) return after;
  if (!mayRise(after, timing)) return after;
  return { ...settle(after, 'up', told), brownedOut: false };
}

/** What a check says when time has passed without an observation. @param stale see HealthModel */
export function grown(before: CheckState, check: Check, now: number, stale: number): CheckState {
  const until = staleAt(before, check, stale);
  if (before.state === 'unknown' || until === undefined || now < until) return before;
  const nothing = check.probe.type === 'push' ? 'the last report has expired' : whyNothing(before, now);
  // What was counted before says nothing of what comes after.
  return { ...before, state: 'unknown', cause: `${check.probe.type}: ${nothing}`, streak: 0, window: [] };
}

/** Until when a state holds without another observation; undefined for ever. */
export function staleAt({ said }: CheckState, check: Check, stale: number): number | undefined {
  if (check.probe.type === 'manual' || said === undefined) return undefined;
  if (check.probe.type === 'push') return said.until ?? said.at + check.probe.expires;
  const { interval, timeout } = check.timing;
  // Three probes that never came: one lost is no reason.
  return said.at + Math.max(stale, 3 * (interval + timeout));
}

/** When, and to what, a state changes if every coming observation is like the last; undefined when nothing points to a change. */
export function projected(now: CheckState, check: Check): { at: number; state: 'up' | 'down' } | undefined {
  const { said, state, streak, known } = now;
  if (said === undefined || isReported(check)) return undefined;
  const { timing } = check;
  if (said.result === 'failed') {
    if (state === 'down' || streak >= timing.fall || streak === 0) return undefined;
    const left = timing.fall - streak;
    // A probe that fails quickly once will do so again; one that timed out too.
    return { at: said.at + left * (timing.recheck + Math.min(said.duration, timing.timeout)), state: 'down' };
  }
  if (state !== 'down' || streak === 0 || known === undefined) return undefined;
  let next = now;
  let at = said.at;
  for (let left = Math.max(1, timing.rise - streak); left > 0 || !mayRise(next, timing); left--) {
    at += timing.interval;
    next = { ...next, window: slide(next.window, timing.brownOut, at, false) };
  }
  return { at, state: 'up' };
}

/** A report is what somebody concluded: nothing is counted. */
function isReported(check: Check): boolean {
  return check.probe.type === 'push' || check.probe.type === 'manual';
}

function settle(after: CheckState, state: 'up' | 'down', cause: string): CheckState {
  return after.state === state ? after : { ...after, state, cause, known: state };
}

function slide(
  window: CheckState['window'],
  rule: BrownOut | undefined,
  at: number,
  failed: boolean,
): CheckState['window'] {
  if (rule === undefined) return window;
  return [...window.filter((each) => each.at > at - rule.window), { at, failed }];
}

function failureRatio(window: CheckState['window']): number {
  return window.filter((each) => each.failed).length / window.length;
}

/** Never on fewer failures than bring it down in a row. */
function isBrownOut(window: CheckState['window'], { brownOut, fall }: Timing): boolean {
  if (brownOut === undefined || window.length < brownOut.least) return false;
  const failures = window.filter((each) => each.failed).length;
  return failures >= fall && failures / window.length >= brownOut.ratio;
}

/**
 * Whether the window allows a check that was down to be up. Half the ratio: a target at the edge must not go up and down with each observation. One that fell by failures
 * in a row is asked too, since where many fail, some of them are in a row.
 */
function mayRise({ known, brownedOut, window }: CheckState, { brownOut }: Timing): boolean {
  if (brownOut === undefined || known !== 'down') return true;
  if (!brownedOut && window.length < brownOut.least) return true;
  return failureRatio(window) <= brownOut.ratio / 2;
}

function whyNothing({ last, said }: CheckState, now: number): string {
  const seconds = Math.round((now - (said?.at ?? now)) / 1000);
  const why = last !== undefined && last.result === 'none' ? ` (${last.cause})` : '';
  return `nothing observed for ${seconds} s${why}`;
}
