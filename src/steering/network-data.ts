/**
 * What is measured of the network, as `feeds/` hands it over: loads of links, catchments of groups, validity and announcement of their prefixes. By the names
 * operators use, as verdicts are, so that it outlives a reload.
 *
 * Staleness: a reading stays when its feed falls silent, with the time from which it is stale. Who reads it holds what was decided by it and decides nothing
 * new: a stale feed changes nothing. What no feed was ever asked for is undefined, and then nobody looks; what a feed has not said yet is absent from its map,
 * and counts as stale.
 */
import type { Prefix } from '../net/prefix.ts';
import type { Family } from './model.ts';

/** Seen from the site: what enters it, what leaves it. */
export const directions = ['in', 'out'] as const;
export type Direction = (typeof directions)[number];
export type PerDirection<T> = Readonly<Record<Direction, T>>;

/** A value of a feed, with its age. */
export interface Reading<T> {
  readonly value: T;
  /** Unix milliseconds: when it was so, by the feed's own account where it gives one. */
  readonly observedAt: number;
  /** Unix milliseconds: from then on it says nothing of the present. */
  readonly staleAt: number;
}

/** Whether a value is missing, or too old to decide anything new by. */
export function isStale(reading: Reading<unknown> | undefined, now: number): boolean {
  return reading === undefined || now >= reading.staleAt;
}

/** Route origin validation of a group's prefix for the network's `originAs` (RFC 6811 §2). */
export interface Validity {
  readonly state: 'valid' | 'invalid' | 'not-found';
  /** The evidence in words: `192.0.2.0/24-24 is for AS64501`. */
  readonly cause: string;
}

/** What a site announces. */
export interface Announced {
  /** Prefixes that cover a group's prefix, are it, or lie in it, host routes aside. Others need not be told. */
  readonly prefixes: readonly Prefix[];
  /** Host routes: 4 or 16 octets each. */
  readonly hosts: readonly Uint8Array[];
}

/** How a feed itself does, for those who look. */
export interface FeedState {
  readonly id: string;
  readonly kind: 'load' | 'catchment' | 'rpki' | 'announcements';
  /** Unix milliseconds of the newest it said; 0: nothing yet. */
  readonly observedAt: number;
  /** Unix milliseconds from which the newest is stale; 0: nothing yet. */
  readonly staleAt: number;
  /** Why the last attempt failed; undefined when it didn't. */
  readonly problem?: string;
}

export interface NetworkData {
  /** Bits per second by `loadKey`. A family's part is there only where a feed tells it apart; the whole always is. */
  readonly loads?: ReadonlyMap<string, Reading<number>>;
  /** By `routeKey` of a group: by site id the share of its traffic that enters there, of which all together are 1. */
  readonly catchments?: ReadonlyMap<string, Reading<ReadonlyMap<string, number>>>;
  /** By `routeKey` of a group. */
  readonly validity?: ReadonlyMap<string, Reading<Validity>>;
  /** By site id. */
  readonly announcements?: ReadonlyMap<string, Reading<Announced>>;
  readonly feeds: readonly FeedState[];
}

/** When no feed is configured. */
export const NO_DATA: NetworkData = { feeds: [] };

/** The key of a link's load: `zrh-transit/in`, or of one family alone `zrh-transit/in/ipv6`. */
export function loadKey(link: string, direction: Direction, family?: Family): string {
  return family === undefined ? `${link}/${direction}` : `${link}/${direction}/${family}`;
}

/** The key of a group's routes of a family: `zurich/ipv6`. */
export function routeKey(group: string, family: Family): string {
  return `${group}/${family}`;
}
