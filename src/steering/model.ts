/**
 * The operator's network as the steering engine sees it (docs: vocabulary in README of this folder). Plain immutable data, made once a
 * reload by `config/`, passed to workers by structured clone. Every list is indexed: an id's place in its list is its number elsewhere.
 */
import type { Prefix } from '../net/prefix.ts';
import type { Freeze, History } from './guards/history.ts';
import type { GuardRules } from './guards/rules.ts';
import type { LoadRules } from './load/rules.ts';
import type { NetworkData, PerDirection } from './network-data.ts';

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
  readonly prefixLimits?: readonly PrefixLimit[];
  readonly ecmpLayers?: readonly EcmpLayer[];
}

/** What the other side of a BGP session of a site accepts in a family (maximum-prefix). */
export interface PrefixLimit {
  readonly session: string;
  /** Covering prefixes, as transits and peers hear them, or host routes. */
  readonly carries: 'prefixes' | 'host-routes';
  readonly family: Family;
  readonly maximum: number;
  /** Announced there beside what groups announce. */
  readonly others: number;
}

/** How many of the next hops that a VIP has the routers of a layer use. */
export interface EcmpLayer {
  readonly layer: string;
  readonly nextHops: number;
  readonly maximum: number;
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
  /** Which clients it is meant for; the countries of `announce` unless the operator says so. Looked at by policies that choose the nearest group. */
  readonly serves: readonly Serves[];
}

/** Clients a group is meant for: a continent (ISO 3166 continents as OctoDNS writes them: AF AN AS EU NA OC SA) or a country of it, an AS, a network. */
export type Serves =
  | { readonly kind: 'geo'; readonly continent: string; readonly country?: string }
  | { readonly kind: 'asn'; readonly asn: number }
  | { readonly kind: 'network'; readonly prefix: Prefix };

/** What answers behind a VIP. `vips[group]` holds its addresses there: 4 and 16 octets. */
export interface Service {
  readonly id: string;
  readonly vips: readonly { readonly ipv4?: Uint8Array; readonly ipv6?: Uint8Array }[];
}

export interface Policy {
  readonly id: string;
  /** Seconds; what hosts get that name none of their own. */
  readonly ttl: number;
  /** Seconds: bounds of what is answered. */
  readonly ttlMin?: number;
  readonly ttlMax?: number;
  readonly choice: Choice;
  readonly ipv4: Ipv4Rule;
  /** What is answered when no target is usable. */
  readonly lastResort: 'last-good' | 'declared' | 'servfail';
  /** Whether AAAA is left out then: only for clients that would otherwise not try IPv4 (no Happy Eyeballs). */
  readonly lastResortIpv6: 'answer' | 'nodata';
  /** What a target of unknown state counts as. `last`: as its last verdict that was none, else up. `unknown`: less than up, more than drained. */
  readonly unknown: 'last' | 'up' | 'down' | 'unknown';
  /** `manual`: a target that was down is used again only when an operator says so. */
  readonly failback: 'auto' | 'manual';
}

/**
 * Where a host's ladder begins. Below the group chosen, the ladder goes on as always. A host that an operator has moved is answered from where it was moved to,
 * whatever the choice says.
 */
export type Choice =
  /** At the assigned group. */
  | { readonly kind: 'ladder' }
  /** At the most specific group that serves the client, among the assigned one and those below it. */
  | { readonly kind: 'nearest' }
  /** Shared out among groups by weight. */
  | {
      readonly kind: 'weighted';
      readonly shares: readonly { readonly group: number; readonly weight: number }[];
      readonly by: BucketKey;
    }
  /** A part of it at another group; the rest as `rest` says. */
  | {
      readonly kind: 'split';
      readonly to: number;
      /** 0 to 100, fractions allowed. */
      readonly percent: number;
      readonly by: BucketKey;
      readonly rest: { readonly kind: 'ladder' } | { readonly kind: 'nearest' };
    };

/** What is put into buckets: owner names, or networks of clients (/24, /56). */
export type BucketKey = 'host' | 'client';

/** Which group's IPv4 a host gets: of the nearest ancestor that has one, of the ladder's top, of exactly its group, none, or of a group at least so broad. */
export type Ipv4Rule = 'nearest' | 'shared' | 'specific' | 'none' | { readonly atLeast: number };

/** Where traffic enters and leaves a site: a transit, a peering port, a backbone circuit. */
export interface Link {
  readonly id: string;
  /** Index of its site. */
  readonly site: number;
  /** Bits per second. */
  readonly capacity: PerDirection<number>;
  /** Fractions of the capacity. Above `high` load is shed, until it is below; what was shed comes back below `low`. */
  readonly low: number;
  readonly high: number;
}

/** By index of a site its share of a group's traffic, of which all together are 1. */
export type Catchment = ReadonlyMap<number, number>;

export interface Network {
  readonly originAs?: number;
  readonly sites: readonly Site[];
  readonly groups: readonly Group[];
  readonly services: readonly Service[];
  /** `default` is always there. */
  readonly policies: readonly Policy[];
  /** Where the operator's own clients are; looked at before any database. */
  readonly clients: readonly ClientNetwork[];
  readonly links: readonly Link[];
  /** By group where its traffic enters, as the operator says: what a feed measures goes before it, and without either it is equal over `announce`. */
  readonly catchment: readonly (Catchment | undefined)[];
  readonly guards: GuardRules;
  /** Undefined: loads move nothing. */
  readonly loadSteering?: LoadRules;
}

/** Networks whose place the operator knows better than a database. */
export interface ClientNetwork {
  readonly prefixes: readonly Prefix[];
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly asn?: number;
  /** Latitude and longitude in degrees. */
  readonly location?: readonly [number, number];
}

/** What a host's cell names: indexes into the network's lists, and a TTL in seconds. */
export interface Assignment {
  readonly service: number;
  readonly ipv4: number;
  readonly ipv6: number;
  readonly policy: number;
  readonly ttl: number;
  /** Where `ttl` is a short one while a change is near: what it was before, and is again after. */
  readonly ownTtl?: number;
  /** Families an operator has moved: they are where they were moved to, whatever the policy would choose. */
  readonly pinned?: Partial<PerFamily<boolean>>;
}

/** `held`: checks see it usable again, but a guard does not let hosts come back yet. */
export const targetStates = ['up', 'down', 'drained', 'unknown', 'held'] as const;
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

/** What health checks say of a target. */
export interface Verdict {
  readonly state: 'up' | 'down' | 'unknown';
  /** Unix milliseconds: since when it is so. */
  readonly since: number;
  /** The evidence in words, as `http: status 503`. */
  readonly cause: string;
  /** When the state would change if checks go on as the last one went, in Unix milliseconds; undefined while nothing points to a change. */
  readonly changeAt?: number;
  /** The last verdict that was not `unknown`, if there ever was one. */
  readonly last?: 'up' | 'down';
  /** It was down, and no operator has let it come back since (`failback: manual`). */
  readonly latched?: boolean;
}

/** Verdicts by target: `web/zurich/ipv6`. A target without one is not checked, and counts as up. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** The key of a target in `Verdicts`, and wherever targets are written. */
export function targetKey(service: string, group: string, family: Family): string {
  return `${service}/${group}/${family}`;
}

/** Clients that a policy treats alike. */
export interface ClientClass {
  /** The groups that serve them, best first: the most specific one, then the nearest. */
  readonly groups: readonly number[];
}

/** How much is asked for, as lately counted. */
export interface WorldDemand {
  /** Hosts, by index into the world's assignments. */
  readonly hosts: readonly number[];
  /** Answers a second by target (`targetKey`), as they are given under the plan of the moment. */
  readonly queries: ReadonlyMap<string, number>;
}

/** Everything `decide` looks at. */
export interface World {
  readonly network: Network;
  readonly assignments: readonly Assignment[];
  readonly forces: readonly Force[];
  readonly verdicts: Verdicts;
  /** The observer is cut off: verdicts are those from before, and nothing moves by itself. */
  readonly held?: { readonly since: number; readonly cause: string };
  /** By policy its client classes. The first is that of clients without a location, and has no groups; policies that don't look at the client have no other. */
  readonly classes: readonly (readonly ClientClass[])[];
  /** What feeds measure of the network; undefined where there is none. */
  readonly data?: NetworkData;
  /** What hangs on what is decided; undefined where nobody has counted yet. No answer depends on it: it is what steps are measured by. */
  readonly demand?: WorldDemand;
  /** What operators ordered not to change by itself. */
  readonly freezes?: readonly Freeze[];
  /** What was decided before, as far as guards remember it (`step`). */
  readonly history?: History;
  /** Unix time in milliseconds. Passed in, never read from a clock. */
  readonly now: number;
}

/** What a host is answered with in one family. */
export interface Answer {
  /** Index of the service the group's VIP belongs to. */
  readonly service: number;
  /** Index of the group that answers. */
  readonly group: number;
  /** The group's VIP: 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
  /** Seconds: the most that is answered under the policy, whatever shortens TTLs for a while. Signatures are made with it. */
  readonly originalTtl: number;
  /** No usable target was found: the answer is the least bad one. */
  readonly lastResort: boolean;
}

/** Slots of the stable hash that shares are cut from. */
export const BUCKETS = 65536;

/** Which bucket gets which of several answers. */
export interface Spread {
  readonly by: BucketKey;
  /** Key of the hash that puts names or networks into buckets: of the policy and the service, so that every server shares out alike. */
  readonly salt: number;
  /** By bucket, an index into `answers`. Made once for each set of shares and never changed. */
  readonly map: Uint8Array;
}

/** For one (assignment, class, family). */
export interface AnswerSet {
  /** Empty when the host does not have the family, or `failure` is set. More than one only with a spread. */
  readonly answers: readonly Answer[];
  readonly spread?: Spread;
  /** No target is usable, and the policy would rather fail than answer: SERVFAIL. */
  readonly failure?: boolean;
}

/** What a set of a plan is made from: the first assignment that has it, where its ladders begin, and the family. */
export interface Origin {
  readonly assignment: Assignment;
  readonly starts: Starts;
  readonly family: Family;
}

/** Groups where ladders begin, and how shares are cut among them. */
export interface Starts {
  readonly kind: Choice['kind'];
  /** One unless it is shared out. */
  readonly groups: readonly number[];
  /** By group; undefined where there is one. */
  readonly weights?: readonly number[];
  readonly by?: BucketKey;
}

/** How the client counts for an assignment. */
export interface ClientUse {
  /** Index of the policy whose client classes count; -1 when all clients are of class 0. */
  readonly policy: number;
  /** The bucket is the client's, so the answer holds for its network only. */
  readonly bucket: boolean;
}

export interface Plan {
  /** Client classes a row has room for: the most that any policy has. */
  readonly classes: number;
  /** The distinct answer sets. */
  readonly sets: readonly AnswerSet[];
  /** By set what it was made from, so that it can be made anew when only verdicts have changed; undefined of those that never change. */
  readonly origins: readonly (Origin | undefined)[];
  /** Indexes into `sets`, by `planIndex`. Classes that the assignment's policy does not have repeat class 0. */
  readonly rows: Uint32Array;
  /** By assignment; undefined where the answer does not depend on the client. */
  readonly clients: readonly (ClientUse | undefined)[];
}

/** Where in `Plan.rows` an assignment, class and family lie. */
export function planIndex(plan: Plan, assignment: number, clientClass: number, family: Family): number {
  return (assignment * plan.classes + clientClass) * 2 + (family === 'ipv6' ? 1 : 0);
}

/** What a plan says for an assignment, class and family. */
export function planSet(plan: Plan, assignment: number, clientClass: number, family: Family): AnswerSet {
  return plan.sets[plan.rows[planIndex(plan, assignment, clientClass, family)]];
}
