/** A world and what happens in it. */
import type { Validity } from '../../../src/steering/network-data.ts';
import type { Failing, Span } from './behaviour.ts';
import type { SimulatedFeed } from './feeds.ts';
import type { Random } from './random.ts';
import type { Keeper } from './resolvers.ts';
import type { HostSetup } from './server.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Clients that policies by place tell apart. */
export interface ClientSetup {
  readonly name: string;
  /** Part of all requests, 0 to 1. */
  readonly share: number;
  /** Ids of the groups that serve them, best first; none for clients without a place. */
  readonly groups: readonly string[];
}

/** What feeds see at the beginning. */
export interface FeedSetup {
  /** By site, prefixes and host routes. */
  readonly announced: Readonly<Record<string, readonly string[]>>;
  /** Routes (`zurich/ipv6`) whose prefix is RPKI-valid; of others nothing is known. */
  readonly valid: readonly string[];
  /** Milliseconds after which what a silent feed said is stale. */
  readonly stale: number;
}

/** What requests bring with them over links, and what is measured of it. */
export interface LoadSetup {
  /** What enters, all requests together, at a time (milliseconds since the beginning). */
  gbits(at: number): number;
  /** For each bit that enters so many leave. */
  readonly out: number;
  /** What is measured is wrong by up to this part, either way. */
  readonly noise: number;
  /** Milliseconds after which a reading is stale. */
  readonly stale: number;
}

export interface Scenario {
  /** The name of its plot, and how it is called. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence or two. */
  readonly about: string;
  /** network.yaml */
  readonly network: string;
  readonly hosts: readonly HostSetup[];
  /** None when left out. */
  readonly feeds?: FeedSetup;
  /** Nobody measures any when left out. */
  readonly loads?: LoadSetup;
  /** Everybody alike when left out. */
  readonly clients?: readonly ClientSetup[];
  /** Milliseconds. */
  readonly duration: number;
  /** Who keeps answers for how long; resolvers.ts has the reasons. */
  readonly keepers?: readonly Keeper[];
  /** Caches of each kind of keeper at least, and the exponent of Zipf's law by which they differ. */
  readonly caches?: number;
  readonly skew?: number;
  /** Part of requests over IPv6; half of them when left out. */
  readonly ipv6?: number;
  /** Times at which the summary tells shares. */
  readonly tell: readonly number[];
  /** The group whose share the plot tells at those times. */
  readonly watch?: string;
  /** The time that is written as 0. */
  readonly zero?: number;
  /** Puts onto the stage what happens when. @param random what chance decides; the same for a seed */
  script(stage: Stage, random: Random): void;
}

/** What a script can do. Times are milliseconds since the beginning. */
export interface Stage {
  /** Something fails and is well again. */
  fail(target: string, span: Omit<Span, 'failing'> & { readonly failing?: Span['failing'] }): void;
  /** The observer's network is down. */
  cut(from: number, to: number): void;
  move(at: number, host: string, group: string): void;
  /** @param key `zurich`, `web/zurich`, `web/zurich/ipv6` */
  force(at: number, key: string, state: 'up' | 'down' | 'drained' | 'auto'): void;
  /** Another network.yaml with the same sites, groups and services. @param what for the journal */
  reload(at: number, network: string, what: string): void;
  restart(at: number): void;
  /** A site is lost, with its links and who measures them. What is served there fails by `fail`. */
  lose(site: string, from: number, to: number): void;
  /** A site announces these routes from now on, in place of those before. @param what for the journal */
  announce(at: number, site: string, routes: readonly string[], what: string): void;
  /** @param route `zurich/ipv6` @param cause in words, where it is invalid */
  validate(at: number, route: string, state: Validity['state'], cause?: string): void;
  /** A feed says nothing new from one time to another. */
  silence(feed: SimulatedFeed, from: number, to: number): void;
}

/** Requests and probes of a target fail from one time to another. */
export function outage(from: number, to: number, how: Failing = 'silent'): Parameters<Stage['fail']>[1] {
  return { from, to, how };
}

/** What spans say in words. */
export function spanText({ failing, how, unseen }: Span): string {
  if (unseen === true && typeof failing === 'number')
    return failing >= 1 ? 'can not be reached' : `can not be reached by ${Math.round(failing * 100)} % of clients`;
  if (typeof failing === 'function') return `gets worse (${how})`;
  if (failing >= 1) return how === 'silent' ? 'is dead' : how === 'refusing' ? 'refuses connections' : `answers ${how}`;
  return `fails ${Math.round(failing * 100)} % of requests (${how})`;
}
