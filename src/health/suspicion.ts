/**
 * Before a fall counts: while targets of other sites are failing too, it may be the first sign that the observer is cut off, whose probes don't all fail in the same
 * moment. So it waits until each of those has come back or fallen as well, which takes a re-check or two. Then it counts, or the cut-off rule holds everything.
 */
import type { Verdict } from '../steering/model.ts';
import type { Fall } from './cut-off.ts';

/** A target that is up, but fails. */
export interface Suspect {
  readonly target: string;
  readonly sites: readonly number[];
  /** When it will be down if it goes on so. */
  readonly changeAt: number;
}

interface Waiting {
  readonly before: Verdict;
  /** Those it waits for: the ones that failed when it fell, not ones that begin to fail later. */
  readonly suspects: ReadonlySet<string>;
  readonly until: number;
}

/** Milliseconds beyond the time at which a suspect should be down: its probe may have started late. */
const SLACK_MS = 500;
/** However slow the checks of others are, a dead target does not wait longer. */
const MOST_MS = 5000;

export class Suspicion {
  readonly #waiting = new Map<string, Waiting>();

  /** What those that wait count as meanwhile. */
  get waiting(): ReadonlyMap<string, Verdict> {
    return new Map([...this.#waiting].map(([target, { before }]) => [target, before]));
  }

  /** @returns whether somebody has ceased or begun to wait */
  next(falls: readonly Fall[], suspects: Iterable<Suspect>, now: number): boolean {
    if (falls.length === 0 && this.#waiting.size === 0) return false;
    const failing = [...suspects];
    const stillFailing = new Set(failing.map(({ target }) => target));
    let changed = false;
    for (const [target, { suspects: waitedFor, until }] of this.#waiting) {
      if (now < until && [...waitedFor].some((other) => stillFailing.has(other))) continue;
      this.#waiting.delete(target);
      changed = true;
    }
    for (const { target, sites, before } of falls) {
      const others = failing.filter((other) => !other.sites.some((site) => sites.includes(site)));
      if (others.length === 0) continue;
      const until = Math.max(...others.map(({ changeAt }) => changeAt)) + SLACK_MS;
      this.#waiting.set(target, {
        before,
        suspects: new Set(others.map((other) => other.target)),
        until: Math.min(until, now + MOST_MS),
      });
      changed = true;
    }
    return changed;
  }
}
