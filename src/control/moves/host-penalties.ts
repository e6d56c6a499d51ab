/**
 * How often operators moved each host lately: a penalty that decays, as of targets. Hosts that were always moved together have the same one, so a host has the
 * number of its penalty (overrides.ts), and a million of them are raised as fast as they are moved. A restart forgets penalties.
 */
import { FAILURE, isSuppressed, type Penalty, raised } from '../../steering/guards/penalty.ts';
import type { DampingRules } from '../../steering/guards/rules.ts';
import type { Overrides } from '../overrides.ts';

/** No penalty. */
const NONE = 0;

export class HostPenalties {
  readonly #overrides: Overrides;
  /** By number, and how many hosts have each. */
  readonly #penalties: (Penalty | undefined)[] = [undefined];
  readonly #hosts: number[] = [0];
  readonly #free: number[] = [];
  /** What penalties became that were raised at the time of the last one. */
  readonly #raised = new Map<number, number>();
  #at = 0;

  constructor(overrides: Overrides) {
    this.#overrides = overrides;
  }

  /**
   * Tells of hosts (by number among overrides) whether they are suppressed now. Valid until a penalty is raised: what many hosts share is worked out once, and
   * neighbours mostly share.
   */
  suppressed(rules: DampingRules, now: number): (host: number) => boolean {
    const overrides = this.#overrides;
    const known = new Map<number, boolean>();
    let [last, isLast] = [NONE, false];
    return (host) => {
      const number = overrides.penalty(host);
      if (number === last) return isLast;
      last = number;
      const found = known.get(number);
      isLast = found ?? this.#isSuppressed(number, rules, now);
      if (found === undefined) known.set(number, isLast);
      return isLast;
    };
  }

  #isSuppressed(number: number, rules: DampingRules, now: number): boolean {
    const penalty = this.#penalties[number];
    if (penalty?.suppressed !== true) return false;
    return isSuppressed({ ...penalty, at: Math.min(penalty.at, now) }, rules, now);
  }

  /** The host was moved. */
  raise(host: number, rules: DampingRules, now: number): void {
    const before = this.#overrides.penalty(host);
    if (now !== this.#at) {
      this.#at = now;
      this.#raised.clear();
    }
    let after = this.#raised.get(before);
    if (after === undefined) {
      after = this.#number(this.#next(this.#penalties[before], rules, now));
      this.#raised.set(before, after);
    }
    this.#overrides.setPenalty(host, after);
    this.#hosts[after]++;
    if (before !== NONE && --this.#hosts[before] === 0) this.#forget(before);
  }

  #next(past: Penalty | undefined, rules: DampingRules, now: number): Penalty {
    // The first of a while, as most are.
    if (past === undefined) return { value: FAILURE, at: now, suppressed: FAILURE >= rules.suppress };
    return raised({ ...past, at: Math.min(past.at, now) }, rules, now);
  }

  #number(penalty: Penalty): number {
    const number = this.#free.pop() ?? this.#penalties.length;
    this.#penalties[number] = penalty;
    this.#hosts[number] = 0;
    return number;
  }

  #forget(number: number): void {
    this.#penalties[number] = undefined;
    // It may be what others became, and its number is used anew.
    this.#raised.clear();
    this.#free.push(number);
  }
}
