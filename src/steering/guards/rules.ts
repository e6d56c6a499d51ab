/** What operators set of guards, and what is taken when they say nothing. Times are in milliseconds. */

export const guardNames = [
  'freeze',
  'damping',
  'dwell',
  'rpki',
  'announcement',
  'capacity',
  'blast-radius',
  'prefix-limit',
  'ecmp',
] as const;
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
  /** Of hosts that operators move; undefined: they may be moved as often as anybody likes. */
  readonly hostDamping?: DampingRules;
  /** After an automatic change of what hosts are answered with, nothing calls them back for so long. */
  readonly dwell: number;
  /** Whether groups whose prefix RPKI finds invalid, or that nobody announces, take no hosts. */
  readonly rpki: boolean;
  readonly announcement: boolean;
  /** Whether operators' moves that would put a link over its high watermark are refused. */
  readonly capacity: boolean;
  /** Undefined: as many hosts as need to may change their group at once. */
  readonly blastRadius?: BlastRadiusRules;
  readonly prefixLimit: {
    /** Part of a limit (0 to 1) below which what is left is warned of. */
    readonly headroom: number;
    readonly exceeded: Exceeded;
  };
  /** More next hops than routers use. */
  readonly ecmp: Exceeded;
}

/** Whether files that go beyond a limit are refused, or only warned of. */
export type Exceeded = 'refuse' | 'warn';

/** How much may change its group by automatic decisions within an interval. */
export interface BlastRadiusRules {
  /** Parts of all, 0 to 1, for each family apart. */
  readonly hosts: number;
  readonly queries: number;
  readonly interval: number;
  /** Leaving a dead target neither waits nor counts. */
  readonly leaveDead: boolean;
}

const MINUTE = 60_000;

export const plainDamping: DampingRules = { halfLife: 15 * MINUTE, suppress: 1500, reuse: 750, maximum: 60 * MINUTE };

/** Five moves within minutes are what an operator may need on a bad day; a script that goes round in circles makes more. */
export const plainHostDamping: DampingRules = { ...plainDamping, suppress: 5000, reuse: 2500 };

export const plainGuards: GuardRules = {
  damping: plainDamping,
  hostDamping: plainHostDamping,
  dwell: 0,
  rpki: true,
  announcement: true,
  prefixLimit: { headroom: 0.1, exceeded: 'refuse' },
  ecmp: 'warn',
  capacity: true,
};
