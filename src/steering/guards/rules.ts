/** What operators set of guards, and what is taken when they say nothing. Times are in milliseconds. */

export const guardNames = ['freeze', 'damping', 'dwell', 'blast-radius'] as const;
export type GuardName = (typeof guardNames)[number];

/** After RFC 2439 §4.2, with targets in place of routes. A failure counts 1000. */
export interface DampingRules {
  readonly halfLife: number;
  /** Above it nothing comes back to what flaps, until the penalty is below `reuse`. */
  readonly suppress: number;
  readonly reuse: number;
  /** The longest something waits after it was well for good. */
  readonly maximum: number;
}

export interface GuardRules {
  /** Undefined: nothing is damped. */
  readonly damping?: DampingRules;
  /** After an automatic change of what hosts are answered with, nothing calls them back for so long. */
  readonly dwell: number;
}

const MINUTE = 60_000;

export const plainDamping: DampingRules = { halfLife: 15 * MINUTE, suppress: 1500, reuse: 750, maximum: 60 * MINUTE };

export const plainGuards: GuardRules = { damping: plainDamping, dwell: 0 };
