/** Penalties that decay: how unsteady something was lately (RFC 2439 §4.2). */
import type { DampingRules } from './rules.ts';

/** What one failure counts, and one change of what hosts are answered with. */
export const FAILURE = 1000;

export interface Penalty {
  readonly value: number;
  /** Unix milliseconds: when it was so high. */
  readonly at: number;
  /** It was above the limit, and has not come down to `reuse` since. */
  readonly suppressed: boolean;
}

export const NO_PENALTY: Penalty = { value: 0, at: 0, suppressed: false };

/** How high it is now. A clock that was set back lets nothing grow. */
export function valueAt({ value, at }: Penalty, { halfLife }: DampingRules, now: number): number {
  return value * 2 ** (-Math.max(0, now - at) / halfLife);
}

/** The same with one more failure. It never grows beyond what decays to `reuse` within the longest wait. */
export function raised(before: Penalty, rules: DampingRules, now: number, by: number = FAILURE): Penalty {
  const ceiling = rules.reuse * 2 ** (rules.maximum / rules.halfLife);
  const value = Math.min(ceiling, valueAt(before, rules, now) + by);
  return { value, at: now, suppressed: value >= rules.suppress || isSuppressed(before, rules, now) };
}

export function isSuppressed(penalty: Penalty, rules: DampingRules, now: number): boolean {
  return penalty.suppressed && valueAt(penalty, rules, now) > rules.reuse;
}

/** When it comes down to `reuse`, in Unix milliseconds. */
export function reusableAt({ value, at }: Penalty, { halfLife, reuse }: DampingRules): number {
  return value <= reuse ? at : Math.ceil(at + halfLife * Math.log2(value / reuse));
}

/** Whether it is so low that it need not be remembered: a failure would bring it no nearer to a limit than the first one. */
export function isForgotten(penalty: Penalty, rules: DampingRules, now: number): boolean {
  return valueAt(penalty, rules, now) < Math.min(rules.reuse, FAILURE) / 16;
}
