/**
 * The operator's network as the steering engine sees it (docs: vocabulary in README of this folder). Plain immutable data, made once a
 * reload by `config/`, passed to workers by structured clone. Every list is indexed: an id's place in its list is its number elsewhere.
 */
import type { Prefix } from '../net/prefix.ts';

export const families = ['ipv4', 'ipv6'] as const;
export type Family = (typeof families)[number];
export type PerFamily<T> = Readonly<Record<Family, T>>;

/** A point of presence. */
export interface Site {
  readonly id: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Latitude and longitude in degrees. */
  readonly location?: readonly [number, number];
}

/** Who hears a group's host routes and covering prefix by BGP. */
export type Routing = 'anycast' | 'important' | 'lazy' | 'group-lazy';

export interface Group {
  readonly id: string;
  /** Index of the parent group, or -1 at the top of a ladder. */
  readonly parent: number;
  readonly routing: PerFamily<Routing>;
  /** Indexes of the sites that hear the host route and serve. */
  readonly instances: readonly number[];
  /** Indexes of the sites whose transits and peers hear the covering prefix. */
  readonly announce: PerFamily<readonly number[]>;
  readonly prefixes: { readonly ipv4?: Prefix; readonly ipv6?: Prefix };
  /** Group indexes to try, in order, when the assigned one can't be used: the parent chain unless the operator lists others. */
  readonly fallback: readonly number[];
}

/** What answers behind a VIP. `vips[group]` holds its addresses there: 4 and 16 octets. */
export interface Service {
  readonly id: string;
  readonly vips: readonly { readonly ipv4?: Uint8Array; readonly ipv6?: Uint8Array }[];
}

export interface Policy {
  readonly id: string;
  /** Seconds; what hosts get that name none of their own. */
  readonly ttl: number;
}

export interface Network {
  readonly originAs?: number;
  readonly sites: readonly Site[];
  readonly groups: readonly Group[];
  readonly services: readonly Service[];
  /** `default` is always there. */
  readonly policies: readonly Policy[];
}

/** What a host's cell names: indexes into the network's lists, and a TTL in seconds. */
export interface Assignment {
  readonly service: number;
  readonly ipv4: number;
  readonly ipv6: number;
  readonly policy: number;
  readonly ttl: number;
}

export const targetStates = ['up', 'down', 'drained', 'unknown'] as const;
export type TargetState = (typeof targetStates)[number];

/** What an operator may force. `auto` takes a broader force back. */
export type ForcedState = 'up' | 'down' | 'drained' | 'auto';

/** An operator's force on a group, a service in a group, or one target. The narrowest that matches counts. */
export interface Force {
  readonly group: number;
  readonly service?: number;
  readonly family?: Family;
  readonly state: ForcedState;
}

/** Everything `decide` looks at. Later issues add verdicts, load, routing evidence and history here, and nowhere else. */
export interface World {
  readonly network: Network;
  readonly assignments: readonly Assignment[];
  readonly forces: readonly Force[];
  /** Client classes: 1 while no policy looks at the client. Class 0 is the client without a location. */
  readonly classes: number;
  /** Unix time in milliseconds. Passed in, never read from a clock. */
  readonly now: number;
}

/** One share of an answer set: buckets below `upTo` (and not below the share before) get this. */
export interface Share {
  /** Exclusive bucket bound, 1..BUCKETS; the last share's is BUCKETS. */
  readonly upTo: number;
  /** Index of the service the group's VIP belongs to. */
  readonly service: number;
  /** Index of the group that answers. */
  readonly group: number;
  /** The group's VIP: 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
  /** No usable target was found: the answer is the least bad one. */
  readonly lastResort: boolean;
}

/** Slots of the stable hash that shares are cut from. */
export const BUCKETS = 65536;

/** For one (assignment, class, family): its shares in rising `upTo`, or empty when the host does not have the family. */
export type AnswerSet = readonly Share[];

export interface Plan {
  readonly classes: number;
  /** Indexed by `planIndex`. */
  readonly sets: readonly AnswerSet[];
}

/** Where in `Plan.sets` an assignment, class and family lie. */
export function planIndex(plan: Plan, assignment: number, clientClass: number, family: Family): number {
  return (assignment * plan.classes + clientClass) * 2 + (family === 'ipv6' ? 1 : 0);
}
