/**
 * Before a fall counts: it may be the first sign that the observer is cut off, whose probes don't all fail in the same moment. What would then come next are falls that no
 * single site explains together with this one, and they can only come from targets that fail already or have not been probed since. So a fall waits
 *
 * 1. until any other target of its family has been reached by a probe that began after this one had failed: the observer is connected. Or until those that have not been
 *    probed since are so few that one site would explain them all, or all of them have been probed. With timeouts that is so before the second failure is there.
 * 2. then for those that were seen failing meanwhile, as long as no single site explains them and what fell: until they are back or have fallen as well, which takes a
 *    re-check or two. When they fall the cut-off rule holds everything.
 */

import type { Family, Verdict } from '../steering/model.ts';
import { type Fall, needTwoSites } from './cut-off.ts';
import type { Reach } from './reach.ts';

/** A target that is up. */
export interface Standing {
  readonly target: string;
  readonly family: Family;
  readonly sites: readonly number[];
  /** When it will be down if it goes on so; undefined: it doesn't fail. */
  readonly changeAt: number | undefined;
  /** Undefined when no probe goes to it. */
  readonly reach: Reach | undefined;
}

interface Waiting {
  readonly fall: Fall;
  /** Whether it is doubtful still that the observer is connected. */
  isDoubtful: boolean;
  /** Those that failed while it was, not ones that began to fail later. */
  suspects: ReadonlySet<string>;
}

/** Milliseconds beyond the time at which a suspect should be down: its probe may have started late. */
const SLACK_MS = 500;
/** However slow the checks of others are, a dead target does not wait longer. */
const MOST_MS = 5000;

export class Suspicion {
  readonly #waiting = new Map<string, Waiting>();

  /** What those that wait count as meanwhile. */
  get waiting(): ReadonlyMap<string, Verdict> {
    return new Map([...this.#waiting].map(([target, { fall }]) => [target, fall.before]));
  }

  /**
   * @param falls new ones
   * @param recent all of the last window whose targets are down still, the new ones among them
   * @returns whether somebody has ceased or begun to wait
   */
  next(falls: readonly Fall[], recent: readonly Fall[], standing: Iterable<Standing>, now: number): boolean {
    if (falls.length === 0 && this.#waiting.size === 0) return false;
    const before = new Set(this.#waiting.keys());
    for (const fall of falls) this.#waiting.set(fall.target, { fall, isDoubtful: true, suspects: new Set() });
    const others = [...standing];
    for (const [target, waiting] of this.#waiting)
      if (!mustWait(waiting, recent, others, now)) this.#waiting.delete(target);
    return before.size !== this.#waiting.size || [...before].some((target) => !this.#waiting.has(target));
  }

  /** Everything is held, so nothing needs to wait. */
  clear(): void {
    this.#waiting.clear();
  }
}

function mustWait(waiting: Waiting, recent: readonly Fall[], others: readonly Standing[], now: number): boolean {
  const { fall, suspects } = waiting;
  // It is up again, forced, or too long ago.
  if (!recent.some(({ target }) => target === fall.target) || now >= fall.at + MOST_MS) return false;
  const failing = others.filter(({ changeAt }) => changeAt !== undefined && now < changeAt + SLACK_MS);
  const seen = waiting.isDoubtful ? failing : failing.filter(({ target }) => suspects.has(target));
  waiting.suspects = new Set(seen.map(({ target }) => target));
  waiting.isDoubtful &&= isDoubtful(fall, recent, failing, others, now);
  return waiting.isDoubtful || needTwoSites([...recent, ...seen]);
}

/** Whether those of which nothing has been heard since may all fail next, and that would be a cut-off. */
function isDoubtful(
  { failing, family }: Fall,
  recent: readonly Fall[],
  suspects: readonly Standing[],
  others: readonly Standing[],
  now: number,
): boolean {
  if (failing === undefined || now >= failing.until) return false;
  const { from, round } = failing;
  const heard = others.filter(({ reach }) => reach !== undefined && reach.at >= from);
  if (heard.some((other) => other.family === family)) return false;
  // Of those that are probed more rarely nothing would be heard in time.
  const unheard = others.filter(({ reach }) => reach !== undefined && reach.at < from && reach.round <= round);
  return needTwoSites([...recent, ...suspects, ...unheard]);
}
